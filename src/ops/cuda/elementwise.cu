/* CUDA kernels of sums, products and repetition. */
#include "ops/cuda/column_sums.cuh"

/* --- two tensors of one shape --------------------------------------------------------------- */

template <int KIND, int V> static __global__ void combine(reel_binary_args args)
{
    REEL_CUDA_EACH(n, args.count / V)
    {
        reel_floats<V> a = reel_load<V>(args.a + n * V), b = reel_load<V>(args.b + n * V);
#pragma unroll
        for (int i = 0; i < V; i++) {
            a.at[i] = KIND == REEL_BINARY_ADD   ? a.at[i] + b.at[i]
                      : KIND == REEL_BINARY_SUB ? a.at[i] - b.at[i]
                                                : a.at[i] * b.at[i];
        }
        reel_store<V>(args.z + n * V, a);
    }
}

template <int KIND, int V>
static __device__ void add_slope(float *to, const reel_floats<V> &dz, const float *other,
                                 bool minus)
{
    reel_floats<V> slope = dz;
    if (KIND == REEL_BINARY_MUL) {
        reel_floats<V> factor = reel_load<V>(other);
#pragma unroll
        for (int i = 0; i < V; i++) {
            slope.at[i] *= factor.at[i];
        }
    } else if (KIND == REEL_BINARY_SUB && minus) {
#pragma unroll
        for (int i = 0; i < V; i++) {
            slope.at[i] = -slope.at[i];
        }
    }
    reel_accumulate<V>(to, slope);
}

/* da, then db: they may be one buffer. */
template <int KIND, int V> static __global__ void add_slopes(reel_binary_grad_args a)
{
    REEL_CUDA_EACH(n, a.count / V)
    {
        reel_floats<V> dz = reel_load<V>(a.dz + n * V);
        if (a.da) {
            add_slope<KIND, V>(a.da + n * V, dz, a.b + n * V, false);
        }
        if (a.db) {
            add_slope<KIND, V>(a.db + n * V, dz, a.a + n * V, true);
        }
    }
}

typedef void (*combine_kernel)(reel_binary_args);
typedef void (*slopes_kernel)(reel_binary_grad_args);

template <int V> static combine_kernel combine_of(reel_binary_kind kind)
{
    static const combine_kernel kernels[REEL_BINARY_KINDS] = { combine<0, V>, combine<1, V>,
                                                               combine<2, V> };
    return kernels[kind];
}

template <int V> static slopes_kernel slopes_of(reel_binary_kind kind)
{
    static const slopes_kernel kernels[REEL_BINARY_KINDS] = { add_slopes<0, V>, add_slopes<1, V>,
                                                              add_slopes<2, V> };
    return kernels[kind];
}

static reel_status binary_forward(const reel_binary_args *a)
{
    int vector = reel_vector_of(a->count);
    return reel_cuda_run(
        { "binary.forward", reel_cuda_grid(a->count / vector), REEL_CUDA_BLOCK, 0 },
        vector == 4 ? combine_of<4>(a->kind) : combine_of<1>(a->kind), *a);
}

static reel_status binary_backward(const reel_binary_grad_args *a)
{
    int vector = reel_vector_of(a->count);
    return reel_cuda_run(
        { "binary.backward", reel_cuda_grid(a->count / vector), REEL_CUDA_BLOCK, 0 },
        vector == 4 ? slopes_of<4>(a->kind) : slopes_of<1>(a->kind), *a);
}

const reel_binary_kernels reel_binary_cuda = { binary_forward, binary_backward };

/* --- a tensor added to every leading index of another ----------------------------------------- */

template <int V> static __global__ void add_row(reel_cuda_rows rows, reel_add_rows_args a)
{
    for (reel_piece<V> p(rows); p.any(); p.next()) {
        for (int64_t c = p.begin; c < p.end; c += p.step) {
            reel_floats<V> x = reel_load<V>(a.x + p.row * a.width + c), y = reel_load<V>(a.y + c);
#pragma unroll
            for (int i = 0; i < V; i++) {
                x.at[i] += y.at[i];
            }
            reel_store<V>(a.z + p.row * a.width + c, x);
        }
    }
}

