/* Matrix products of cuBLASLt: a description per shape, its algorithm remembered. */
#include "ops/cuda/gemm.cuh"

#include <cstring>
#include <cublasLt.h>
#include <cuda_bf16.h>
#include <mutex>

static const size_t WORKSPACE = (size_t)32 << 20;

/* Factors are worth rounding to bf16, which costs a pass over both, from so much work on. */
static const double BF16_MIN_FLOPS = 4e9;
static const int64_t BF16_MIN_SIDE = 512;

/* --- bf16 factors ----------------------------------------------------------------------------- */

/* A factor as it is stored: `count` matrices of rows x columns. */
struct factor {
    const float *values;
    int64_t rows, columns, row, stride, count;
};

/* To rows of `padded` elements, the ones behind the last column zero. */
static __global__ void round_rows(uint16_t *out, factor f, int64_t padded)
{
    REEL_CUDA_EACH(i, f.count * f.rows * padded / 2)
    {
        int64_t at = 2 * i, column = at % padded, row = at / padded;
        const float *from = f.values + row / f.rows * f.stride + row % f.rows * f.row + column;
        float low = column < f.columns ? from[0] : 0.0f;
        float high = column + 1 < f.columns ? from[1] : 0.0f;
        __nv_bfloat162 pair = __floats2bfloat162_rn(low, high);
        reinterpret_cast<__nv_bfloat162 *>(out)[i] = pair;
    }
}

static int64_t padded_row(int64_t columns)
{
    return reel_cuda_ceil(columns, 8) * 8;
}

static size_t rounded_size(const factor &f)
{
    return (size_t)(f.count * f.rows * padded_row(f.columns)) * sizeof(uint16_t) / 256 * 256 + 256;
}

static reel_status round_factor(uint16_t *out, const factor &f, const char *what)
{
    int64_t padded = padded_row(f.columns);
    return reel_cuda_run(
        { what, reel_cuda_grid(f.count * f.rows * padded / 2), REEL_CUDA_BLOCK, 0 }, round_rows,
        out, f, padded);
}

/* --- descriptions and algorithms ---------------------------------------------------------------
 */

/* What an algorithm is chosen by; compared byte by byte. */
struct product {
    cublasLtHandle_t handle;
    int64_t m, n, k, a_row, b_row, c_row, count, a_stride, b_stride, c_stride;
    int transpose_a, transpose_b, is_bf16, has_bias, adds, align_a, align_b, align_c;
    cublasComputeType_t compute;
    int padding;
};

/* cuBLASLt is column-major: it is asked for the transposed result, B first. */
struct description {
    cublasLtMatmulDescOpaque_t operation;
    cublasLtMatrixLayoutOpaque_t a, b, c;
};

static cublasStatus_t layout(cublasLtMatrixLayoutOpaque_t *out, cudaDataType_t type,
                             int64_t columns, int64_t rows, int64_t row, int count, int64_t stride)
{
    cublasStatus_t status =
        cublasLtMatrixLayoutInit(out, type, (uint64_t)columns, (uint64_t)rows, row);
    if (status == CUBLAS_STATUS_SUCCESS && count > 1) {
        status = cublasLtMatrixLayoutSetAttribute(out, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &count,
                                                  sizeof count);
    }
    if (status == CUBLAS_STATUS_SUCCESS && count > 1) {
        status = cublasLtMatrixLayoutSetAttribute(out, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET,
                                                  &stride, sizeof stride);
    }
    return status;
}

