/* Attention backward on the tensor cores. Two kernels, so that every gradient has one owner: a
 * warp has 16 queries and all keys come by, for dq; a warp has 16 keys and all queries come by, for
 * dk and dv. With p = exp(s - log_sum) and g = dy . v:
 *
 *     dv += p dy,   ds = p (g - mean),   dq += scale ds k,   dk += scale ds q. */
#include "ops/cuda/attention_tile.cuh"

using namespace attention;

constexpr int OWN = WARPS * 16; /* queries, or keys, of a block */
constexpr int STAGES = 2;       /* tiles in shared memory: one is copied, one is worked on */

/* The tiles of a block: a and b stay, c and d come by. For dq these are q, dy and k, v; for dk and
 * dv they are k, v and q, dy. */
template <int HEAD> struct memory {
    rows<OWN, HEAD> a, b;
    rows<KEYS, HEAD> c[STAGES], d[STAGES];
    float first[STAGES][KEYS], second[STAGES][KEYS], time[STAGES][KEYS]; /* of what comes by */
};

/* Numbers of a row that a lane needs: of a query log_sum (in units of log 2), mean and time; of a
 * key the term that closes it, and time. */
struct row_terms {
    float first, second, time;
};

static __device__ inline row_terms query_terms(const reel_attention_grad_args &a, const float *mean,
                                               const reel_head &h, int64_t i)
{
    bool exists = i < a.shape.queries;
    return { exists ? a.log_sum[h.row_start + i] * LOG2_E : INFINITY,
             exists ? mean[h.row_start + i] : 0.0f,
             reel_bias_time(a.shape, h.head, a.shape.q_time, i, a.shape.queries) };
}

static __device__ inline row_terms key_terms(const reel_attention_grad_args &a, const reel_head &h,
                                             int64_t j)
{
    return { reel_key_term(a.shape, h.batch, j), 0.0f,
             reel_bias_time(a.shape, h.head, a.shape.k_time, j, a.shape.keys) };
}

/* p and ds from the products s = q . k and g = dy . v of one query and one key. */
template <bool TIMED>
static __device__ inline void slope(float &s, float &g, const row_terms &query,
                                    const row_terms &key, float scale)
{
    float term = key.first - query.first;
    if (TIMED) {
        float away = query.time - key.time;
        term -= 0.5f * LOG2_E * away * away;
    }
    s = reel_exp2(s * scale + term);
    g = s * (g - query.second);
}

/* Own rows g and g + 8 of a warp against the tile of `stage`; KEYS_OWN: own rows are the keys. */
template <int HEAD, bool KEYS_OWN, bool TIMED>
static __device__ inline void slopes(float (&p)[1][COLUMNS][4], float (&ds)[1][COLUMNS][4],
                                     const memory<HEAD> &m, int stage, const row_terms (&own)[2],
                                     float scale)
{
    int first = (int)(threadIdx.x / REEL_WARP) * 16;
    score<1, HEAD>(p, m.a, first, m.c[stage]);
    score<1, HEAD>(ds, m.b, first, m.d[stage]);
#pragma unroll
    for (int n = 0; n < COLUMNS; n++) {
#pragma unroll
        for (int e = 0; e < 4; e++) {
            int j = n * 8 + threadIdx.x % 4 * 2 + e % 2;
            row_terms other = { m.first[stage][j], m.second[stage][j],
                                TIMED ? m.time[stage][j] : 0.0f };
            slope<TIMED>(p[0][n][e], ds[0][n][e], KEYS_OWN ? other : own[e / 2],
                         KEYS_OWN ? own[e / 2] : other, scale);
        }
    }
}

template <int HEAD>
static __device__ inline void keep_terms(memory<HEAD> &m, int stage, int j, const row_terms &terms)
{
    m.first[stage][j] = terms.first;
    m.second[stage][j] = terms.second;
    m.time[stage][j] = terms.time;
}

/* Packed rows of this block's head. */
template <int HEAD>
static __device__ inline const uint16_t *head_of(const uint16_t *packed, int64_t tokens)
{
    return packed + (int64_t)blockIdx.y * tokens * HEAD;
}

/* Begin to copy the tile at `first` of those that come by. */
template <int HEAD, bool KEYS_OWN>
static __device__ inline void begin(memory<HEAD> &m, int stage, const reel_attention_grad_args &a,
                                    const float *mean, const packed &p, int64_t first)
{
    const reel_attention_shape &s = a.shape;
    int64_t tokens = KEYS_OWN ? s.queries : s.keys;
    if (first < tokens) {
        reel_head h(s);
        m.c[stage].begin(head_of<HEAD>(KEYS_OWN ? p.q : p.k, tokens), first, tokens);
        m.d[stage].begin(head_of<HEAD>(KEYS_OWN ? p.dy : p.v, tokens), first, tokens);
        for (int j = threadIdx.x; j < KEYS; j += THREADS) {
            keep_terms(m, stage, j,
                       KEYS_OWN ? query_terms(a, mean, h, first + j) : key_terms(a, h, first + j));
        }
    }
    reel_copy_commit();
}

/* The gradient of this warp's 16 rows, added to memory. */
template <int HEAD>
static __device__ inline void write(float *to, const float (&sums)[1][HEAD / 8][4], float factor,
                                    const reel_attention_shape &s, int64_t count)
{
    int64_t row =
        (int64_t)blockIdx.x * OWN + threadIdx.x / REEL_WARP * 16 + threadIdx.x % REEL_WARP / 4;
    int64_t stride = s.heads * s.head_width;
    if (row < count) {
        write_row<HEAD, true, 0>(to + row * stride, sums[0], factor, s.head_width);
    }
    if (row + 8 < count) {
        write_row<HEAD, true, 1>(to + (row + 8) * stride, sums[0], factor, s.head_width);
    }
}

