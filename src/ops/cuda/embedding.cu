/* CUDA kernels of the embedding table. */
#include "ops/cuda/lanes.cuh"

template <int V> static __global__ void pick(reel_cuda_rows rows, reel_embedding_args a)
{
    for (reel_piece<V> p(rows); p.any(); p.next()) {
        if (p.row < 0) {
            continue;
        }
        int64_t from = a.ids[p.row] * a.width;
        for (int64_t c = p.begin; c < p.end; c += p.step) {
            reel_store<V>(a.y + p.row * a.width + c, reel_load<V>(a.table + from + c));
        }
    }
}

/* sum += dy[first + i] for the bits i of `hits`, in order. */
template <int V>
static __device__ void add_hits(reel_floats<V> &sum, const reel_embedding_grad_args &a,
                                int64_t first, int64_t c, unsigned hits)
{
    for (; hits; hits &= hits - 1) {
        reel_floats<V> dy = reel_load<V>(a.dy + (first + __ffs((int)hits) - 1) * a.width + c);
#pragma unroll
        for (int i = 0; i < V; i++) {
            sum.at[i] += dy.at[i];
        }
    }
}

/* A warp owns 32 V columns of one entry of the table, looks at all ids and adds the rows of those
 * that are its own, in their order. */
template <int V> static __global__ void add_picked(reel_embedding_grad_args a, int64_t tiles)
{
    int lane = threadIdx.x % REEL_WARP;
    int64_t warp = ((int64_t)blockIdx.x * blockDim.x + threadIdx.x) / REEL_WARP;
    int64_t warps = (int64_t)gridDim.x * blockDim.x / REEL_WARP;
    for (; warp < a.entries * tiles; warp += warps) {
        int64_t entry = warp / tiles, c = (warp % tiles * REEL_WARP + lane) * V;
        reel_floats<V> sum = {};
        unsigned found = 0;
        for (int64_t first = 0; first < a.count; first += REEL_WARP) {
            bool mine = first + lane < a.count && a.ids[first + lane] == (int32_t)entry;
            unsigned hits = __ballot_sync(REEL_ALL_LANES, mine);
            add_hits<V>(sum, a, first, c, c < a.width ? hits : 0);
            found |= hits;
        }
        if (found && c < a.width) {
            reel_accumulate<V>(a.dtable + entry * a.width + c, sum);
        }
    }
}

static reel_status forward(const reel_embedding_args *a)
{
    reel_cuda_rows rows = reel_cuda_rows_of(a->count, a->width, false);
    return reel_cuda_run({ "embedding.forward", reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
                         REEL_BY_WIDTH(pick, a->width), rows, *a);
}

static reel_status backward(const reel_embedding_grad_args *a)
{
    int64_t tiles = reel_cuda_ceil(a->width, REEL_WARP * reel_vector_of(a->width));
    return reel_cuda_run({ "embedding.backward", reel_cuda_grid(a->entries * tiles * REEL_WARP),
                           REEL_CUDA_BLOCK, 0 },
                         REEL_BY_WIDTH(add_picked, a->width), *a, tiles);
}

const reel_embedding_kernels reel_embedding_cuda = { forward, backward };