static cublasStatus_t describe(description *out, const product &p, const float *bias)
{
    cudaDataType_t type = p.is_bf16 ? CUDA_R_16BF : CUDA_R_32F;
    cublasOperation_t on_a = p.transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N;
    cublasOperation_t on_b = p.transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N;
    cublasLtEpilogue_t epilogue = CUBLASLT_EPILOGUE_BIAS;
    int64_t a_rows = p.transpose_a ? p.k : p.m, a_columns = p.transpose_a ? p.m : p.k;
    int64_t b_rows = p.transpose_b ? p.n : p.k, b_columns = p.transpose_b ? p.k : p.n;
    int count = (int)p.count;
    cublasLtMatmulDescOpaque_t *operation = &out->operation;
    cublasStatus_t statuses[] = {
        cublasLtMatmulDescInit(operation, p.compute, CUDA_R_32F),
        cublasLtMatmulDescSetAttribute(operation, CUBLASLT_MATMUL_DESC_TRANSA, &on_b, sizeof on_b),
        cublasLtMatmulDescSetAttribute(operation, CUBLASLT_MATMUL_DESC_TRANSB, &on_a, sizeof on_a),
        layout(&out->a, type, a_columns, a_rows, p.a_row, count, p.a_stride),
        layout(&out->b, type, b_columns, b_rows, p.b_row, count, p.b_stride),
        layout(&out->c, CUDA_R_32F, p.n, p.m, p.c_row, count, p.c_stride),
        p.has_bias ? cublasLtMatmulDescSetAttribute(operation, CUBLASLT_MATMUL_DESC_EPILOGUE,
                                                    &epilogue, sizeof epilogue)
                   : CUBLAS_STATUS_SUCCESS,
        p.has_bias ? cublasLtMatmulDescSetAttribute(operation, CUBLASLT_MATMUL_DESC_BIAS_POINTER,
                                                    &bias, sizeof bias)
                   : CUBLAS_STATUS_SUCCESS,
    };
    for (cublasStatus_t status : statuses) {
        if (status != CUBLAS_STATUS_SUCCESS) {
            return status;
        }
    }
    return CUBLAS_STATUS_SUCCESS;
}

static cublasStatus_t ask(cublasLtMatmulAlgo_t *out, const product &p, description &d)
{
    cublasLtMatmulPreferenceOpaque_t wish;
    cublasLtMatmulHeuristicResult_t found;
    uint32_t aligned[] = { (uint32_t)p.align_b, (uint32_t)p.align_a, (uint32_t)p.align_c };
    int count = 0;
    cublasLtMatmulPreferenceInit(&wish);
    cublasLtMatmulPreferenceSetAttribute(&wish, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                                         &WORKSPACE, sizeof WORKSPACE);
    cublasLtMatmulPreferenceSetAttribute(&wish, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES,
                                         &aligned[0], sizeof *aligned);
    cublasLtMatmulPreferenceSetAttribute(&wish, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
                                         &aligned[1], sizeof *aligned);
    cublasLtMatmulPreferenceSetAttribute(&wish, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES,
                                         &aligned[2], sizeof *aligned);
    cublasLtMatmulPreferenceSetAttribute(&wish, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES,
                                         &aligned[2], sizeof *aligned);
    cublasStatus_t status = cublasLtMatmulAlgoGetHeuristic(p.handle, &d.operation, &d.b, &d.a, &d.c,
                                                           &d.c, &wish, 1, &found, &count);
    if (status != CUBLAS_STATUS_SUCCESS) {
        return status;
    }
    if (count == 0) {
        return CUBLAS_STATUS_NOT_SUPPORTED;
    }
    *out = found.algo;
    return found.state;
}

/* The shapes of a model are few; what finds no place here is asked for each time. */
constexpr size_t REMEMBERED = 4096, NEAR = 16;

namespace
{
struct memory {
    std::mutex lock;
    bool used[REMEMBERED];
    product key[REMEMBERED];
    cublasLtMatmulAlgo_t algorithm[REMEMBERED];
};
} // namespace

static size_t hash_of(const product &p)
{
    const unsigned char *bytes = reinterpret_cast<const unsigned char *>(&p);
    uint64_t h = 14695981039346656037u; /* FNV-1a */
    for (size_t i = 0; i < sizeof p; i++) {
        h = (h ^ bytes[i]) * 1099511628211u;
    }
    return (size_t)(h ^ h >> 32);
}

