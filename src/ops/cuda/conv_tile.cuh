/* A product of two matrices whose tiles are fetched as the convolution finds them:
 *
 *     out[m][n] = sum over k of A[m][k] B[n][k]
 *
 * A block makes BM by BN of it, K_STEP of k at a time: numbers for the next step are on their way
 * to registers while those of this step, in shared memory, are multiplied. A source of tiles says
 * whether its vectors of V numbers run along k (ALONG_K) or along m or n. */
#ifndef REEL_OPS_CUDA_CONV_TILE_CUH
#define REEL_OPS_CUDA_CONV_TILE_CUH

#include "ops/cuda/fragment.cuh"
#include "ops/cuda/lanes.cuh"

namespace conv
{
constexpr int BM = 128, BN = 64, K_STEP = 32, THREADS = 256;
constexpr int SUMS = BM * BN / THREADS; /* of a thread */

/* Which numbers of a tile of ROWS by K_STEP a thread fetches: vector i begins at (row(i), k(i)). */
template <int ROWS_, int V_, bool ALONG_K_> struct share {
    static constexpr int ROWS = ROWS_, V = V_, COUNT = ROWS * K_STEP / V / THREADS;
    static constexpr bool ALONG_K = ALONG_K_;
    static constexpr int ACROSS = (ALONG_K ? K_STEP : ROWS) / V; /* vectors side by side */

    static __device__ int row(int i)
    {
        return ALONG_K ? threadIdx.x / ACROSS + i * (THREADS / ACROSS) : threadIdx.x % ACROSS * V;
    }
    static __device__ int k(int i)
    {
        return ALONG_K ? threadIdx.x % ACROSS * V : threadIdx.x / ACROSS + i * (THREADS / ACROSS);
    }
};

/* --- in f32: thread (x, y) of 16 by 16 has rows y + 16 i and columns x + 16 j ------------------
 */

struct product_f32 {
    template <int ROWS, bool ALONG_K> struct tile {
        float at[K_STEP][ROWS + 1]; /* the one more spreads a row over the banks */

        template <int V> __device__ void keep(int row, int k, const reel_floats<V> &x)
        {
#pragma unroll
            for (int i = 0; i < V; i++) {
                at[k + (ALONG_K ? i : 0)][row + (ALONG_K ? 0 : i)] = x.at[i];
            }
        }
    };

    template <bool A_ALONG_K, bool B_ALONG_K>
    static __device__ void multiply(float (&sums)[SUMS], const tile<BM, A_ALONG_K> &a,
                                    const tile<BN, B_ALONG_K> &b)
    {
        int x = threadIdx.x % 16, y = threadIdx.x / 16;
#pragma unroll 8
        for (int k = 0; k < K_STEP; k++) {
            float left[BM / 16], right[BN / 16];
#pragma unroll
            for (int i = 0; i < BM / 16; i++) {
                left[i] = a.at[k][y + i * 16];
            }
#pragma unroll
            for (int j = 0; j < BN / 16; j++) {
                right[j] = b.at[k][x + j * 16];
            }
#pragma unroll
            for (int n = 0; n < SUMS; n++) {
                sums[n] += left[n / (BN / 16)] * right[n % (BN / 16)];
            }
        }
    }

    template <typename Out>
    static __device__ void write(const float (&sums)[SUMS], const Out &out, int64_t m, int64_t n)
    {
        int x = threadIdx.x % 16, y = threadIdx.x / 16;
#pragma unroll
        for (int i = 0; i < BM / 16; i++) {
            auto row = out.row(m + y + i * 16);
#pragma unroll
            for (int j = 0; j < BN / 16; j++) {
                out.put(row, n + x + j * 16, sums[i * (BN / 16) + j]);
            }
        }
    }
};

/* --- in bf16 on the tensor cores: 4 by 2 warps, each with 32 rows and 32 columns ----------------
 */

struct product_bf16 {
    template <int ROWS, bool ALONG_K> struct tile {
        /* eight more: eight rows begin in eight different banks */
        uint16_t at[ALONG_K ? ROWS : K_STEP][(ALONG_K ? K_STEP : ROWS) + 8];

        template <int V> __device__ void keep(int row, int k, const reel_floats<V> &x)
        {
            uint16_t *to = ALONG_K ? &at[row][k] : &at[k][row];
            if constexpr (V == 4) {
                *reinterpret_cast<uint2 *>(to) =
                    make_uint2(reel_pack(x.at[0], x.at[1]), reel_pack(x.at[2], x.at[3]));
            } else {
                *to = (uint16_t)reel_pack(x.at[0], 0.0f);
            }
        }
        /* The factor A at (row, k). */
        __device__ void load_a(uint32_t (&r)[4], int row, int k) const
        {
            if constexpr (ALONG_K) {
                reel_load_matrices(r, &at[row + reel_a_row()][k + reel_a_column()]);
            } else {
                reel_load_transposed(r, &at[k + reel_b_row()][row + reel_b_column()]);
            }
        }
        /* Two factors B, of columns row .. row + 15. */
        __device__ void load_b(uint32_t (&r)[4], int row, int k) const
        {
            if constexpr (ALONG_K) {
                reel_load_matrices(r, &at[row + reel_b_row()][k + reel_b_column()]);
            } else {
                reel_load_transposed(r, &at[k + reel_a_row()][row + reel_a_column()]);
            }
        }
    };

