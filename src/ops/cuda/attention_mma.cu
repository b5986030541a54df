/* Attention forward on the tensor cores: a warp has 32 queries, a block 128; keys and values come
 * by in tiles of 64, each copied while the other is worked on (after Dao 2023, "FlashAttention-2").
 * Weights are powers of 2: a score is multiplied by `scale` on its way into exp2. */
#include "ops/cuda/attention_tile.cuh"

using namespace attention;

constexpr int M = 2, QUERIES = WARPS * M * 16; /* sixteens of queries of a warp; queries */

template <int HEAD> struct memory {
    rows<QUERIES, HEAD> q;
    rows<KEYS, HEAD> k, v;
    float open[KEYS], time[KEYS]; /* of the keys */
};

/* Of the queries g and g + 8 of both sixteens of a warp. */
struct softmax {
    float scale; /* of scores; 1 once the bias in time is in them */
    float top[M][2], total[M][2] /* of this lane's keys */, time[M][2];
};

/* What is added to the scores of a lane, columns 2t and 2t + 1 of every piece. */
template <int HEAD, bool TIMED>
static __device__ inline void add_terms(float (&scores)[M][COLUMNS][4], const softmax &f,
                                        const memory<HEAD> &m, float scale)
{
#pragma unroll
    for (int k = 0; k < COLUMNS * 2; k++) {
        int n = k / 2, e = k % 2, j = n * 8 + threadIdx.x % 4 * 2 + e;
        float open = m.open[j], time = TIMED ? m.time[j] : 0.0f;
#pragma unroll
        for (int i = 0; i < M * 2; i++) {
            float &score = scores[i / 2][n][i % 2 * 2 + e];
            float away = TIMED ? f.time[i / 2][i % 2] - time : 0.0f;
            score = TIMED ? score * scale - 0.5f * LOG2_E * away * away + open : score + open;
        }
    }
}

/* Scores of query (i, below) become weights; older sums of the query shrink. */
template <int HEAD>
static __device__ inline void take(float (&scores)[M][COLUMNS][4], float (&sums)[M][HEAD / 8][4],
                                   softmax &f, int i, int below)
{
    float largest = f.top[i][below];
#pragma unroll
    for (int n = 0; n < COLUMNS; n++) {
        largest = fmaxf(largest, fmaxf(scores[i][n][below * 2], scores[i][n][below * 2 + 1]));
    }
    largest = reel_lanes_max(largest, 4);
    float from = largest == -INFINITY ? 0.0f : largest; /* all masked so far */
    float shrink = reel_exp2((f.top[i][below] - from) * f.scale), total = 0.0f;
    from *= f.scale;

    f.top[i][below] = largest;
#pragma unroll
    for (int n = 0; n < COLUMNS * 2; n++) {
        float &weight = scores[i][n / 2][below * 2 + n % 2];
        weight = reel_exp2(weight * f.scale - from);
        total += weight;
    }
    f.total[i][below] = f.total[i][below] * shrink + total;
#pragma unroll
    for (int n = 0; n < HEAD / 8; n++) {
        sums[i][n][below * 2] *= shrink;
        sums[i][n][below * 2 + 1] *= shrink;
    }
}

template <int HEAD>
static __device__ inline void finish(const reel_attention_args &a, const reel_head &h,
                                     int64_t first, const softmax &f,
                                     const float (&sums)[M][HEAD / 8][4])
{
#pragma unroll
    for (int i = 0; i < M; i++) {
#pragma unroll
        for (int below = 0; below < 2; below++) {
            float total = reel_lanes_sum(f.total[i][below], 4);
            int64_t row = first + i * 16 + below * 8 + threadIdx.x % REEL_WARP / 4;
            if (row >= a.shape.queries) {
                continue;
            }
            if (threadIdx.x % 4 == 0) {
                a.log_sum[h.row_start + row] =
                    total > 0.0f ? f.top[i][below] * f.scale * LN_2 + logf(total) : INFINITY;
            }
            float factor = total > 0.0f ? 1.0f / total : 0.0f;
            float *y = a.y + h.q_start + row * h.stride;
            if (below == 0) {
                write_row<HEAD, false, 0>(y, sums[i], factor, a.shape.head_width);
            } else {
                write_row<HEAD, false, 1>(y, sums[i], factor, a.shape.head_width);
            }
        }
    }
}

