/* Plain kernel of attention in 8 bits: one query at a time, over blocks of keys. */
#include "ops/attention_int8.h"

#include "ops/c/packed_head.h"

#include <string.h>

/* A query of one head, and what its row holds so far. */
typedef struct {
    const reel_attention_shape *shape;
    const reel_packed_head *keys;
    uint32_t words[REEL_PACK_GROUPS_MAX];
    float factor; /* of its sums with a key's bytes, but for the key's scale: in octaves */
    float time, slope;
    float largest, total, sum[REEL_ATTENTION_MAX_HEAD];
} query_row;

static int32_t sum_of_products(const int8_t *a, const int8_t *b)
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
}

static float score(const query_row *q, int64_t j)
{
    const reel_packed_head *p = q->keys;
    const int64_t panel = j / REEL_PACK_LANES * REEL_PACK_LANES, lane = j % REEL_PACK_LANES;
    int32_t sum = 0;
    for (int64_t g = 0; g < p->groups; g++) {
        const uint32_t *word = p->key + panel * p->groups + g * REEL_PACK_LANES + lane;
        sum += sum_of_products((const int8_t *)(q->words + g), (const int8_t *)word);
    }
    float s = fmaf((float)sum * p->key_scale[j], q->factor, p->bias[j]);
    if (q->shape->time_sigma && j < q->shape->keys) {
        float away = q->time - q->shape->k_time[j];
        s = fmaf(q->slope * away, away, s);
    }
    return s;
}

/* Add `count` keys from `first` on to the row. */
static void take_block(query_row *q, int64_t first, int64_t count)
{
    const reel_packed_head *p = q->keys;
    float s[REEL_PACK_BLOCK], largest = REEL_PACK_MASKED;
    uint8_t weight[REEL_PACK_BLOCK];
    int32_t total = 0;
    for (int64_t j = 0; j < count; j++) {
        s[j] = score(q, first + j);
        largest = s[j] > largest ? s[j] : largest;
    }
    for (int64_t j = 0; j < count; j++) {
        weight[j] = (uint8_t)rintf(reel_octave_weight(s[j] - largest));
        total += weight[j];
    }
    const reel_octave_step step = reel_octave_step_to(q->largest, largest);
    for (int64_t c = 0; c < q->shape->head_width; c++) {
        const int64_t panel = c / REEL_PACK_LANES * REEL_PACK_LANES, lane = c % REEL_PACK_LANES;
        const uint32_t *word =
            p->value + panel * (p->keys / 4) + first / 4 * REEL_PACK_LANES + lane;
        int32_t sum = 0;
        for (int64_t j = 0; j < count; j++) {
            sum += weight[j] * ((const int8_t *)(word + j / 4 * REEL_PACK_LANES))[j % 4];
        }
        q->sum[c] = fmaf((float)sum, step.weight, q->sum[c] * step.shrink);
    }
    q->total = fmaf((float)total, step.weight, q->total * step.shrink);
    q->largest = step.largest;
}

static void forward_row(const reel_attention_int8_args *a, int64_t batch, int64_t head, int64_t i)
{
    const reel_attention_shape *s = &a->shape;
    const int64_t at = ((batch * s->queries + i) * s->heads + head) * s->head_width;
    const reel_packed_head keys = reel_packed_head_view(a->packed, s, batch, head);
    query_row q = { .shape = s, .keys = &keys, .largest = REEL_PACK_LOWEST };
    q.factor = reel_pack_query(q.words, a->q + at, s->head_width) * (s->scale * REEL_OCTAVES);
    if (isnan(q.factor)) { /* the total carries it past sums of integers */
        q.factor = 0.0f;
        q.total = NAN;
    }
    if (s->time_sigma) {
        q.time = s->q_time[i];
        q.slope = reel_octave_slope(s->time_sigma[head]);
    }
    for (int64_t first = 0; first < keys.keys; first += REEL_PACK_BLOCK) {
        const int64_t left = keys.keys - first;
        take_block(&q, first, left < REEL_PACK_BLOCK ? left : (int64_t)REEL_PACK_BLOCK);
    }
    const float share = !*keys.is_finite || isnan(q.total) ? NAN
                        : q.total > 0.0f                   ? 1.0f / q.total
                                                           : 0.0f;
    for (int64_t c = 0; c < s->head_width; c++) {
        a->y[at + c] = q.sum[c] * (keys.value_scale[c] * share);
    }
}

static reel_status forward(const reel_attention_int8_args *a)
{
    const reel_attention_shape *s = &a->shape;
#pragma omp parallel for schedule(static)
    for (int64_t n = 0; n < s->batch * s->heads; n++) {
        const reel_packed_head p = reel_packed_head_view(a->packed, s, n / s->heads, n % s->heads);
        reel_packed_head_fill(&p, a->k, a->v, s, n / s->heads, n % s->heads);
    }
    const int64_t rows = s->batch * s->heads * s->queries;
#pragma omp parallel for schedule(static)
    for (int64_t n = 0; n < rows; n++) {
        const int64_t of_head = n / s->queries;
        forward_row(a, of_head / s->heads, of_head % s->heads, n % s->queries);
    }
    return REEL_OK;
}

const reel_attention_int8_kernels reel_attention_int8_c = { forward };