    static __device__ int first_row()
    {
        return threadIdx.x / REEL_WARP / 2 * 32;
    }
    static __device__ int first_column()
    {
        return threadIdx.x / REEL_WARP % 2 * 32;
    }

    template <bool A_ALONG_K, bool B_ALONG_K>
    static __device__ void multiply(float (&sums)[SUMS], const tile<BM, A_ALONG_K> &a,
                                    const tile<BN, B_ALONG_K> &b)
    {
        float(&d)[2][4][4] = reinterpret_cast<float(&)[2][4][4]>(sums);
#pragma unroll
        for (int k = 0; k < K_STEP; k += 16) {
            uint32_t left[2][4], right[2][4];
#pragma unroll
            for (int i = 0; i < 2; i++) {
                a.load_a(left[i], first_row() + i * 16, k);
                b.load_b(right[i], first_column() + i * 16, k);
            }
#pragma unroll
            for (int n = 0; n < 8; n++) {
                reel_mma(d[n / 4][n % 4], left[n / 4], right[n % 4 / 2][n % 2 * 2],
                         right[n % 4 / 2][n % 2 * 2 + 1]);
            }
        }
    }

    template <typename Out>
    static __device__ void write(const float (&sums)[SUMS], const Out &out, int64_t m, int64_t n)
    {
        int64_t first = m + first_row() + threadIdx.x % REEL_WARP / 4;
#pragma unroll
        for (int i = 0; i < 4; i++) {
            auto row = out.row(first + i * 8);
#pragma unroll
            for (int j = 0; j < 8; j++) {
                int64_t column = n + first_column() + j / 2 * 8 + threadIdx.x % 4 * 2 + j % 2;
                out.put(row, column, sums[i / 2 * 16 + j / 2 * 4 + i % 2 * 2 + j % 2]);
            }
        }
    }
};

/* --- the product --------------------------------------------------------------------------------
 */

template <typename Product, typename A, typename B> struct memory {
    typename Product::template tile<BM, A::at::ALONG_K> a[2];
    typename Product::template tile<BN, B::at::ALONG_K> b[2];
};

template <typename Source> struct fetched {
    reel_floats<Source::at::V> x[Source::at::COUNT];

    __device__ void fetch(const Source &source)
    {
#pragma unroll
        for (int i = 0; i < Source::at::COUNT; i++) {
            x[i] = source.fetch(i);
        }
    }
    template <typename Tile> __device__ void keep(Tile &tile) const
    {
#pragma unroll
        for (int i = 0; i < Source::at::COUNT; i++) {
            tile.keep(Source::at::row(i), Source::at::k(i), x[i]);
        }
    }
};

/* k from k_first to k_end of the tile at blockIdx.x * BM, blockIdx.y * BN. */
template <typename Product, typename A, typename B, typename Out>
static __device__ void multiply(A a, B b, const Out &out, int64_t k_first, int64_t k_end)
{
    extern __shared__ __align__(16) unsigned char bytes[];
    memory<Product, A, B> &m = *reinterpret_cast<memory<Product, A, B> *>(bytes);
    fetched<A> left;
    fetched<B> right;
    float sums[SUMS] = {};
    left.fetch(a);
    right.fetch(b);
    int stage = 0;
    for (int64_t k = k_first; k < k_end; k += K_STEP, stage ^= 1) {
        left.keep(m.a[stage]);
        right.keep(m.b[stage]);
        __syncthreads();
        if (k + K_STEP < k_end) {
            a.advance();
            b.advance();
            left.fetch(a);
            right.fetch(b);
        }
        Product::multiply(sums, m.a[stage], m.b[stage]);
    }
    Product::write(sums, out, (int64_t)blockIdx.x * BM, (int64_t)blockIdx.y * BN);
}
} // namespace conv

#endif
