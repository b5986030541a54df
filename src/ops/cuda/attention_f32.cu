/* Attention in f32: 256 threads, 16 by 16, over tiles of queries and keys in shared memory. Thread
 * (x, y) has the scores of queries y R .. y R + R-1 with keys x, x + 16, ..., and of every result
 * the same rows y R .. and columns 4 x .. 4 x + 3, 4 x + 64, ... */
#include "ops/cuda/attention.cuh"

constexpr int SIDE = 16, THREADS = SIDE * SIDE;

/* HEAD is the width of a head in shared memory, zeros behind the real one. */
template <int HEAD> struct tiling {
    static constexpr int TILE = HEAD <= 128 ? 64 : 32; /* queries, and keys */
    static constexpr int R = TILE / SIDE;              /* rows, and keys, of a thread */
    static constexpr int N = HEAD / (4 * SIDE);        /* quads of columns of a thread */
    static constexpr int PITCH = HEAD + 4;             /* spreads a column over the banks */
    static constexpr int SCORE_PITCH = TILE + 4;
};

template <int HEAD> struct tile {
    float at[tiling<HEAD>::TILE][tiling<HEAD>::PITCH];
};

template <int HEAD> struct score_tile {
    float at[tiling<HEAD>::TILE][tiling<HEAD>::SCORE_PITCH];
};

/* Rows first .. of one head; zeros beyond `count` rows and beyond the width. */
template <int HEAD>
static __device__ void load(tile<HEAD> &to, const float *from, int64_t first, int64_t count,
                            const reel_attention_shape &s)
{
    int64_t stride = s.heads * s.head_width;
    bool whole = s.head_width % 4 == 0;
    for (int n = threadIdx.x; n < tiling<HEAD>::TILE * (HEAD / 4); n += THREADS) {
        int row = n / (HEAD / 4), c = n % (HEAD / 4) * 4;
        const float *source = from + (first + row) * stride + c;
        reel_floats<4> x = {};
        if (first + row < count && whole && c < s.head_width) {
            x = reel_load<4>(source);
        }
        for (int i = 0; i < 4 && !whole && first + row < count && c + i < s.head_width; i++) {
            x.at[i] = source[i];
        }
        reel_store<4>(&to.at[row][c], x);
    }
}

/* out[i][j] = a[rows of this thread] . b[keys of this thread] */
template <int HEAD>
static __device__ void products(float (&out)[tiling<HEAD>::R][tiling<HEAD>::R], const tile<HEAD> &a,
                                const tile<HEAD> &b)
{
    constexpr int R = tiling<HEAD>::R;
    int x = threadIdx.x % SIDE, y = threadIdx.x / SIDE;
#pragma unroll
    for (int n = 0; n < R * R; n++) {
        out[n / R][n % R] = 0.0f;
    }
#pragma unroll 4
    for (int c = 0; c < HEAD; c += 4) {
        reel_floats<4> row[R], key[R];
#pragma unroll
        for (int i = 0; i < R; i++) {
            row[i] = reel_load<4>(&a.at[y * R + i][c]);
            key[i] = reel_load<4>(&b.at[x + i * SIDE][c]);
        }
#pragma unroll
        for (int n = 0; n < R * R * 4; n++) {
            out[n / 4 / R][n / 4 % R] += row[n / 4 / R].at[n % 4] * key[n / 4 % R].at[n % 4];
        }
    }
}

/* sum[i][n] += scores[rows of this thread][...] times b; TRANSPOSED takes the columns of the scores
 * that have the numbers of this thread's rows. */
template <int HEAD, bool TRANSPOSED>
static __device__ void add_products(reel_floats<4> (&sum)[tiling<HEAD>::R][tiling<HEAD>::N],
                                    const score_tile<HEAD> &scores, const tile<HEAD> &b)
{
    constexpr int R = tiling<HEAD>::R, N = tiling<HEAD>::N;
    int x = threadIdx.x % SIDE, y = threadIdx.x / SIDE;
#pragma unroll 4
    for (int j = 0; j < tiling<HEAD>::TILE; j++) {
        float factor[R];
#pragma unroll
        for (int i = 0; i < R; i++) {
            factor[i] = TRANSPOSED ? scores.at[j][y * R + i] : scores.at[y * R + i][j];
        }
#pragma unroll
        for (int n = 0; n < N; n++) {
            reel_floats<4> quad = reel_load<4>(&b.at[j][(x + n * SIDE) * 4]);
#pragma unroll
            for (int k = 0; k < 4 * R; k++) {
                sum[k / 4][n].at[k % 4] += factor[k / 4] * quad.at[k % 4];
            }
        }
    }
}

