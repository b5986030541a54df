/* Muon on a GPU: matrices of one shape are orthogonalised together, as batched products.
 *
 * Scratch memory of a batch of n matrices, lying flat ([side, length], side <= length):
 * x and next [n, side, length], p and pp [n, side, side], and sums for the norms. */
#include "ops/cuda/gemm.cuh"
#include "ops/cuda/lanes.cuh"

#include <cmath>

constexpr int BATCH_MAX = 64;                      /* offsets travel as a kernel's argument */
constexpr size_t BATCH_FLOATS = (size_t)256 << 20; /* of scratch memory, unless one needs more */
constexpr int TILE = 32, TILE_ROWS = 8, NORM_PARTS = 64;

struct batch {
    size_t offset[BATCH_MAX]; /* of the matrices within the buffers */
    int count, is_tall;       /* tall: rows > columns, worked on transposed */
    int64_t rows, columns, side, length;
};

static int64_t shorter(const reel_muon_matrix &m)
{
    return m.rows < m.columns ? m.rows : m.columns;
}

static size_t floats_of(const reel_muon_matrix &m)
{
    size_t side = (size_t)shorter(m);
    return 2 * (size_t)m.rows * (size_t)m.columns + 2 * side * side + 2 * NORM_PARTS;
}

/* How many matrices from `first` on go together. */
static int batch_of(batch *out, const reel_muon_matrix *first, int left)
{
    size_t most = BATCH_FLOATS / floats_of(*first);
    int limit = most < 1 ? 1 : most < BATCH_MAX ? (int)most : BATCH_MAX, count = 0;
    while (count < left && count < limit && first[count].rows == first->rows &&
           first[count].columns == first->columns) {
        if (out) {
            out->offset[count] = first[count].offset;
        }
        count++;
    }
    if (out) {
        out->count = count;
        out->rows = first->rows, out->columns = first->columns;
        out->is_tall = first->rows > first->columns;
        out->side = shorter(*first);
        out->length = first->rows * first->columns / (out->side ? out->side : 1);
    }
    return count;
}

static size_t scratch(const reel_muon_matrix *matrices, int count)
{
    size_t most = 0;
    for (int at = 0; at < count;) {
        int together = batch_of(nullptr, matrices + at, count - at);
        size_t size = (size_t)together * floats_of(matrices[at]);
        most = size > most ? size : most;
        at += together;
    }
    return most;
}

/* --- into the scratch memory and back, tile by tile, transposed where the matrix is tall --------
 */

/* Calls each(row, column, place) for this thread's elements of a tile of the matrix. */
template <typename Each> static __device__ void for_tile(const batch &b, Each each)
{
    int64_t column = (int64_t)blockIdx.x * TILE + threadIdx.x;
    for (int i = threadIdx.y; i < TILE; i += TILE_ROWS) {
        int64_t row = (int64_t)blockIdx.y * TILE + i;
        if (row < b.rows && column < b.columns) {
            each(row, column, i);
        }
    }
}

/* The same for the tile of the flat form, whose rows and columns may be exchanged. */
template <typename Each> static __device__ void for_flat_tile(const batch &b, Each each)
{
    int64_t first_row = (int64_t)(b.is_tall ? blockIdx.x : blockIdx.y) * TILE;
    int64_t column = (int64_t)(b.is_tall ? blockIdx.y : blockIdx.x) * TILE + threadIdx.x;
    for (int i = threadIdx.y; i < TILE; i += TILE_ROWS) {
        if (first_row + i < b.side && column < b.length) {
            each((blockIdx.z * b.side + first_row + i) * b.length + column, i);
        }
    }
}

static __global__ void begin(batch b, reel_muon_args a, float *x)
{
    __shared__ float tile[TILE][TILE + 1];
    const float momentum = (float)REEL_MUON_MOMENTUM, scale = (float)a.grad_scale;
    size_t offset = b.offset[blockIdx.z];
    for_tile(b, [&](int64_t row, int64_t column, int i) {
        size_t at = offset + (size_t)(row * b.columns + column);
        float grad = a.grad[at] * scale, m = momentum * a.momentum[at] + grad;
        a.momentum[at] = m;
        tile[i][threadIdx.x] = grad + momentum * m;
    });
    __syncthreads();
    for_flat_tile(b, [&](int64_t at, int i) {
        x[at] = b.is_tall ? tile[threadIdx.x][i] : tile[i][threadIdx.x];
    });
}

static __global__ void finish(batch b, reel_muon_args a, const float *x, float keep, float rate)
{
    __shared__ float tile[TILE][TILE + 1];
    size_t offset = b.offset[blockIdx.z];
    for_flat_tile(b, [&](int64_t at, int i) {
        if (b.is_tall) {
            tile[threadIdx.x][i] = x[at];
        } else {
            tile[i][threadIdx.x] = x[at];
        }
    });
    __syncthreads();
    for_tile(b, [&](int64_t row, int64_t column, int i) {
        size_t at = offset + (size_t)(row * b.columns + column);
        a.weight[at] = a.weight[at] * keep - rate * tile[i][threadIdx.x];
    });
}

/* --- the norm -----------------------------------------------------------------------------------
 */

