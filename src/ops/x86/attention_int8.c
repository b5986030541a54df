/* Attention in 8 bits on AVX512-VNNI, whose instruction multiplies unsigned bytes by signed ones:
 * queries are kept as q + 128, and every sum begins at -128 times the sum of the key; weights of
 * the softmax are unsigned as they are. */
#include "ops/attention_int8.h"

#include "ops/c/packed_head.h"

#include <immintrin.h>
#include <string.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni,fma")))
#define INLINE TARGET static inline __attribute__((always_inline))

enum {
    LANES = REEL_PACK_LANES,
    ROWS = 6,   /* of a block in registers */
    PANELS = 4, /* of a block in registers */
    BLOCK_ROWS =
        8 * ROWS /* queries that pass over the keys together, which then stay in the cache */
};

/* Queries of one head, and what their rows hold so far. Rows beyond the last query are zeros. */
typedef struct {
    const reel_attention_int8_args *args;
    reel_packed_head keys;
    int64_t batch, head, row, rows;
    float slope;
    float factor[BLOCK_ROWS], time[BLOCK_ROWS]; /* as in c/attention_int8.c */
    float largest[BLOCK_ROWS], total[BLOCK_ROWS];
    uint32_t words[BLOCK_ROWS][REEL_PACK_GROUPS_MAX];
    _Alignas(64) float sum[BLOCK_ROWS][REEL_ATTENTION_MAX_HEAD];
} query_block;

/* Scores of some rows with a block of keys, and what becomes of them. */
typedef struct {
    _Alignas(64) float score[ROWS][REEL_PACK_BLOCK];
    _Alignas(64) uint8_t weight[ROWS][REEL_PACK_BLOCK];
    __m512 top[ROWS]; /* the largest scores, lane by lane */
    reel_octave_step step[ROWS];
    int64_t first, count; /* keys */
} score_tile;

/* --- products -------------------------------------------------------------------------------- */

/* An instruction of its own for the reason given in linear_int8.c. */
INLINE __m512i add_products(__m512i sum, __m512i left, __m512i right)
{
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(left), "v"(right));
    return sum;
}

/* Words of ROWS rows, `left_stride` words apart, by words of panels, `right_stride` apart. */
typedef struct {
    const uint32_t *left, *right;
    int64_t left_stride, right_stride, groups;
} factors;

INLINE void multiply(__m512i sum[ROWS][PANELS], const factors *f, int panels)
{
    for (int64_t g = 0; g < f->groups; g++) {
        __m512i right[PANELS];
#pragma GCC unroll 6
        for (int p = 0; p < panels; p++) {
            right[p] = _mm512_loadu_si512(f->right + p * f->right_stride + g * LANES);
        }
#pragma GCC unroll 6
        for (int r = 0; r < ROWS; r++) {
            const __m512i left = _mm512_set1_epi32((int32_t)f->left[r * f->left_stride + g]);
#pragma GCC unroll 6
            for (int p = 0; p < panels; p++) {
                sum[r][p] = add_products(sum[r][p], left, right[p]);
            }
        }
    }
}

/* --- scores ---------------------------------------------------------------------------------- */

/* Scores of the tile's rows with the keys of `panels` panels from `panel`, counted from its first.
 */
INLINE void score_panels(score_tile *t, const query_block *b, int row, int64_t panel, int panels,
                         int is_timed)
{
    const reel_packed_head *k = &b->keys;
    const reel_attention_shape *s = &b->args->shape;
    const int64_t first = t->first + panel * LANES;
    const factors f = { .left = b->words[row],
                        .right = k->key + first * k->groups,
                        .left_stride = REEL_PACK_GROUPS_MAX,
                        .right_stride = k->groups * LANES,
                        .groups = k->groups };
    __m512i sum[ROWS][PANELS];
#pragma GCC unroll 6
    for (int p = 0; p < panels; p++) {
        sum[0][p] = _mm512_load_si512(k->start + first + p * LANES);
#pragma GCC unroll 6
        for (int r = 1; r < ROWS; r++) {
            sum[r][p] = sum[0][p];
        }
    }
    multiply(sum, &f, panels);
#pragma GCC unroll 6
    for (int p = 0; p < panels; p++) {
        const int64_t key = first + p * LANES, left = s->keys - key;
        const __m512 scale = _mm512_load_ps(k->key_scale + key);
        const __m512 bias = _mm512_load_ps(k->bias + key);
        const __mmask16 mask = (__mmask16)(left >= LANES ? 0xffff : (1 << left) - 1);
        const __m512 time =
            is_timed ? _mm512_maskz_loadu_ps(mask, s->k_time + key) : _mm512_setzero_ps();
#pragma GCC unroll 6
        for (int r = 0; r < ROWS; r++) {
            __m512 y = _mm512_mul_ps(_mm512_cvtepi32_ps(sum[r][p]), scale);
            y = _mm512_fmadd_ps(y, _mm512_set1_ps(b->factor[row + r]), bias);
            if (is_timed) {
                __m512 away = _mm512_sub_ps(_mm512_set1_ps(b->time[row + r]), time);
                y = _mm512_fmadd_ps(_mm512_mul_ps(_mm512_set1_ps(b->slope), away), away, y);
            }
            t->top[r] = _mm512_max_ps(y, t->top[r]);
            _mm512_store_ps(t->score[r] + (panel + p) * LANES, y);
        }
    }
}