/* Rows of this thread to memory: assigned, or added where ADD, times `factor`. */
template <int HEAD, bool ADD>
static __device__ void write(float *to, int64_t first, int64_t count, const reel_attention_shape &s,
                             const reel_floats<4> (&sum)[tiling<HEAD>::R][tiling<HEAD>::N],
                             const float (&factor)[tiling<HEAD>::R])
{
    constexpr int R = tiling<HEAD>::R;
    int x = threadIdx.x % SIDE, y = threadIdx.x / SIDE;
#pragma unroll
    for (int k = 0; k < R * tiling<HEAD>::N * 4; k++) {
        int i = k % R, n = k / R / 4, e = k / R % 4;
        int64_t row = first + y * R + i;
        int c = (x + n * SIDE) * 4 + e;
        if (row < count && c < s.head_width) {
            float *p = to + row * s.heads * s.head_width + c;
            float value = sum[i][n].at[e] * factor[i];
            *p = ADD ? *p + value : value;
        }
    }
}

/* What is added to the scores with the keys of a tile. */
template <int HEAD> struct key_terms {
    float open[tiling<HEAD>::TILE], time[tiling<HEAD>::TILE];

    __device__ void load(const reel_attention_shape &s, const reel_head &h, int64_t first)
    {
        int j = threadIdx.x;
        if (j < tiling<HEAD>::TILE) {
            open[j] = reel_key_term(s, h.batch, first + j);
            time[j] = reel_bias_time(s, h.head, s.k_time, first + j, s.keys);
        }
    }
    /* The score of a product with key j of the tile. */
    __device__ float score(float product, float scale, float query_time, int j) const
    {
        float away = query_time - time[j];
        return product * scale - 0.5f * away * away + open[j];
    }
};

/* The softmax of the rows of a thread, kept up to date as keys come by. */
template <int R> struct running_softmax {
    float top[R], total[R];

    __device__ running_softmax()
    {
        for (int i = 0; i < R; i++) {
            top[i] = -INFINITY, total[i] = 0.0f;
        }
    }
    /* Scores of row i become weights; returns what older sums of the row shrink by. */
    __device__ float take(int i, float (&scores)[R])
    {
        float largest = top[i], sum = 0.0f;
        for (int j = 0; j < R; j++) {
            largest = fmaxf(largest, scores[j]);
        }
        largest = reel_lanes_max(largest, SIDE);
        float from = largest == -INFINITY ? 0.0f : largest; /* all masked so far */
        for (int j = 0; j < R; j++) {
            scores[j] = expf(scores[j] - from);
            sum += scores[j];
        }
        float shrink = expf(top[i] - from);
        total[i] = total[i] * shrink + reel_lanes_sum(sum, SIDE);
        top[i] = largest;
        return shrink;
    }
};

template <int HEAD> struct forward_memory {
    tile<HEAD> q, kv;
    score_tile<HEAD> weights;
    key_terms<HEAD> terms;
};

template <int HEAD>
static __device__ void finish(const reel_attention_args &a, const reel_head &h, int64_t first,
                              const running_softmax<tiling<HEAD>::R> &softmax,
                              const reel_floats<4> (&sum)[tiling<HEAD>::R][tiling<HEAD>::N])
{
    constexpr int R = tiling<HEAD>::R;
    float factor[R];
    for (int i = 0; i < R; i++) {
        float total = softmax.total[i];
        factor[i] = total > 0.0f ? 1.0f / total : 0.0f;
        int64_t row = first + threadIdx.x / SIDE * R + i;
        if (threadIdx.x % SIDE == 0 && row < a.shape.queries) {
            a.log_sum[h.row_start + row] = total > 0.0f ? softmax.top[i] + logf(total) : INFINITY;
        }
    }
    write<HEAD, false>(a.y + h.q_start, first, a.shape.queries, a.shape, sum, factor);
}

