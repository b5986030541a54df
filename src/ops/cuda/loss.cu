/* CUDA kernels of the losses: sums in f64, chunk by chunk, then in order. A loss stays on the
 * device. */
#include "ops/cuda/lanes.cuh"

/* --- distances ----------------------------------------------------------------------------------
 */

/* A block sums one chunk of one sample. */
static __global__ void __launch_bounds__(REEL_CUDA_BLOCK)
    sum_chunk(reel_distance_args a, int64_t chunks)
{
    for (int64_t k = blockIdx.x; k < a.batch * chunks; k += gridDim.x) {
        int64_t begin = k % chunks * REEL_DISTANCE_CHUNK, first = k / chunks * a.count;
        int64_t end = begin + REEL_DISTANCE_CHUNK < a.count ? begin + REEL_DISTANCE_CHUNK : a.count;
        double sum = 0.0;
        for (int64_t i = first + begin + threadIdx.x; i < first + end; i += REEL_CUDA_BLOCK) {
            float d = a.b ? a.a[i] - a.b[i] : a.a[i];
            sum += (double)(a.kind == REEL_DISTANCE_SQUARE ? d * d : fabsf(d));
        }
        sum = reel_block_sum(sum);
        if (threadIdx.x == 0) {
            a.scratch[k] = sum;
        }
    }
}

static __global__ void __launch_bounds__(REEL_CUDA_BLOCK)
    sum_chunks(reel_distance_args a, int64_t chunks)
{
    double sum = 0.0;
    for (int64_t k = threadIdx.x; k < a.batch * chunks; k += REEL_CUDA_BLOCK) {
        sum += a.scratch[k] * (a.weight ? (double)a.weight[k / chunks] : 1.0);
    }
    sum = reel_block_sum(sum);
    if (threadIdx.x == 0) {
        *a.loss = (float)(sum / (double)a.batch / (double)a.count);
    }
}

/* y += factor * d, where d is the slope of the distance by a - b. */
template <int V>
static __device__ void add_slope(float *y, const reel_distance_grad_args &g, int64_t at,
                                 float factor)
{
    reel_floats<V> d = reel_load<V>(g.a + at), b = {};
    if (g.b) {
        b = reel_load<V>(g.b + at);
    }
#pragma unroll
    for (int i = 0; i < V; i++) {
        float away = d.at[i] - b.at[i];
        d.at[i] = g.kind == REEL_DISTANCE_SQUARE ? 2.0f * factor * away
                  : away > 0.0f                  ? factor
                  : away < 0.0f                  ? -factor
                                                 : 0.0f;
    }
    reel_accumulate<V>(y + at, d);
}

/* Rows are samples. da, then db: they may be one buffer. */
template <int V> static __global__ void add_slopes(reel_cuda_rows rows, reel_distance_grad_args a)
{
    double share = (double)*a.dloss / (double)a.batch / (double)a.count;
    for (reel_piece<V> p(rows); p.any(); p.next()) {
        if (p.row < 0) {
            continue;
        }
        float factor = (float)(share * (a.weight ? (double)a.weight[p.row] : 1.0));
        for (int64_t c = p.begin; c < p.end; c += p.step) {
            if (a.da) {
                add_slope<V>(a.da, a, p.row * a.count + c, factor);
            }
            if (a.db) {
                add_slope<V>(a.db, a, p.row * a.count + c, -factor);
            }
        }
    }
}

static reel_status distance_forward(const reel_distance_args *a)
{
    int64_t chunks = reel_distance_chunks(a->count);
    REEL_TRY(reel_cuda_run(
        { "distance.forward", reel_cuda_grid(a->batch * chunks, 1), REEL_CUDA_BLOCK, 0 }, sum_chunk,
        *a, chunks));
    return reel_cuda_run({ "distance.forward", 1, REEL_CUDA_BLOCK, 0 }, sum_chunks, *a, chunks);
}

static reel_status distance_backward(const reel_distance_grad_args *a)
{
    reel_cuda_rows rows = reel_cuda_rows_of(a->batch, a->count, false);
    return reel_cuda_run({ "distance.backward", reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
                         REEL_BY_WIDTH(add_slopes, a->count), rows, *a);
}

const reel_distance_kernels reel_distance_cuda = { distance_forward, distance_backward };

/* --- cross entropy ------------------------------------------------------------------------------
 */

/* A warp per row. */
static __global__ void log_sums(reel_cuda_rows rows, reel_cross_entropy_args a)
{
    for (reel_piece<1> p(rows); p.any(); p.next()) {
        const float *z = a.logits + p.row * a.classes;
        float top = -INFINITY, sum = 0.0f;
        for (int64_t v = p.begin; v < p.end; v += p.step) {
            top = fmaxf(top, z[v]);
        }
        top = reel_lanes_max(top, rows.lanes);
        for (int64_t v = p.begin; v < p.end; v += p.step) {
            sum += expf(z[v] - top);
        }
        sum = reel_lanes_sum(sum, rows.lanes);
        if (p.row >= 0 && p.lane == 0) {
            a.log_sum[p.row] = top + logf(sum);
        }
    }
}

static __global__ void __launch_bounds__(REEL_CUDA_BLOCK) mean_of_rows(reel_cross_entropy_args a)
{
    double total = 0.0, counted = 0.0;
    for (int64_t n = threadIdx.x; n < a.rows; n += REEL_CUDA_BLOCK) {
        int32_t label = a.labels[n];
        if (label >= 0) {
            total += (double)a.log_sum[n] - (double)a.logits[n * a.classes + label];
            counted += 1.0;
        }
    }
    total = reel_block_sum(total);
    counted = reel_block_sum(counted);
    if (threadIdx.x == 0) {
        *a.counted = (float)counted;
        *a.loss = counted > 0.0 ? (float)(total / counted) : 0.0f;
    }
}

/* dlogits = (softmax - one at the label) / rows that count. */
static __global__ void add_softmax(reel_cuda_rows rows, reel_cross_entropy_grad_args a)
{
    float share = *a.counted > 0.0f ? *a.dloss / *a.counted : 0.0f;
    for (reel_piece<1> p(rows); p.any(); p.next()) {
        if (p.row < 0 || a.labels[p.row] < 0) {
            continue;
        }
        const float *z = a.logits + p.row * a.classes;
        float *dz = a.dlogits + p.row * a.classes, log_sum = a.log_sum[p.row];
        for (int64_t v = p.begin; v < p.end; v += p.step) {
            float slope = share * expf(z[v] - log_sum);
            dz[v] += v == a.labels[p.row] ? slope - share : slope;
        }
    }
}

static reel_status cross_entropy_forward(const reel_cross_entropy_args *a)
{
    reel_cuda_rows rows = { a->rows, a->classes, 1, a->classes, REEL_WARP };
    REEL_TRY(
        reel_cuda_run({ "cross_entropy.forward", reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
                      log_sums, rows, *a));
    return reel_cuda_run({ "cross_entropy.forward", 1, REEL_CUDA_BLOCK, 0 }, mean_of_rows, *a);
}

static reel_status cross_entropy_backward(const reel_cross_entropy_grad_args *a)
{
    reel_cuda_rows rows = { a->rows, a->classes, reel_cuda_ceil(a->classes, REEL_CUDA_PIECE),
                            REEL_CUDA_PIECE, REEL_WARP };
    return reel_cuda_run({ "cross_entropy.backward", reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
                         add_softmax, rows, *a);
}

const reel_cross_entropy_kernels reel_cross_entropy_cuda = { cross_entropy_forward,
                                                             cross_entropy_backward };