static cublasStatus_t choose(cublasLtMatmulAlgo_t *out, const product &p, description &d)
{
    static memory known;
    std::lock_guard<std::mutex> held(known.lock);
    size_t start = hash_of(p), at = start % REMEMBERED;
    for (size_t i = 0; i < NEAR && known.used[at]; i++, at = (start + i) % REMEMBERED) {
        if (memcmp(&known.key[at], &p, sizeof p) == 0) {
            *out = known.algorithm[at];
            return CUBLAS_STATUS_SUCCESS;
        }
    }
    cublasStatus_t status = ask(out, p, d);
    if (status == CUBLAS_STATUS_SUCCESS && !known.used[at]) {
        known.used[at] = true;
        known.key[at] = p;
        known.algorithm[at] = *out;
    }
    return status;
}

/* --- running -----------------------------------------------------------------------------------
 */

/* The largest power of two, to 256, that both the address and the bytes between rows are a multiple
 * of. */
static int alignment_of(const void *values, int64_t row_bytes, int64_t stride_bytes)
{
    uintptr_t bits =
        reinterpret_cast<uintptr_t>(values) | (uintptr_t)row_bytes | (uintptr_t)stride_bytes | 256;
    return (int)(bits & (~bits + 1));
}

struct buffers {
    const void *a, *b;
    float *c;
    const float *bias;
    void *workspace;
};

static cublasStatus_t run(product p, const buffers &on, float alpha, float beta)
{
    description d;
    cublasLtMatmulAlgo_t algorithm;
    int64_t size = p.is_bf16 ? sizeof(uint16_t) : sizeof(float), batched = p.count > 1;
    p.align_a = alignment_of(on.a, p.a_row * size, batched * p.a_stride * size);
    p.align_b = alignment_of(on.b, p.b_row * size, batched * p.b_stride * size);
    p.align_c = alignment_of(on.c, p.c_row * 4, batched * p.c_stride * 4);
    cublasStatus_t status = describe(&d, p, on.bias);
    if (status == CUBLAS_STATUS_SUCCESS) {
        status = choose(&algorithm, p, d);
    }
    if (status == CUBLAS_STATUS_SUCCESS) {
        status = cublasLtMatmul(p.handle, &d.operation, &alpha, on.b, &d.b, on.a, &d.a, &beta, on.c,
                                &d.c, on.c, &d.c, &algorithm, on.workspace, WORKSPACE,
                                reel_cuda_stream());
    }
    return status;
}

static __global__ void fill_rows(float *c, const float *bias, reel_cuda_gemm_shape s)
{
    REEL_CUDA_EACH(i, s.count * s.m * s.n)
    {
        int64_t row = i / s.n, column = i % s.n;
        c[row / s.m * s.c_stride + row % s.m * s.c_row + column] = bias ? bias[column] : 0.0f;
    }
}

/* C begins as the bias, or zero, and the product is added: for what no algorithm does at once. */
static reel_status begin_with(float *c, const float *bias, const reel_cuda_gemm_shape &s,
                              const char *what)
{
    return reel_cuda_run({ what, reel_cuda_grid(s.count * s.m * s.n), REEL_CUDA_BLOCK, 0 },
                         fill_rows, c, bias, s);
}

static product product_of(const reel_cuda_gemm_shape &s, cublasLtHandle_t handle)
{
    product p;
    memset(&p, 0, sizeof p);
    p.handle = handle;
    p.m = s.m, p.n = s.n, p.k = s.k;
    p.a_row = s.a_row, p.b_row = s.b_row, p.c_row = s.c_row;
    p.count = s.count, p.a_stride = s.a_stride, p.b_stride = s.b_stride, p.c_stride = s.c_stride;
    p.transpose_a = s.transpose_a != 0, p.transpose_b = s.transpose_b != 0;
    p.compute =
        reel_cuda_compute() == REEL_COMPUTE_F32 ? CUBLAS_COMPUTE_32F : CUBLAS_COMPUTE_32F_FAST_TF32;
    return p;
}

static bool pays_in_bf16(const reel_cuda_gemm_shape &s)
{
    double flops = 2.0 * (double)s.m * (double)s.n * (double)s.k * (double)s.count;
    return reel_cuda_compute() == REEL_COMPUTE_BF16 && flops >= BF16_MIN_FLOPS &&
           s.m >= BF16_MIN_SIDE && s.n >= BF16_MIN_SIDE;
}