template <int HEAD> static __global__ void __launch_bounds__(THREADS) attend(reel_attention_args a)
{
    constexpr int R = tiling<HEAD>::R, N = tiling<HEAD>::N, TILE = tiling<HEAD>::TILE;
    extern __shared__ __align__(16) unsigned char memory[];
    forward_memory<HEAD> &m = *reinterpret_cast<forward_memory<HEAD> *>(memory);
    const reel_attention_shape &s = a.shape;
    reel_head h(s);
    int64_t first = (int64_t)blockIdx.x * TILE;
    int x = threadIdx.x % SIDE, y = threadIdx.x / SIDE;
    float query_time[R];
    for (int i = 0; i < R; i++) {
        query_time[i] = reel_bias_time(s, h.head, s.q_time, first + y * R + i, s.queries);
    }
    running_softmax<R> softmax;
    reel_floats<4> sum[R][N] = {};
    load<HEAD>(m.q, a.q + h.q_start, first, s.queries, s);
    for (int64_t key = 0; key < s.keys; key += TILE) {
        __syncthreads();
        load<HEAD>(m.kv, a.k + h.k_start, key, s.keys, s);
        m.terms.load(s, h, key);
        __syncthreads();
        float scores[R][R];
        products<HEAD>(scores, m.q, m.kv);
#pragma unroll
        for (int i = 0; i < R; i++) {
            for (int j = 0; j < R; j++) {
                scores[i][j] = m.terms.score(scores[i][j], s.scale, query_time[i], x + j * SIDE);
            }
            float shrink = softmax.take(i, scores[i]);
            for (int n = 0; n < 4 * N; n++) {
                sum[i][n / 4].at[n % 4] *= shrink;
            }
            for (int j = 0; j < R; j++) {
                m.weights.at[y * R + i][x + j * SIDE] = scores[i][j];
            }
        }
        __syncthreads();
        load<HEAD>(m.kv, a.v + h.k_start, key, s.keys, s);
        __syncthreads();
        add_products<HEAD, false>(sum, m.weights, m.kv);
    }
    finish<HEAD>(a, h, first, softmax, sum);
}

/* --- backward -----------------------------------------------------------------------------------
 *
 * With p = exp(s - log_sum) and g = dy . v:
 *     dv += p dy,   ds = p (g - mean),   dq += scale ds k,   dk += scale ds q. */

template <int HEAD> struct backward_memory {
    tile<HEAD> q, dy, k, v;
    score_tile<HEAD> weights;
    key_terms<HEAD> terms;
    float log_sum[tiling<HEAD>::TILE], mean[tiling<HEAD>::TILE], time[tiling<HEAD>::TILE];

    /* Of the queries of a tile; those that do not exist have no weight anywhere. */
    __device__ void load_queries(const reel_attention_grad_args &a, const float *means,
                                 const reel_head &h, int64_t first)
    {
        const reel_attention_shape &s = a.shape;
        load<HEAD>(q, a.q + h.q_start, first, s.queries, s);
        load<HEAD>(dy, a.dy + h.q_start, first, s.queries, s);
        int i = threadIdx.x;
        if (i < tiling<HEAD>::TILE) {
            bool exists = first + i < s.queries;
            log_sum[i] = exists ? a.log_sum[h.row_start + first + i] : INFINITY;
            mean[i] = exists ? means[h.row_start + first + i] : 0.0f;
            time[i] = reel_bias_time(s, h.head, s.q_time, first + i, s.queries);
        }
    }
    __device__ void load_keys(const reel_attention_grad_args &a, const reel_head &h, int64_t first)
    {
        load<HEAD>(k, a.k + h.k_start, first, a.shape.keys, a.shape);
        load<HEAD>(v, a.v + h.k_start, first, a.shape.keys, a.shape);
        terms.load(a.shape, h, first);
    }
};

/* p and ds of this thread's queries and keys. */
template <int HEAD>
static __device__ void slopes(float (&p)[tiling<HEAD>::R][tiling<HEAD>::R],
                              float (&ds)[tiling<HEAD>::R][tiling<HEAD>::R],
                              const backward_memory<HEAD> &m, float scale)
{
    constexpr int R = tiling<HEAD>::R;
    int x = threadIdx.x % SIDE, y = threadIdx.x / SIDE;
    products<HEAD>(p, m.q, m.k);
    products<HEAD>(ds, m.dy, m.v);
#pragma unroll
    for (int n = 0; n < R * R; n++) {
        int i = n / R, j = n % R, row = y * R + i;
        float score = m.terms.score(p[i][j], scale, m.time[row], x + j * SIDE);
        p[i][j] = expf(score - m.log_sum[row]);
        ds[i][j] = p[i][j] * (ds[i][j] - m.mean[row]);
    }
}

template <int HEAD>
static __device__ void keep(score_tile<HEAD> &to,
                            const float (&from)[tiling<HEAD>::R][tiling<HEAD>::R])
{
    constexpr int R = tiling<HEAD>::R;
    int x = threadIdx.x % SIDE, y = threadIdx.x / SIDE;
#pragma unroll
    for (int n = 0; n < R * R; n++) {
        to.at[y * R + n / R][x + n % R * SIDE] = from[n / R][n % R];
    }
}

