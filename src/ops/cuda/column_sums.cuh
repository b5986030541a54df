/* Sums over rows, column by column: chunks of rows into partial sums, then these in order. How rows
 * are cut depends on the shape alone. */
#ifndef REEL_OPS_CUDA_COLUMN_SUMS_CUH
#define REEL_OPS_CUDA_COLUMN_SUMS_CUH

#include "ops/cuda/lanes.cuh"

struct reel_sum_shape {
    int64_t batch, rows, width;
};

/* A block of `lanes` by REEL_CUDA_BLOCK / lanes threads takes lanes * V columns of a chunk, as many
 * rows at a time as it is high. */
struct reel_sum_plan {
    reel_sum_shape shape;
    int64_t chunks, per_chunk, tiles;
    int lanes;
};

static inline reel_sum_plan reel_sum_plan_of(const reel_sum_shape &s)
{
    constexpr int64_t BLOCKS = 512, CHUNKS_MAX = 256; /* a few blocks for every multiprocessor */
    int64_t vectors = reel_cuda_ceil(s.width, reel_vector_of(s.width));
    int lanes = 1;
    while (lanes < REEL_WARP && lanes < vectors) {
        lanes *= 2;
    }
    int64_t tiles = reel_cuda_ceil(vectors, lanes);
    int64_t chunks = BLOCKS / (tiles * s.batch > 0 ? tiles * s.batch : 1);
    int64_t worth = reel_cuda_ceil(s.rows, 4 * (REEL_CUDA_BLOCK / lanes)); /* 4 rows per thread */
    chunks = chunks > worth ? worth : chunks;
    chunks = chunks > CHUNKS_MAX ? CHUNKS_MAX : chunks < 1 ? 1 : chunks;
    int64_t per_chunk = reel_cuda_ceil(s.rows, chunks);
    return { s, chunks, per_chunk, tiles, lanes };
}

/* partial [SUMS, batch, chunks, width]. `terms` is called as terms.template at<V>(out, b, r, c) and
 * gives the SUMS numbers of columns c .. c+V-1 of row r of batch b. */
template <int V, int SUMS, typename Terms>
static __global__ void __launch_bounds__(REEL_CUDA_BLOCK)
    reel_sum_chunks(float *partial, reel_sum_plan plan, Terms terms)
{
    __shared__ __align__(16) float sums[SUMS][REEL_CUDA_BLOCK * V];
    const reel_sum_shape &s = plan.shape;
    int x = threadIdx.x % plan.lanes, y = threadIdx.x / plan.lanes;
    int high = REEL_CUDA_BLOCK / plan.lanes, wide = plan.lanes * V;
    int64_t c = blockIdx.x * (int64_t)wide + x * V;
    int64_t k = blockIdx.y % plan.chunks, b = blockIdx.y / plan.chunks;
    int64_t end = (k + 1) * plan.per_chunk < s.rows ? (k + 1) * plan.per_chunk : s.rows;
    reel_floats<V> sum[SUMS] = {}, term[SUMS];
    for (int64_t r = k * plan.per_chunk + y; c < s.width && r < end; r += high) {
        terms.template at<V>(term, b, r, c);
#pragma unroll
        for (int i = 0; i < SUMS * V; i++) {
            sum[i / V].at[i % V] += term[i / V].at[i % V];
        }
    }
#pragma unroll
    for (int i = 0; i < SUMS; i++) {
        reel_store<V>(&sums[i][threadIdx.x * V], sum[i]);
    }
    __syncthreads();
    for (int i = threadIdx.x; i < SUMS * wide; i += REEL_CUDA_BLOCK) {
        int which = i / wide, column = i % wide;
        float total = 0.0f;
        for (int row = 0; row < high; row++) {
            total += sums[which][row * wide + column];
        }
        int64_t at = blockIdx.x * (int64_t)wide + column;
        if (at < s.width) {
            partial[((which * s.batch + b) * plan.chunks + k) * s.width + at] = total;
        }
    }
}

constexpr int REEL_SUM_HIGH = REEL_CUDA_BLOCK / REEL_WARP;

/* Where the sums go, each [batch, width] and added to; NULL where one is not wanted. */
template <int SUMS> struct reel_sum_targets {
    float *at[SUMS];
};

/* Column blockIdx.x * 32 .. of batch entry blockIdx.y % batch of sum blockIdx.y / batch. */
template <int SUMS>
static __global__ void __launch_bounds__(REEL_CUDA_BLOCK)
    reel_sum_partials(reel_sum_targets<SUMS> out, const float *partial, int64_t batch,
                      int64_t chunks, int64_t width)
{
    __shared__ float sums[REEL_SUM_HIGH][REEL_WARP];
    int x = threadIdx.x % REEL_WARP, y = threadIdx.x / REEL_WARP;
    int64_t c = (int64_t)blockIdx.x * REEL_WARP + x, n = blockIdx.y;
    float *target = nullptr;
#pragma unroll
    for (int i = 0; i < SUMS; i++) {
        target = n / batch == i ? out.at[i] : target;
    }
    float sum = 0.0f;
    for (int64_t k = y; target && c < width && k < chunks; k += REEL_SUM_HIGH) {
        sum += partial[(n * chunks + k) * width + c];
    }
    sums[y][x] = sum;
    __syncthreads();
    if (y > 0 || !target || c >= width) {
        return;
    }
    float total = target[n % batch * width + c];
    for (int row = 0; row < REEL_SUM_HIGH; row++) {
        total += sums[row][x];
    }
    target[n % batch * width + c] = total;
}

template <int SUMS>
static reel_status reel_add_partials(const char *name, const reel_sum_targets<SUMS> &out,
                                     const float *partial, int64_t batch, int64_t chunks,
                                     int64_t width)
{
    dim3 grid((unsigned)reel_cuda_ceil(width, REEL_WARP), (unsigned)(SUMS * batch));
    return reel_cuda_run({ name, grid, REEL_CUDA_BLOCK, 0 }, reel_sum_partials<SUMS>, out, partial,
                         batch, chunks, width);
}

/* out.at[i] += the sums over rows of term i. Uses the operators' scratch. */
template <int SUMS, typename Terms>
static reel_status reel_column_sums(const char *name, const reel_sum_targets<SUMS> &out,
                                    const reel_sum_shape &shape, const Terms &terms)
{
    if (shape.rows == 0) {
        return REEL_OK;
    }
    reel_sum_plan plan = reel_sum_plan_of(shape);
    int64_t count = SUMS * shape.batch * plan.chunks * shape.width;
    void *scratch;
    REEL_TRY(reel_cuda_scratch(&scratch, REEL_SCRATCH_OPERATOR, (size_t)count * sizeof(float)));
    float *partial = static_cast<float *>(scratch);
    dim3 grid((unsigned)plan.tiles, (unsigned)(shape.batch * plan.chunks));
    void (*kernel)(float *, reel_sum_plan, Terms) = reel_vector_of(shape.width) == 4
                                                        ? reel_sum_chunks<4, SUMS, Terms>
                                                        : reel_sum_chunks<1, SUMS, Terms>;
    REEL_TRY(reel_cuda_run({ name, grid, REEL_CUDA_BLOCK, 0 }, kernel, partial, plan, terms));
    return reel_add_partials(name, out, partial, shape.batch, plan.chunks, shape.width);
}

#endif
