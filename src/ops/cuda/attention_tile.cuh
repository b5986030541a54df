/* Tiles of bf16 rows in shared memory, and the products of attention on them: scores of rows with
 * rows, and sums of rows. A block has WARPS warps; tokens are packed as [B * H, L, HEAD] in bf16,
 * HEAD being the head's width rounded up and filled with zeros. */
#ifndef REEL_OPS_CUDA_ATTENTION_TILE_CUH
#define REEL_OPS_CUDA_ATTENTION_TILE_CUH

#include "ops/cuda/attention.cuh"
#include "ops/cuda/fragment.cuh"

namespace attention
{
constexpr int WARPS = 4, THREADS = WARPS * REEL_WARP;
constexpr int KEYS = 64;          /* rows of a tile that is gone through */
constexpr int COLUMNS = KEYS / 8; /* pieces of eight scores of a row of scores */
constexpr float LOG2_E = 1.44269504f, LN_2 = 0.693147181f;

/* Sixteen bytes behind every row: eight rows then begin in eight different banks. */
template <int HEAD> constexpr int PITCH = HEAD + 8;

template <int ROWS, int HEAD> struct rows {
    uint16_t at[ROWS][PITCH<HEAD>];

    /* Begin to copy rows first .. of a head; zeros from `count` on. */
    __device__ void begin(const uint16_t *head, int64_t first, int64_t count)
    {
        constexpr int CHUNKS = HEAD / 8;
        for (int n = threadIdx.x; n < ROWS * CHUNKS; n += THREADS) {
            int row = n / CHUNKS, c = n % CHUNKS * 8;
            bool exists = first + row < count;
            reel_copy_async(&at[row][c], head + (exists ? first + row : 0) * HEAD + c, exists);
        }
    }
};

/* scores[m][n] = rows m * 16 .. of a, from `first` on, times the 64 rows of b. */
template <int M, int HEAD, int ROWS>
static __device__ inline void score(float (&scores)[M][COLUMNS][4], const rows<ROWS, HEAD> &a,
                                    int first, const rows<KEYS, HEAD> &b)
{
#pragma unroll
    for (int i = 0; i < M * COLUMNS * 4; i++) {
        scores[i / 4 / COLUMNS][i / 4 % COLUMNS][i % 4] = 0.0f;
    }
#pragma unroll
    for (int c = 0; c < HEAD; c += 16) {
        uint32_t left[M][4];
#pragma unroll
        for (int m = 0; m < M; m++) {
            reel_load_matrices(left[m], &a.at[first + m * 16 + reel_a_row()][c + reel_a_column()]);
        }
#pragma unroll
        for (int n = 0; n < COLUMNS; n += 2) {
            uint32_t right[4];
            reel_load_matrices(right, &b.at[n * 8 + reel_b_row()][c + reel_b_column()]);
#pragma unroll
            for (int m = 0; m < M; m++) {
                reel_mma(scores[m][n], left[m], right[0], right[1]);
                reel_mma(scores[m][n + 1], left[m], right[2], right[3]);
            }
        }
    }
}

/* sums[m] += weights[m], packed to bf16, times the 64 rows of b. */
template <int M, int HEAD>
static __device__ inline void add_rows(float (&sums)[M][HEAD / 8][4],
                                       const float (&weights)[M][COLUMNS][4],
                                       const rows<KEYS, HEAD> &b)
{
#pragma unroll
    for (int k = 0; k < COLUMNS; k += 2) {
        uint32_t left[M][4];
#pragma unroll
        for (int i = 0; i < M * 4; i++) {
            const float *pair = &weights[i / 4][k + i % 4 / 2][i % 2 * 2];
            left[i / 4][i % 4] = reel_pack(pair[0], pair[1]);
        }
#pragma unroll
        for (int n = 0; n < HEAD / 8; n += 2) {
            uint32_t right[4];
            reel_load_transposed(right, &b.at[k * 8 + reel_a_row()][n * 8 + reel_a_column()]);
#pragma unroll
            for (int m = 0; m < M; m++) {
                reel_mma(sums[m][n], left[m], right[0], right[1]);
                reel_mma(sums[m][n + 1], left[m], right[2], right[3]);
            }
        }
    }
}

/* Row `row` of a result [count, stride] f32, of whose columns this lane has two in eight: assigned,
 * or added where ADD, times `factor`. HALF is 0 for rows g, 1 for rows g + 8. */
template <int HEAD, bool ADD, int HALF>
static __device__ inline void write_row(float *to, const float (&sums)[HEAD / 8][4], float factor,
                                        int64_t width)
{
#pragma unroll
    for (int n = 0; n < HEAD / 8; n++) {
        int64_t c = n * 8 + threadIdx.x % 4 * 2;
        float low = sums[n][HALF * 2] * factor, high = sums[n][HALF * 2 + 1] * factor;
        if (width % 2 == 0 && c < width) {
            float2 *pair = reinterpret_cast<float2 *>(to + c);
            float2 old = ADD ? *pair : make_float2(0.0f, 0.0f);
            *pair = make_float2(old.x + low, old.y + high);
        } else if (c < width) {
            to[c] = ADD ? to[c] + low : low;
            if (c + 1 < width) {
                to[c + 1] = ADD ? to[c + 1] + high : high;
            }
        }
    }
}

/* q, k, v and, for the backward pass, dy. */
struct packed {
    const uint16_t *q, *k, *v, *dy;
};

/* Fill `scratch`; dy is NULL in the forward pass. */
reel_status pack(packed *out, void *scratch, const reel_attention_shape *shape,
                 const float *const (&in)[4]);

/* The width that a head has in packed rows. */
static inline int packed_head(int64_t head_width)
{
    return head_width <= 32 ? 32 : head_width <= 64 ? 64 : 128;
}
} // namespace attention

#endif