template <int HEAD>
static __global__ void __launch_bounds__(THREADS)
    add_dq(reel_attention_grad_args a, const float *mean)
{
    constexpr int R = tiling<HEAD>::R, TILE = tiling<HEAD>::TILE;
    extern __shared__ __align__(16) unsigned char memory[];
    backward_memory<HEAD> &m = *reinterpret_cast<backward_memory<HEAD> *>(memory);
    const reel_attention_shape &s = a.shape;
    reel_head h(s);
    int64_t first = (int64_t)blockIdx.x * TILE;
    reel_floats<4> dq[R][tiling<HEAD>::N] = {};
    m.load_queries(a, mean, h, first);
    for (int64_t key = 0; key < s.keys; key += TILE) {
        m.load_keys(a, h, key);
        __syncthreads();
        float p[R][R], ds[R][R];
        slopes<HEAD>(p, ds, m, s.scale);
        keep<HEAD>(m.weights, ds);
        __syncthreads();
        add_products<HEAD, false>(dq, m.weights, m.k);
        __syncthreads();
    }
    float factor[R];
    for (int i = 0; i < R; i++) {
        factor[i] = s.scale;
    }
    write<HEAD, true>(a.dq + h.q_start, first, s.queries, s, dq, factor);
}

template <int HEAD>
static __global__ void __launch_bounds__(THREADS)
    add_dk_dv(reel_attention_grad_args a, const float *mean)
{
    constexpr int R = tiling<HEAD>::R, TILE = tiling<HEAD>::TILE;
    extern __shared__ __align__(16) unsigned char memory[];
    backward_memory<HEAD> &m = *reinterpret_cast<backward_memory<HEAD> *>(memory);
    const reel_attention_shape &s = a.shape;
    reel_head h(s);
    int64_t first = (int64_t)blockIdx.x * TILE;
    reel_floats<4> dk[R][tiling<HEAD>::N] = {}, dv[R][tiling<HEAD>::N] = {};
    m.load_keys(a, h, first);
    for (int64_t query = 0; query < s.queries; query += TILE) {
        m.load_queries(a, mean, h, query);
        __syncthreads();
        float p[R][R], ds[R][R];
        slopes<HEAD>(p, ds, m, s.scale);
        keep<HEAD>(m.weights, p);
        __syncthreads();
        add_products<HEAD, true>(dv, m.weights, m.dy);
        __syncthreads();
        keep<HEAD>(m.weights, ds);
        __syncthreads();
        add_products<HEAD, true>(dk, m.weights, m.q);
        __syncthreads();
    }
    float ones[R], scales[R];
    for (int i = 0; i < R; i++) {
        ones[i] = 1.0f, scales[i] = s.scale;
    }
    if (a.dv) {
        write<HEAD, true>(a.dv + h.k_start, first, s.keys, s, dv, ones);
    }
    if (a.dk) {
        write<HEAD, true>(a.dk + h.k_start, first, s.keys, s, dk, scales);
    }
}

/* --- launches -----------------------------------------------------------------------------------
 */

template <int HEAD> static dim3 grid_of(const reel_attention_shape *s, int64_t tokens)
{
    return dim3((unsigned)reel_cuda_ceil(tokens, tiling<HEAD>::TILE),
                (unsigned)(s->batch * s->heads));
}

template <int HEAD> static reel_status forward_with(const reel_attention_args *a)
{
    return reel_cuda_run({ "attention.forward", grid_of<HEAD>(&a->shape, a->shape.queries), THREADS,
                           sizeof(forward_memory<HEAD>) },
                         attend<HEAD>, *a);
}

template <int HEAD>
static reel_status backward_with(const reel_attention_grad_args *a, const float *mean)
{
    constexpr size_t SHARED = sizeof(backward_memory<HEAD>);
    if (a->dq) {
        dim3 grid = grid_of<HEAD>(&a->shape, a->shape.queries);
        REEL_TRY(reel_cuda_run({ "attention.dq", grid, THREADS, SHARED }, add_dq<HEAD>, *a, mean));
    }
    if (!a->dk && !a->dv) {
        return REEL_OK;
    }
    dim3 grid = grid_of<HEAD>(&a->shape, a->shape.keys);
    return reel_cuda_run({ "attention.dk_dv", grid, THREADS, SHARED }, add_dk_dv<HEAD>, *a, mean);
}

reel_status reel_attention_forward_f32(const reel_attention_args *a)
{
    return a->shape.head_width <= 64    ? forward_with<64>(a)
           : a->shape.head_width <= 128 ? forward_with<128>(a)
                                        : forward_with<256>(a);
}

reel_status reel_attention_backward_f32(const reel_attention_grad_args *a, const float *mean)
{
    return a->shape.head_width <= 64    ? backward_with<64>(a, mean)
           : a->shape.head_width <= 128 ? backward_with<128>(a, mean)
                                        : backward_with<256>(a, mean);
}