/* Both factors rounded into scratch memory behind the workspace. */
static reel_status round_both(product *p, buffers *on, const reel_cuda_gemm_shape &s,
                              const char *what)
{
    factor a = { static_cast<const float *>(on->a),
                 s.transpose_a ? s.k : s.m,
                 s.transpose_a ? s.m : s.k,
                 s.a_row,
                 s.a_stride,
                 s.count };
    factor b = { static_cast<const float *>(on->b),
                 s.transpose_b ? s.n : s.k,
                 s.transpose_b ? s.k : s.n,
                 s.b_row,
                 s.b_stride,
                 s.count };
    size_t size_a = rounded_size(a), size_b = rounded_size(b);
    REEL_TRY(reel_cuda_scratch(&on->workspace, REEL_SCRATCH_GEMM, WORKSPACE + size_a + size_b));
    uint16_t *to_a = reinterpret_cast<uint16_t *>(static_cast<char *>(on->workspace) + WORKSPACE);
    uint16_t *to_b = to_a + size_a / sizeof *to_a;
    REEL_TRY(round_factor(to_a, a, what));
    REEL_TRY(round_factor(to_b, b, what));
    on->a = to_a, on->b = to_b;
    p->is_bf16 = 1;
    p->compute = CUBLAS_COMPUTE_32F;
    p->a_row = padded_row(a.columns), p->a_stride = a.rows * p->a_row;
    p->b_row = padded_row(b.columns), p->b_stride = b.rows * p->b_row;
    return REEL_OK;
}

/* What `run` does not do as it is: in f32, then with the bias laid out first. */
static reel_status run_somehow(const reel_cuda_gemm_shape &s, product p, buffers on,
                               const char *what)
{
    cublasStatus_t status = run(p, on, s.alpha, s.beta);
    if (status == CUBLAS_STATUS_NOT_SUPPORTED && p.compute != CUBLAS_COMPUTE_32F) {
        p.compute = CUBLAS_COMPUTE_32F;
        status = run(p, on, s.alpha, s.beta);
    }
    if (status == CUBLAS_STATUS_NOT_SUPPORTED && on.bias) {
        REEL_TRY(begin_with(on.c, on.bias, s, what));
        on.bias = nullptr;
        p.has_bias = 0, p.adds = 1;
        status = run(p, on, s.alpha, 1.0f);
    }
    if (status != CUBLAS_STATUS_SUCCESS) {
        return REEL_FAIL(status == CUBLAS_STATUS_ALLOC_FAILED ? REEL_ERR_MEMORY : REEL_ERR_INTERNAL,
                         "cuda: %s: a product of [%lld, %lld] and [%lld, %lld]: %s", what,
                         (long long)s.m, (long long)s.k, (long long)s.k, (long long)s.n,
                         cublasLtGetStatusString(status));
    }
    return reel_cuda_launched(cudaSuccess, what);
}

reel_status reel_cuda_gemm(const reel_cuda_gemm_shape *shape, const float *a, const float *b,
                           float *c, const float *bias, const char *what)
{
    reel_cuda_gemm_shape s = *shape;
    s.count = s.count ? s.count : 1;
    if (s.m == 0 || s.n == 0) {
        return REEL_OK;
    }
    if (s.k == 0) {
        return s.beta == 1.0f ? REEL_OK : begin_with(c, bias, s, what);
    }
    cublasLtHandle_t handle;
    REEL_TRY(reel_cuda_blas(&handle));
    product p = product_of(s, handle);
    buffers on = { a, b, c, bias, nullptr };
    p.has_bias = bias != nullptr;
    p.adds = s.beta != 0.0f;
    if (pays_in_bf16(s)) {
        REEL_TRY(round_both(&p, &on, s, what));
    } else {
        REEL_TRY(reel_cuda_scratch(&on.workspace, REEL_SCRATCH_GEMM, WORKSPACE));
    }
    return run_somehow(s, p, on, what);
}
