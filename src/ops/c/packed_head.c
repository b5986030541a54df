/* Quantising keys, values and queries of attention. */
#include "ops/c/packed_head.h"

#include <string.h>

enum {
    ALIGN = 64,
    WIDTH_MAX = REEL_ATTENTION_MAX_HEAD,
    USUAL_WIDTH = 64, /* of heads: with it as a constant, loops over a row need no loop */
    PATTERN_OF_INFINITY = 0x7f800000
};

static int64_t up_to(int64_t count, int64_t step)
{
    return (count + step - 1) / step * step;
}

static int64_t groups_of(int64_t head_width)
{
    return (head_width + 3) / 4;
}

/* --- memory ---------------------------------------------------------------------------------- */

typedef struct {
    size_t key, value, start, key_scale, bias, value_scale, is_finite, bytes;
} layout;

static size_t take(size_t *at, int64_t words)
{
    const size_t here = *at;
    *at += (size_t)up_to(words * 4, ALIGN);
    return here;
}

static layout layout_of(const reel_attention_shape *s)
{
    const int64_t keys = up_to(s->keys, REEL_PACK_LANES);
    const int64_t channels = up_to(s->head_width, REEL_PACK_LANES);
    layout l = { 0 };
    l.key = take(&l.bytes, keys * groups_of(s->head_width));
    l.value = take(&l.bytes, channels * keys / 4);
    l.start = take(&l.bytes, keys);
    l.key_scale = take(&l.bytes, keys);
    l.bias = take(&l.bytes, keys);
    l.value_scale = take(&l.bytes, channels);
    l.is_finite = take(&l.bytes, 1);
    return l;
}

size_t reel_packed_heads_bytes(const reel_attention_shape *shape)
{
    return layout_of(shape).bytes * (size_t)(shape->batch * shape->heads);
}

reel_packed_head reel_packed_head_view(void *memory, const reel_attention_shape *shape,
                                       int64_t batch, int64_t head)
{
    const layout l = layout_of(shape);
    char *at = (char *)memory + l.bytes * (size_t)(batch * shape->heads + head);
    return (reel_packed_head){ .keys = up_to(shape->keys, REEL_PACK_LANES),
                               .groups = groups_of(shape->head_width),
                               .channels = up_to(shape->head_width, REEL_PACK_LANES),
                               .key = (void *)(at + l.key),
                               .value = (void *)(at + l.value),
                               .start = (void *)(at + l.start),
                               .key_scale = (void *)(at + l.key_scale),
                               .bias = (void *)(at + l.bias),
                               .value_scale = (void *)(at + l.value_scale),
                               .is_finite = (void *)(at + l.is_finite) };
}

/* --- numbers to bytes ------------------------------------------------------------------------ */

static int32_t magnitude(float x)
{
    return (int32_t)(reel_bits_of(x) & 0x7fffffffu);
}

/* x rounded to an integer, ties to even; |x| is below 2^22. */
static int32_t rounded(float x)
{
    return (int32_t)(reel_bits_of(x + REEL_ROUND_MAGIC) - reel_bits_of(REEL_ROUND_MAGIC));
}

static uint32_t word_of(int32_t a, int32_t b, int32_t c, int32_t d)
{
    return ((uint32_t)a & 255u) | ((uint32_t)b & 255u) << 8 | ((uint32_t)c & 255u) << 16 |
           (uint32_t)d << 24;
}

/* What 127 stands for and its inverse, of numbers whose largest magnitude has this pattern. */
static float inverse_of(int32_t largest)
{
    const float top = reel_of_bits((uint32_t)largest);
    return largest < PATTERN_OF_INFINITY && top >= REEL_PACK_ZERO ? 127.0f / top : 0.0f;
}

static float scale_of(int32_t largest)
{
    const float top = reel_of_bits((uint32_t)largest);
    return largest >= PATTERN_OF_INFINITY ? NAN : top >= REEL_PACK_ZERO ? top / 127.0f : 0.0f;
}