/* target += source: the same kernel serves every gradient that is passed on as it is. */
template <int V> static __global__ void add_to(float *target, const float *source, int64_t count)
{
    REEL_CUDA_EACH(n, count / V)
    {
        reel_accumulate<V>(target + n * V, reel_load<V>(source + n * V));
    }
}

struct dz_terms {
    const float *dz;
    int64_t rows, width;

    template <int V>
    __device__ void at(reel_floats<V> (&out)[1], int64_t b, int64_t r, int64_t c) const
    {
        out[0] = reel_load<V>(dz + (b * rows + r) * width + c);
    }
};

static reel_status add_rows_forward(const reel_add_rows_args *a)
{
    reel_cuda_rows rows = reel_cuda_rows_of(a->rows, a->width, false);
    return reel_cuda_run({ "add_rows.forward", reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
                         REEL_BY_WIDTH(add_row, a->width), rows, *a);
}

/* dx = dz,   dy = sum over rows of dz. */
static reel_status add_rows_backward(const reel_add_rows_grad_args *a)
{
    int64_t count = a->rows * a->width;
    int vector = reel_vector_of(count);
    if (a->dx) {
        REEL_TRY(reel_cuda_run(
            { "add_rows.backward", reel_cuda_grid(count / vector), REEL_CUDA_BLOCK, 0 },
            vector == 4 ? add_to<4> : add_to<1>, a->dx, a->dz, count));
    }
    if (!a->dy) {
        return REEL_OK;
    }
    return reel_column_sums<1>("add_rows.backward", { a->dy }, { 1, a->rows, a->width },
                               dz_terms{ a->dz, a->rows, a->width });
}

const reel_add_rows_kernels reel_add_rows_cuda = { add_rows_forward, add_rows_backward };

/* --- rows repeated ---------------------------------------------------------------------------- */

template <int V> static __global__ void repeat_rows(reel_cuda_rows rows, reel_repeat_args a)
{
    for (reel_piece<V> p(rows); p.any(); p.next()) {
        for (int64_t c = p.begin; c < p.end; c += p.step) {
            reel_floats<V> x = reel_load<V>(a.x + p.row * a.width + c);
            for (int64_t j = 0; j < a.times; j++) {
                reel_store<V>(a.y + (p.row * a.times + j) * a.width + c, x);
            }
        }
    }
}

template <int V> static __global__ void sum_repeats(reel_cuda_rows rows, reel_repeat_grad_args a)
{
    for (reel_piece<V> p(rows); p.any(); p.next()) {
        for (int64_t c = p.begin; c < p.end; c += p.step) {
            reel_floats<V> sum = reel_load<V>(a.dx + p.row * a.width + c);
            for (int64_t j = 0; j < a.times; j++) {
                reel_floats<V> dy = reel_load<V>(a.dy + (p.row * a.times + j) * a.width + c);
#pragma unroll
                for (int i = 0; i < V; i++) {
                    sum.at[i] += dy.at[i];
                }
            }
            reel_store<V>(a.dx + p.row * a.width + c, sum);
        }
    }
}

static reel_status repeat_forward(const reel_repeat_args *a)
{
    reel_cuda_rows rows = reel_cuda_rows_of(a->rows, a->width, false);
    return reel_cuda_run({ "repeat.forward", reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
                         REEL_BY_WIDTH(repeat_rows, a->width), rows, *a);
}

static reel_status repeat_backward(const reel_repeat_grad_args *a)
{
    reel_cuda_rows rows = reel_cuda_rows_of(a->rows, a->width, false);
    return reel_cuda_run({ "repeat.backward", reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
                         REEL_BY_WIDTH(sum_repeats, a->width), rows, *a);
}

const reel_repeat_kernels reel_repeat_cuda = { repeat_forward, repeat_backward };