/* parts [count, NORM_PARTS] */
static __global__ void sum_parts(double *parts, const float *x, int64_t size)
{
    double sum = 0;
    const float *own = x + blockIdx.y * size;
    for (int64_t i = (int64_t)blockIdx.x * REEL_CUDA_BLOCK + threadIdx.x; i < size;
         i += (int64_t)NORM_PARTS * REEL_CUDA_BLOCK) {
        sum += (double)own[i] * (double)own[i];
    }
    sum = reel_block_sum(sum);
    if (threadIdx.x == 0) {
        parts[blockIdx.y * NORM_PARTS + blockIdx.x] = sum;
    }
}

static __global__ void divide_by_norm(float *x, const double *parts, int64_t size)
{
    double sum = 0;
    for (int i = 0; i < NORM_PARTS; i++) {
        sum += parts[blockIdx.y * NORM_PARTS + i];
    }
    float scale = (float)(1.0 / (sqrt(sum) + 1e-7));
    float *own = x + blockIdx.y * size;
    REEL_CUDA_EACH(i, size)
    {
        own[i] *= scale;
    }
}

static reel_status normalise(float *x, double *parts, const batch &b)
{
    int64_t size = b.side * b.length;
    dim3 grid(NORM_PARTS, (unsigned)b.count);
    REEL_TRY(reel_cuda_run({ "muon.norm", grid, REEL_CUDA_BLOCK, 0 }, sum_parts, parts, x, size));
    return reel_cuda_run({ "muon.norm", grid, REEL_CUDA_BLOCK, 0 }, divide_by_norm, x, parts, size);
}

/* --- Newton and Schulz ---------------------------------------------------------------------------
 */

static reel_status copy(float *to, const float *from, int64_t count)
{
    return reel_cuda_status(cudaMemcpyAsync(to, from, (size_t)count * sizeof *to,
                                            cudaMemcpyDeviceToDevice, reel_cuda_stream()),
                            "muon.copy");
}

/* out = alpha a b + beta out; a: [side, inner], b: [inner, columns], or [columns, inner] */
static reel_status multiply(float *out, const float *a, const float *b,
                            const reel_cuda_gemm_shape &shape)
{
    return reel_cuda_gemm(&shape, a, b, out, nullptr, "muon.product");
}

static reel_cuda_gemm_shape shape_of(const batch &b, int64_t columns, int64_t inner)
{
    reel_cuda_gemm_shape s = {};
    s.m = b.side, s.n = columns, s.k = inner;
    s.a_row = inner, s.b_row = s.c_row = columns;
    s.count = b.count;
    s.a_stride = b.side * inner, s.b_stride = inner * columns, s.c_stride = b.side * columns;
    s.alpha = 1.0f;
    return s;
}

/* x -> a x + (b P + c P P) x with P = x x^T; the result is in `next`. */
static reel_status iterate(float *x, float *next, float *p, float *pp, const batch &b)
{
    int64_t square = b.count * b.side * b.side, flat = b.count * b.side * b.length;
    reel_cuda_gemm_shape of_x = shape_of(b, b.side, b.length);
    of_x.transpose_b = 1;
    of_x.b_row = b.length;
    REEL_TRY(multiply(p, x, x, of_x));
    reel_cuda_gemm_shape of_p = shape_of(b, b.side, b.side);
    of_p.alpha = REEL_MUON_QUINTIC[2], of_p.beta = REEL_MUON_QUINTIC[1];
    REEL_TRY(copy(pp, p, square));
    REEL_TRY(multiply(pp, p, p, of_p));
    reel_cuda_gemm_shape step = shape_of(b, b.length, b.side);
    step.beta = REEL_MUON_QUINTIC[0];
    REEL_TRY(copy(next, x, flat));
    return multiply(next, pp, x, step);
}

static reel_status move(const reel_muon_args *a, const batch &b)
{
    size_t flat = (size_t)(b.count * b.side * b.length);
    size_t square = (size_t)(b.count * b.side * b.side);
    double *parts = reinterpret_cast<double *>(a->scratch); /* first, for their alignment */
    float *x = a->scratch + 2 * NORM_PARTS * b.count, *next = x + flat, *p = next + flat;
    dim3 grid((unsigned)reel_cuda_ceil(b.columns, TILE), (unsigned)reel_cuda_ceil(b.rows, TILE),
              (unsigned)b.count),
        block(TILE, TILE_ROWS);
    REEL_TRY(reel_cuda_run({ "muon.begin", grid, block, 0 }, begin, b, *a, x));
    REEL_TRY(normalise(x, parts, b));
    for (int i = 0; i < REEL_MUON_ITERATIONS; i++) {
        REEL_TRY(iterate(x, next, p, p + square, b));
        float *before = x;
        x = next, next = before;
    }
    double taller = b.is_tall ? sqrt((double)b.rows / (double)b.columns) : 1.0;
    float keep = (float)(1.0 - a->lr * a->decay), rate = (float)(a->lr * taller);
    return reel_cuda_run({ "muon.finish", grid, block, 0 }, finish, b, *a, x, keep, rate);
}

static reel_status step(const reel_muon_args *a)
{
    for (int at = 0; at < a->count;) {
        batch b;
        at += batch_of(&b, a->matrices + at, a->count - at);
        REEL_TRY(move(a, b));
    }
    return REEL_OK;
}

const reel_muon_kernels reel_muon_cuda = { scratch, step };
