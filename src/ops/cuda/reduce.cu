/* CUDA kernels of means over rows and differences of neighbours. */
#include "ops/cuda/lanes.cuh"

/* --- means ------------------------------------------------------------------------------------ */

constexpr int SUM_ROWS = 8; /* rows that a block reads at a time; a warp reads 32 columns of one */

/* A block makes 32 columns of one y; its first column writes the share. */
static __global__ void mean_columns(reel_mean_axis1_args a)
{
    __shared__ double sums[SUM_ROWS][REEL_WARP], masks[SUM_ROWS];
    int64_t b = blockIdx.y, c = (int64_t)blockIdx.x * REEL_WARP + threadIdx.x;
    double sum = 0.0, mask = 0.0;
    for (int64_t l = threadIdx.y; l < a.rows; l += SUM_ROWS) {
        double m = a.mask ? (double)a.mask[b * a.rows + l] : 1.0;
        mask += m;
        sum += c < a.width ? m * (double)a.x[(b * a.rows + l) * a.width + c] : 0.0;
    }
    sums[threadIdx.y][threadIdx.x] = sum;
    if (threadIdx.x == 0) {
        masks[threadIdx.y] = mask;
    }
    __syncthreads();
    if (threadIdx.y > 0 || c >= a.width) {
        return;
    }
    double total = 0.0, all = 0.0;
    for (int y = 0; y < SUM_ROWS; y++) {
        total += masks[y];
        all += sums[y][threadIdx.x];
    }
    float share = total > 0.0 ? (float)(1.0 / total) : 0.0f;
    a.y[b * a.width + c] = (float)(all * (double)share);
    if (c == 0) {
        a.share[b] = share;
    }
}

template <int V> static __global__ void spread(reel_cuda_rows rows, reel_mean_axis1_grad_args a)
{
    for (reel_piece<V> p(rows); p.any(); p.next()) {
        if (p.row < 0) {
            continue;
        }
        int64_t b = p.row / a.rows;
        float factor = a.share[b] * (a.mask ? a.mask[p.row] : 1.0f);
        for (int64_t c = p.begin; c < p.end; c += p.step) {
            reel_floats<V> dx = reel_load<V>(a.dy + b * a.width + c);
#pragma unroll
            for (int i = 0; i < V; i++) {
                dx.at[i] *= factor;
            }
            reel_accumulate<V>(a.dx + p.row * a.width + c, dx);
        }
    }
}

static reel_status mean_forward(const reel_mean_axis1_args *a)
{
    dim3 grid((unsigned)reel_cuda_ceil(a->width, REEL_WARP), (unsigned)a->batch);
    return reel_cuda_run({ "mean_axis1.forward", grid, dim3(REEL_WARP, SUM_ROWS), 0 }, mean_columns,
                         *a);
}

static reel_status mean_backward(const reel_mean_axis1_grad_args *a)
{
    reel_cuda_rows rows = reel_cuda_rows_of(a->batch * a->rows, a->width, false);
    return reel_cuda_run({ "mean_axis1.backward", reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
                         REEL_BY_WIDTH(spread, a->width), rows, *a);
}

const reel_mean_axis1_kernels reel_mean_axis1_cuda = { mean_forward, mean_backward };

/* --- differences ------------------------------------------------------------------------------ */

/* Rows are outer indices; neighbours are `inner` elements apart. */
template <int V> static __global__ void subtract(reel_cuda_rows rows, reel_difference_args a)
{
    for (reel_piece<V> p(rows); p.any(); p.next()) {
        const float *x = a.x + p.row * a.count * a.inner;
        for (int64_t c = p.begin; c < p.end; c += p.step) {
            reel_floats<V> y = reel_load<V>(x + a.inner + c), low = reel_load<V>(x + c);
#pragma unroll
            for (int i = 0; i < V; i++) {
                y.at[i] -= low.at[i];
            }
            reel_store<V>(a.y + p.row * rows.width + c, y);
        }
    }
}

/* dx[i] += dy[i - 1] - dy[i], each where it exists. */
template <int V> static __global__ void add_slopes(reel_cuda_rows rows, reel_difference_grad_args a)
{
    for (reel_piece<V> p(rows); p.any(); p.next()) {
        int64_t run = (a.count - 1) * a.inner;
        const float *dy = a.dy + p.row * run;
        for (int64_t c = p.begin; c < p.end; c += p.step) {
            reel_floats<V> slope = {}, above = {};
            if (c >= a.inner) {
                slope = reel_load<V>(dy + c - a.inner);
            }
            if (c < run) {
                above = reel_load<V>(dy + c);
            }
#pragma unroll
            for (int i = 0; i < V; i++) {
                slope.at[i] -= above.at[i];
            }
            reel_accumulate<V>(a.dx + p.row * rows.width + c, slope);
        }
    }
}

static reel_status difference_forward(const reel_difference_args *a)
{
    reel_cuda_rows rows = reel_cuda_rows_of(a->outer, (a->count - 1) * a->inner, false);
    return reel_cuda_run({ "difference.forward", reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
                         reel_vector_of(a->inner) == 4 ? subtract<4> : subtract<1>, rows, *a);
}

static reel_status difference_backward(const reel_difference_grad_args *a)
{
    reel_cuda_rows rows = reel_cuda_rows_of(a->outer, a->count * a->inner, false);
    return reel_cuda_run({ "difference.backward", reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
                         reel_vector_of(a->inner) == 4 ? add_slopes<4> : add_slopes<1>, rows, *a);
}

const reel_difference_kernels reel_difference_cuda = { difference_forward, difference_backward };