TARGET static void score_keys(score_tile *t, const query_block *b, int row)
{
    const int64_t panels = t->count / LANES;
    const int is_timed = b->args->shape.time_sigma != NULL;
    int64_t panel = 0;
    for (int r = 0; r < ROWS; r++) {
        t->top[r] = _mm512_set1_ps(REEL_PACK_MASKED);
    }
    for (; panel + PANELS <= panels && !is_timed; panel += PANELS) {
        score_panels(t, b, row, panel, PANELS, 0);
    }
    for (; panel + PANELS <= panels; panel += PANELS) {
        score_panels(t, b, row, panel, PANELS, 1);
    }
    for (; panel < panels && !is_timed; panel++) {
        score_panels(t, b, row, panel, 1, 0);
    }
    for (; panel < panels; panel++) {
        score_panels(t, b, row, panel, 1, 1);
    }
}

/* --- softmax --------------------------------------------------------------------------------- */

/* reel_octave_weight(), sixteen at a time and as integers: what that holds at -30 is 0 here anyhow.
 */
INLINE __m512i weights_of(__m512 t)
{
    const __m512 whole = _mm512_roundscale_ps(t, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    const __m512 r = _mm512_sub_ps(t, whole);
    __m512 p = _mm512_fmadd_ps(_mm512_set1_ps(14.2387619f), r, _mm512_set1_ps(61.8730659f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(176.749863f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(254.980759f));
    return _mm512_cvtps_epi32(_mm512_scalef_ps(p, whole));
}

TARGET static void weigh_keys(score_tile *t, query_block *b, int row)
{
    for (int r = 0; r < ROWS; r++) {
        const float largest = _mm512_reduce_max_ps(t->top[r]);
        const __m512 top = _mm512_set1_ps(largest);
        __m512i total = _mm512_setzero_si512();
        for (int64_t j = 0; j < t->count; j += LANES) {
            __m512i w = weights_of(_mm512_sub_ps(_mm512_load_ps(t->score[r] + j), top));
            total = _mm512_add_epi32(total, w);
            _mm_store_si128((__m128i *)(void *)(t->weight[r] + j), _mm512_cvtepi32_epi8(w));
        }
        const reel_octave_step step = reel_octave_step_to(b->largest[row + r], largest);
        const float sum = (float)_mm512_reduce_add_epi32(total);
        b->total[row + r] = fmaf(sum, step.weight, b->total[row + r] * step.shrink);
        b->largest[row + r] = step.largest;
        t->step[r] = step;
    }
}

/* --- values ---------------------------------------------------------------------------------- */

INLINE void add_panels(const score_tile *t, query_block *b, int row, int64_t panel, int panels)
{
    const reel_packed_head *k = &b->keys;
    const int64_t stride = k->keys / 4 * LANES;
    const factors f = { .left = (const uint32_t *)(const void *)t->weight[0],
                        .right = k->value + panel * stride + t->first / 4 * LANES,
                        .left_stride = REEL_PACK_BLOCK / 4,
                        .right_stride = stride,
                        .groups = t->count / 4 };
    __m512i sum[ROWS][PANELS];
#pragma GCC unroll 6
    for (int r = 0; r < ROWS; r++) {
#pragma GCC unroll 6
        for (int p = 0; p < panels; p++) {
            sum[r][p] = _mm512_setzero_si512();
        }
    }
    multiply(sum, &f, panels);
#pragma GCC unroll 6
    for (int r = 0; r < ROWS; r++) {
        const __m512 weight = _mm512_set1_ps(t->step[r].weight);
        const __m512 shrink = _mm512_set1_ps(t->step[r].shrink);
        float *to = b->sum[row + r] + panel * LANES;
#pragma GCC unroll 6
        for (int p = 0; p < panels; p++) {
            __m512 before = _mm512_mul_ps(_mm512_load_ps(to + p * LANES), shrink);
            __m512 y = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum[r][p]), weight, before);
            _mm512_store_ps(to + p * LANES, y);
        }
    }
}

TARGET static void add_values(const score_tile *t, query_block *b, int row)
{
    const int64_t panels = b->keys.channels / LANES;
    int64_t panel = 0;
    for (; panel + PANELS <= panels; panel += PANELS) {
        add_panels(t, b, row, panel, PANELS);
    }
    for (; panel < panels; panel++) {
        add_panels(t, b, row, panel, 1);
    }
}

/* --- a block of queries ---------------------------------------------------------------------- */

static int64_t blocks_of(const reel_attention_shape *s)
{
    return (s->queries + BLOCK_ROWS - 1) / BLOCK_ROWS;
}

/* Block `n` of all: one of `blocks` of its head. */
TARGET static void begin(query_block *b, const reel_attention_int8_args *a, int64_t n)
{
    const reel_attention_shape *s = &a->shape;
    const int64_t blocks = blocks_of(s), of_head = n / blocks,
                  left = s->queries - n % blocks * BLOCK_ROWS;
    b->args = a;
    b->batch = of_head / s->heads;
    b->head = of_head % s->heads;
    b->row = n % blocks * BLOCK_ROWS;
    b->rows = left < BLOCK_ROWS ? left : (int64_t)BLOCK_ROWS;
    b->keys = reel_packed_head_view(a->packed, s, b->batch, b->head);
    const int64_t stride = s->heads * s->head_width;
    const float *q =
        b->args->q + (b->batch * s->queries + b->row) * stride + b->head * s->head_width;
    b->slope = s->time_sigma ? reel_octave_slope(s->time_sigma[b->head]) : 0.0f;
    for (int64_t r = 0; r < BLOCK_ROWS; r++) {
        const int is_used = r < b->rows;
        memset(b->sum[r], 0, (size_t)b->keys.channels * sizeof **b->sum);
        b->largest[r] = REEL_PACK_LOWEST;
        b->total[r] = 0.0f;
        b->time[r] = is_used && s->time_sigma ? s->q_time[b->row + r] : 0.0f;
        b->factor[r] = 0.0f;
        if (is_used) {
            b->factor[r] = reel_pack_query(b->words[r], q + r * stride, s->head_width) *
                           (s->scale * REEL_OCTAVES);
        }
        if (isnan(b->factor[r])) { /* the total carries it past sums of integers */
            b->factor[r] = 0.0f;
            b->total[r] = NAN;
        }
        for (int64_t g = 0; g < b->keys.groups; g++) {
            b->words[r][g] = is_used ? b->words[r][g] ^ 0x80808080u : 0;
        }
    }
}

TARGET static void finish(const query_block *b)
{
    const reel_attention_shape *s = &b->args->shape;
    for (int64_t r = 0; r < b->rows; r++) {
        const int64_t row = b->batch * s->queries + b->row + r;
        float *y = b->args->y + (row * s->heads + b->head) * s->head_width;
        const float share = !*b->keys.is_finite || isnan(b->total[r]) ? NAN
                            : b->total[r] > 0.0f                      ? 1.0f / b->total[r]
                                                                      : 0.0f;
#pragma omp simd
        for (int64_t c = 0; c < s->head_width; c++) {
            y[c] = b->sum[r][c] * (b->keys.value_scale[c] * share);
        }
    }
}

TARGET static void forward_block(const reel_attention_int8_args *a, int64_t n)
{
    query_block b;
    score_tile t;
    begin(&b, a, n);
    for (t.first = 0; t.first < b.keys.keys; t.first += REEL_PACK_BLOCK) {
        const int64_t left = b.keys.keys - t.first;
        t.count = left < REEL_PACK_BLOCK ? left : (int64_t)REEL_PACK_BLOCK;
        for (int row = 0; row < b.rows; row += ROWS) {
            score_keys(&t, &b, row);
            weigh_keys(&t, &b, row);
            add_values(&t, &b, row);
        }
    }
    finish(&b);
}

static reel_status forward(const reel_attention_int8_args *a)
{
    const reel_attention_shape *s = &a->shape;
    const int64_t heads = s->batch * s->heads;
#pragma omp parallel
    {
#pragma omp for schedule(dynamic)
        for (int64_t n = 0; n < heads; n++) {
            const reel_packed_head p =
                reel_packed_head_view(a->packed, s, n / s->heads, n % s->heads);
            reel_packed_head_fill(&p, a->k, a->v, s, n / s->heads, n % s->heads);
        }
#pragma omp for schedule(dynamic)
        for (int64_t n = 0; n < heads * blocks_of(s); n++) {
            forward_block(a, n);
        }
    }
    return REEL_OK;
}

const reel_attention_int8_kernels reel_attention_int8_vnni = { forward };