typedef struct {
    float scale;
    int32_t sum; /* of the bytes */
} packed_row;

/* row [4 groups] with zeros behind its numbers -> words [groups] */
REEL_VECTOR_INLINE packed_row pack_row(uint32_t *restrict words, const float *restrict row,
                                       int64_t groups)
{
    int32_t largest = 0, sum = 0;
#pragma omp simd reduction(max : largest)
    for (int64_t c = 0; c < 4 * groups; c++) {
        int32_t m = magnitude(row[c]);
        largest = m > largest ? m : largest;
    }
    if (largest >= PATTERN_OF_INFINITY) {
        memset(words, 0, (size_t)groups * sizeof *words);
        return (packed_row){ NAN, 0 };
    }
    const float inverse = inverse_of(largest);
#pragma omp simd reduction(+ : sum)
    for (int64_t g = 0; g < groups; g++) {
        int32_t a = rounded(row[g] * inverse), b = rounded(row[g + groups] * inverse);
        int32_t c = rounded(row[g + 2 * groups] * inverse);
        int32_t d = rounded(row[g + 3 * groups] * inverse);
        words[g] = word_of(a, b, c, d);
        sum += a + b + c + d;
    }
    return (packed_row){ scale_of(largest), sum };
}

float reel_pack_query(uint32_t *words, const float *q, int64_t head_width)
{
    float row[WIDTH_MAX];
    const int64_t groups = groups_of(head_width);
    if (head_width == USUAL_WIDTH) {
        return pack_row(words, q, USUAL_WIDTH / 4).scale;
    }
    if (head_width % 4 == 0) {
        return pack_row(words, q, groups).scale;
    }
    memset(row, 0, sizeof row);
    memcpy(row, q, (size_t)head_width * sizeof *row);
    return pack_row(words, row, groups).scale;
}

/* --- one head -------------------------------------------------------------------------------- */

/* Rows of one head: row j at `row` + j stride, where the mask lets it be read. */
typedef struct {
    const float *row, *mask;
    int64_t count, stride, width;
} head_rows;

static const float *row_at(const head_rows *h, int64_t j)
{
    return j < h->count && (!h->mask || h->mask[j] != 0.0f) ? h->row + j * h->stride : NULL;
}

static void mean_of(float *restrict mean, const head_rows *h)
{
    int64_t count = 0;
    memset(mean, 0, WIDTH_MAX * sizeof *mean);
    for (int64_t j = 0; j < h->count; j++) {
        const float *x = row_at(h, j);
        count += x != NULL;
#pragma omp simd
        for (int64_t c = 0; c < (x ? h->width : 0); c++) {
            mean[c] += x[c];
        }
    }
    const float share = count > 0 ? 1.0f / (float)count : 0.0f;
    for (int64_t c = 0; c < h->width; c++) {
        mean[c] *= share;
    }
}

/* A panel of keys from `first` on. Returns whether all of it is finite. */
REEL_VECTOR_INLINE int pack_panel(const reel_packed_head *p, const head_rows *k, const float *mean,
                                  int64_t first, int64_t width)
{
    float row[WIDTH_MAX];
    uint32_t words[REEL_PACK_LANES][REEL_PACK_GROUPS_MAX];
    const int64_t groups = groups_of(width);
    int is_finite = 1;
    memset(row, 0, (size_t)(4 * groups) * sizeof *row);
    for (int64_t lane = 0; lane < REEL_PACK_LANES; lane++) {
        const int64_t j = first + lane;
        const float *x = row_at(k, j);
#pragma omp simd
        for (int64_t c = 0; c < (x ? width : 0); c++) {
            row[c] = x[c] - mean[c];
        }
        if (!x) {
            memset(row, 0, (size_t)width * sizeof *row);
        }
        const packed_row done = pack_row(words[lane], row, groups);
        is_finite &= isfinite(done.scale) != 0;
        p->start[j] = -128 * done.sum;
        p->key_scale[j] = isfinite(done.scale) ? done.scale : 0.0f; /* is_finite tells of it */
        p->bias[j] = x ? 0.0f : REEL_PACK_MASKED;
    }
    uint32_t *to = p->key + first * groups;
    for (int64_t g = 0; g < groups; g++) {
        for (int64_t lane = 0; lane < REEL_PACK_LANES; lane++) {
            to[g * REEL_PACK_LANES + lane] = words[lane][g];
        }
    }
    return is_finite;
}