template <int HEAD, bool TIMED>
static __global__ void __launch_bounds__(THREADS)
    add_dq(reel_attention_grad_args a, const float *mean, packed p)
{
    extern __shared__ __align__(16) unsigned char bytes[];
    memory<HEAD> &m = *reinterpret_cast<memory<HEAD> *>(bytes);
    const reel_attention_shape &s = a.shape;
    reel_head h(s);
    int64_t block = (int64_t)blockIdx.x * OWN;
    int64_t row = block + threadIdx.x / REEL_WARP * 16 + threadIdx.x % REEL_WARP / 4;
    const row_terms own[2] = { query_terms(a, mean, h, row), query_terms(a, mean, h, row + 8) };
    float dq[1][HEAD / 8][4] = {}, scale = s.scale * LOG2_E;
    m.a.begin(head_of<HEAD>(p.q, s.queries), block, s.queries);
    m.b.begin(head_of<HEAD>(p.dy, s.queries), block, s.queries);
    begin<HEAD, false>(m, 0, a, mean, p, 0);
    int stage = 0;
    for (int64_t key = 0; key < s.keys; key += KEYS, stage ^= 1) {
        begin<HEAD, false>(m, stage ^ 1, a, mean, p, key + KEYS);
        reel_copy_wait<1>();
        __syncthreads();
        float weights[1][COLUMNS][4], ds[1][COLUMNS][4];
        slopes<HEAD, false, TIMED>(weights, ds, m, stage, own, scale);
        add_rows<1, HEAD>(dq, ds, m.c[stage]);
        __syncthreads();
    }
    reel_copy_wait<0>();
    write<HEAD>(a.dq + h.q_start, dq, s.scale, s, s.queries);
}

template <int HEAD, bool TIMED>
static __global__ void __launch_bounds__(THREADS)
    add_dk_dv(reel_attention_grad_args a, const float *mean, packed p)
{
    extern __shared__ __align__(16) unsigned char bytes[];
    memory<HEAD> &m = *reinterpret_cast<memory<HEAD> *>(bytes);
    const reel_attention_shape &s = a.shape;
    reel_head h(s);
    int64_t block = (int64_t)blockIdx.x * OWN;
    int64_t row = block + threadIdx.x / REEL_WARP * 16 + threadIdx.x % REEL_WARP / 4;
    const row_terms own[2] = { key_terms(a, h, row), key_terms(a, h, row + 8) };
    float dk[1][HEAD / 8][4] = {}, dv[1][HEAD / 8][4] = {}, scale = s.scale * LOG2_E;
    m.a.begin(head_of<HEAD>(p.k, s.keys), block, s.keys);
    m.b.begin(head_of<HEAD>(p.v, s.keys), block, s.keys);
    begin<HEAD, true>(m, 0, a, mean, p, 0);
    int stage = 0;
    for (int64_t query = 0; query < s.queries; query += KEYS, stage ^= 1) {
        begin<HEAD, true>(m, stage ^ 1, a, mean, p, query + KEYS);
        reel_copy_wait<1>();
        __syncthreads();
        float weights[1][COLUMNS][4], ds[1][COLUMNS][4];
        slopes<HEAD, true, TIMED>(weights, ds, m, stage, own, scale);
        add_rows<1, HEAD>(dv, weights, m.d[stage]);
        add_rows<1, HEAD>(dk, ds, m.c[stage]);
        __syncthreads();
    }
    reel_copy_wait<0>();
    if (a.dv) {
        write<HEAD>(a.dv + h.k_start, dv, 1.0f, s, s.keys);
    }
    if (a.dk) {
        write<HEAD>(a.dk + h.k_start, dk, s.scale, s, s.keys);
    }
}

static dim3 grid_of(const reel_attention_shape *s, int64_t tokens)
{
    return dim3((unsigned)reel_cuda_ceil(tokens, OWN), (unsigned)(s->batch * s->heads));
}

template <int HEAD>
static reel_status backward_with(const reel_attention_grad_args *a, const float *mean,
                                 const packed &p)
{
    const reel_attention_shape *s = &a->shape;
    if (a->dq) {
        dim3 grid = grid_of(s, s->queries);
        REEL_TRY(reel_cuda_run({ "attention.dq", grid, THREADS, sizeof(memory<HEAD>) },
                               s->time_sigma ? add_dq<HEAD, true> : add_dq<HEAD, false>, *a, mean,
                               p));
    }
    if (!a->dk && !a->dv) {
        return REEL_OK;
    }
    dim3 grid = grid_of(s, s->keys);
    return reel_cuda_run({ "attention.dk_dv", grid, THREADS, sizeof(memory<HEAD>) },
                         s->time_sigma ? add_dk_dv<HEAD, true> : add_dk_dv<HEAD, false>, *a, mean,
                         p);
}

reel_status reel_attention_backward_mma(const reel_attention_grad_args *a, const float *mean,
                                        void *scratch)
{
    packed p;
    REEL_TRY(pack(&p, scratch, &a->shape, { a->q, a->k, a->v, a->dy }));
    int head = packed_head(a->shape.head_width);
    return head == 32   ? backward_with<32>(a, mean, p)
           : head == 64 ? backward_with<64>(a, mean, p)
                        : backward_with<128>(a, mean, p);
}