template <bool TIMED>
static __device__ inline void begin(softmax &f, const reel_attention_args &a, const reel_head &h,
                                    int64_t first)
{
    f.scale = TIMED ? 1.0f : a.shape.scale * LOG2_E;
#pragma unroll
    for (int i = 0; i < M * 2; i++) {
        int64_t row = first + i / 2 * 16 + i % 2 * 8 + threadIdx.x % REEL_WARP / 4;
        f.top[i / 2][i % 2] = -INFINITY;
        f.total[i / 2][i % 2] = 0.0f;
        f.time[i / 2][i % 2] =
            reel_bias_time(a.shape, h.head, a.shape.q_time, row, a.shape.queries);
    }
}

/* Scores of this warp's queries with the keys at `first`; `k` of shared memory is free after it. */
template <int HEAD, bool TIMED>
static __device__ inline void scores_of(float (&scores)[M][COLUMNS][4], memory<HEAD> &m,
                                        const reel_attention_shape &s, const reel_head &h,
                                        int64_t first)
{
    for (int j = threadIdx.x; j < KEYS; j += THREADS) {
        m.open[j] = reel_key_term(s, h.batch, first + j);
        m.time[j] = TIMED ? reel_bias_time(s, h.head, s.k_time, first + j, s.keys) : 0.0f;
    }
    score<M, HEAD>(scores, m.q, (int)(threadIdx.x / REEL_WARP) * M * 16, m.k);
    __syncthreads();
}

template <int HEAD, bool TIMED>
static __global__ void __launch_bounds__(THREADS, 2) attend(reel_attention_args a, packed p)
{
    extern __shared__ __align__(16) unsigned char bytes[];
    memory<HEAD> &m = *reinterpret_cast<memory<HEAD> *>(bytes);
    const reel_attention_shape &s = a.shape;
    reel_head h(s);
    int64_t block = (int64_t)blockIdx.x * QUERIES;
    int64_t first = block + threadIdx.x / REEL_WARP * M * 16;
    const uint16_t *k = p.k + (int64_t)blockIdx.y * s.keys * HEAD;
    const uint16_t *v = p.v + (int64_t)blockIdx.y * s.keys * HEAD;
    float sums[M][HEAD / 8][4] = {};
    softmax f;
    begin<TIMED>(f, a, h, first);
    m.q.begin(p.q + (int64_t)blockIdx.y * s.queries * HEAD, block, s.queries);
    m.k.begin(k, 0, s.keys);
    reel_copy_commit();
    for (int64_t key = 0; key < s.keys; key += KEYS) {
        reel_copy_wait<0>(); /* keys are here, and nobody reads the last values any more */
        __syncthreads();
        m.v.begin(v, key, s.keys);
        reel_copy_commit();
        float scores[M][COLUMNS][4];
        scores_of<HEAD, TIMED>(scores, m, s, h, key);
        if (key + KEYS < s.keys) {
            m.k.begin(k, key + KEYS, s.keys);
        }
        reel_copy_commit();
        bool has_closed = s.key_mask || key + KEYS > s.keys;
        if (TIMED || has_closed) {
            add_terms<HEAD, TIMED>(scores, f, m, s.scale * LOG2_E);
        }
#pragma unroll
        for (int i = 0; i < M * 2; i++) {
            take<HEAD>(scores, sums, f, i / 2, i % 2);
        }
        reel_copy_wait<1>(); /* values are here, the next keys need not be */
        __syncthreads();
        add_rows<M, HEAD>(sums, scores, m.v);
    }
    reel_copy_wait<0>();
    finish<HEAD>(a, h, first, f, sums);
}

template <int HEAD> static reel_status forward_with(const reel_attention_args *a, const packed &p)
{
    const reel_attention_shape *s = &a->shape;
    dim3 grid((unsigned)reel_cuda_ceil(s->queries, QUERIES), (unsigned)(s->batch * s->heads));
    return reel_cuda_run({ "attention.forward", grid, THREADS, sizeof(memory<HEAD>) },
                         s->time_sigma ? attend<HEAD, true> : attend<HEAD, false>, *a, p);
}

reel_status reel_attention_forward_mma(const reel_attention_args *a, void *scratch)
{
    packed p;
    REEL_TRY(pack(&p, scratch, &a->shape, { a->q, a->k, a->v, NULL }));
    int head = packed_head(a->shape.head_width);
    return head == 32   ? forward_with<32>(a, p)
           : head == 64 ? forward_with<64>(a, p)
                        : forward_with<128>(a, p);
}