static int pack_keys(const reel_packed_head *p, const head_rows *k)
{
    float mean[WIDTH_MAX];
    int is_finite = 1;
    mean_of(mean, k);
    for (int64_t first = 0; first < p->keys; first += REEL_PACK_LANES) {
        is_finite &= k->width == USUAL_WIDTH ? pack_panel(p, k, mean, first, USUAL_WIDTH)
                                             : pack_panel(p, k, mean, first, k->width);
    }
    return is_finite;
}

/* Where value j can be read with zeros up to a whole panel: in place, or in `room`. */
static const float *whole_row(float room[WIDTH_MAX], const reel_packed_head *p, const head_rows *v,
                              int64_t j)
{
    const float *x = row_at(v, j);
    if (x && v->width == p->channels) {
        return x;
    }
    memset(room, 0, (size_t)p->channels * sizeof *room);
    if (x) {
        memcpy(room, x, (size_t)v->width * sizeof *room);
    }
    return room;
}

static void pack_four_values(const reel_packed_head *p, const head_rows *v, int64_t j,
                             const float *inverse)
{
    float room[4][WIDTH_MAX];
    const float *row[4];
    for (int64_t n = 0; n < 4; n++) {
        row[n] = whole_row(room[n], p, v, j + n);
    }
    for (int64_t first = 0; first < p->channels; first += REEL_PACK_LANES) {
        uint32_t *to = p->value + first * (p->keys / 4) + j / 4 * REEL_PACK_LANES;
#pragma omp simd
        for (int64_t lane = 0; lane < REEL_PACK_LANES; lane++) {
            const int64_t c = first + lane;
            to[lane] = word_of(rounded(row[0][c] * inverse[c]), rounded(row[1][c] * inverse[c]),
                               rounded(row[2][c] * inverse[c]), rounded(row[3][c] * inverse[c]));
        }
    }
}

static int pack_values(const reel_packed_head *p, const head_rows *v)
{
    int32_t largest[WIDTH_MAX] = { 0 };
    float inverse[WIDTH_MAX];
    int is_finite = 1;
    for (int64_t j = 0; j < v->count; j++) {
        const float *x = row_at(v, j);
#pragma omp simd
        for (int64_t c = 0; c < (x ? v->width : 0); c++) {
            int32_t m = magnitude(x[c]);
            largest[c] = m > largest[c] ? m : largest[c];
        }
    }
    for (int64_t c = 0; c < p->channels; c++) {
        inverse[c] = inverse_of(largest[c]);
        p->value_scale[c] = scale_of(largest[c]);
        is_finite &= isfinite(p->value_scale[c]) != 0;
    }
    for (int64_t j = 0; j < p->keys; j += 4) {
        pack_four_values(p, v, j, inverse);
    }
    return is_finite;
}

void reel_packed_head_fill(const reel_packed_head *p, const float *k, const float *v,
                           const reel_attention_shape *shape, int64_t batch, int64_t head)
{
    const int64_t stride = shape->heads * shape->head_width;
    const int64_t at = batch * shape->keys * stride + head * shape->head_width;
    head_rows rows = { .mask = shape->key_mask ? shape->key_mask + batch * shape->keys : NULL,
                       .count = shape->keys,
                       .stride = stride,
                       .width = shape->head_width };
    rows.row = k + at;
    *p->is_finite = pack_keys(p, &rows);
    rows.row = v + at;
    *p->is_finite &= pack_values(p, &rows);
}
