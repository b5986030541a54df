/* Vectors of floats, sums over lanes of a warp, and how rows are shared out among lanes.
 *
 * Tensors begin at multiples of 16 bytes. Where a row has a multiple of four elements every row
 * does too and V is 4: loads and stores are 16 bytes wide. Otherwise V is 1. */
#ifndef REEL_OPS_CUDA_LANES_CUH
#define REEL_OPS_CUDA_LANES_CUH

#include "ops/cuda/launch.cuh"

constexpr unsigned REEL_ALL_LANES = 0xffffffffu;
constexpr int REEL_WARP = 32;

template <int V> struct reel_floats {
    float at[V];
};

template <int V> static __device__ inline reel_floats<V> reel_load(const float *p)
{
    reel_floats<V> x;
    if constexpr (V == 4) {
        float4 quad = *reinterpret_cast<const float4 *>(p);
        x.at[0] = quad.x, x.at[1] = quad.y, x.at[2] = quad.z, x.at[3] = quad.w;
    } else {
        x.at[0] = *p;
    }
    return x;
}

template <int V> static __device__ inline void reel_store(float *p, const reel_floats<V> &x)
{
    if constexpr (V == 4) {
        *reinterpret_cast<float4 *>(p) = make_float4(x.at[0], x.at[1], x.at[2], x.at[3]);
    } else {
        *p = x.at[0];
    }
}

/* p[0 .. V-1] += x */
template <int V> static __device__ inline void reel_accumulate(float *p, const reel_floats<V> &x)
{
    reel_floats<V> sum = reel_load<V>(p);
#pragma unroll
    for (int i = 0; i < V; i++) {
        sum.at[i] += x.at[i];
    }
    reel_store<V>(p, sum);
}

/* A gradient: assigned where its memory is new, else added. */
template <int V>
static __device__ inline void reel_give(float *p, const reel_floats<V> &x, int is_new)
{
    if (is_new) {
        reel_store<V>(p, x);
    } else {
        reel_accumulate<V>(p, x);
    }
}

static inline int reel_vector_of(int64_t width)
{
    return width % 4 == 0 ? 4 : 1;
}

/* The kernel of this template for rows of `width` elements. */
#define REEL_BY_WIDTH(kernel, width) (reel_vector_of(width) == 4 ? kernel<4> : kernel<1>)

/* Sum, or largest, over groups of `lanes` neighbours (a power of two, the same in the whole warp);
 * every lane of the warp takes part and gets the result of its group. */
template <typename T> static __device__ inline T reel_lanes_sum(T x, int lanes)
{
    for (int step = lanes / 2; step > 0; step /= 2) {
        x += __shfl_xor_sync(REEL_ALL_LANES, x, step);
    }
    return x;
}

static __device__ inline float reel_lanes_max(float x, int lanes)
{
    for (int step = lanes / 2; step > 0; step /= 2) {
        x = fmaxf(x, __shfl_xor_sync(REEL_ALL_LANES, x, step));
    }
    return x;
}

/* Sum over a block of REEL_CUDA_BLOCK threads, in a fixed order; thread 0 has the result. The
 * block may call it again at once. */
template <typename T> static __device__ inline T reel_block_sum(T x)
{
    __shared__ T sums[REEL_CUDA_BLOCK / REEL_WARP];
    x = reel_lanes_sum(x, REEL_WARP);
    __syncthreads();
    if (threadIdx.x % REEL_WARP == 0) {
        sums[threadIdx.x / REEL_WARP] = x;
    }
    __syncthreads();
    T total = 0;
    for (int i = 0; i < REEL_CUDA_BLOCK / REEL_WARP; i++) {
        total += sums[i];
    }
    return total;
}

/* --- rows, each read by a group of lanes of one warp ------------------------------------------ */

struct reel_cuda_rows {
    int64_t rows, width;
    int64_t pieces, piece; /* a row is cut into `pieces` of `piece` elements, the last is shorter */
    int lanes;             /* of a group: a power of two, 1 .. 32 */
};

constexpr int64_t REEL_CUDA_PIECE = 1024;

/* `whole`: a row stays in one piece, because the kernel sums over it. */
static inline reel_cuda_rows reel_cuda_rows_of(int64_t rows, int64_t width, bool whole)
{
    int64_t vectors = reel_cuda_ceil(width, reel_vector_of(width));
    int lanes = 1;
    while (lanes < REEL_WARP && lanes < vectors) {
        lanes *= 2;
    }
    int64_t pieces = whole ? 1 : reel_cuda_ceil(width, REEL_CUDA_PIECE);
    return { rows, width, pieces, whole ? width : REEL_CUDA_PIECE, lanes };
}

static inline dim3 reel_cuda_row_grid(const reel_cuda_rows &r)
{
    return r.width == 0 ? dim3(0) : reel_cuda_grid(r.rows * r.pieces * r.lanes);
}

/* This lane's share: for (reel_piece<V> p(rows); p.any(); p.next()) visits the same pieces in all
 * lanes of a warp as often, so that lanes may be summed; p.row is -1 where a group has none left.
 *     for (int64_t c = p.begin; c < p.end; c += p.step)   its vectors of V elements of p.row */
template <int V> struct reel_piece {
    const reel_cuda_rows &r;
    int64_t first, row, begin, end;
    int group, lane, step;

    __device__ explicit reel_piece(const reel_cuda_rows &rows) : r(rows)
    {
        int64_t thread = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
        int in_warp = threadIdx.x % REEL_WARP;
        first = thread / REEL_WARP * (REEL_WARP / r.lanes);
        group = in_warp / r.lanes;
        lane = in_warp % r.lanes;
        step = r.lanes * V;
        locate();
    }
    __device__ bool any() const
    {
        return first < r.rows * r.pieces;
    }
    __device__ void next()
    {
        first += (int64_t)gridDim.x * (blockDim.x / REEL_WARP) * (REEL_WARP / r.lanes);
        locate();
    }
    __device__ void locate()
    {
        int64_t n = first + group;
        if (n >= r.rows * r.pieces) {
            row = -1, begin = end = 0;
            return;
        }
        row = r.pieces == 1 ? n : n / r.pieces; /* a division costs as much as a load */
        int64_t from = (n - row * r.pieces) * r.piece;
        begin = from + lane * V;
        end = from + r.piece < r.width ? from + r.piece : r.width;
    }
};

#endif
