/* Keys and values of one head in 8 bits, laid out for instructions that sum products of bytes, and
 * the arithmetic that every kernel of attention_int8.h shares.
 *
 * A word is four bytes, the products of which are summed together. Word g of a key or query holds
 * the channels g, g + G, g + 2 G and g + 3 G of its head, G = ceil(K / 4), zeros beyond K: a dot
 * product does not mind the order, and so words of neighbours are made side by side. */
#ifndef REEL_OPS_C_PACKED_HEAD_H
#define REEL_OPS_C_PACKED_HEAD_H

#include "ops/attention.h"
#include "ops/c/vector_math.h"

#include <math.h>
#include <stddef.h>

enum {
    REEL_PACK_LANES = 16,  /* keys of a panel of words, channels of a panel of values */
    REEL_PACK_BLOCK = 256, /* keys that share a maximum: a multiple of REEL_PACK_LANES */
    REEL_PACK_GROUPS_MAX = REEL_ATTENTION_MAX_HEAD / 4
};

#define REEL_PACK_MASKED (-1e30f)    /* the bias of a key that is masked or only fills up */
#define REEL_PACK_LOWEST (-1e29f)    /* every score of a key that counts is above it */
#define REEL_OCTAVES     1.44269504f /* in a power of e */
#define REEL_PACK_ZERO   1e-30f      /* rows whose largest magnitude is below count as zeros */
#define REEL_PACK_SHARE                                                                            \
    (1.0f / 255.0f) /* what makes a weight of reel_octave_weight() at most 1                       \
                     */

typedef struct {
    int64_t keys;     /* filled up to a multiple of REEL_PACK_LANES */
    int64_t groups;   /* words of a key, G */
    int64_t channels; /* K, filled up to a multiple of REEL_PACK_LANES */
    uint32_t *key;    /* [keys / 16][groups][16] words */
    uint32_t *value;  /* [channels / 16][keys / 4][16] words: a channel's values of four keys */
    int32_t *start;   /* [keys] -128 times the sum of the key's bytes */
    float *key_scale, *bias /* [keys] 0 or REEL_PACK_MASKED */, *value_scale /* [channels] */;
    int32_t *is_finite;
} reel_packed_head;

/* Bytes for all heads of a batch, a multiple of 64. */
size_t reel_packed_heads_bytes(const reel_attention_shape *shape);

/* Head `head` of clip `batch` in `memory`, which is aligned to 64 bytes. */
reel_packed_head reel_packed_head_view(void *memory, const reel_attention_shape *shape,
                                       int64_t batch, int64_t head);

/* Fill it from k and v [B, Lk, H*K]. */
void reel_packed_head_fill(const reel_packed_head *p, const float *k, const float *v,
                           const reel_attention_shape *shape, int64_t batch, int64_t head);

/* One row of K numbers as words; returns its scale, NaN where something is not finite. */
float reel_pack_query(uint32_t *words, const float *q, int64_t head_width);

/* 255 * 2^t for t <= 0, to 1e-4 of it; what is below -30 counts as -30. Every operation is one of
 * IEEE's, so that vector code of the same operations gives the same bits. */
static inline float reel_octave_weight(float t)
{
    float at = t > -30.0f ? t : -30.0f;
    float magic = at + REEL_ROUND_MAGIC, whole = magic - REEL_ROUND_MAGIC, r = at - whole;
    float p = fmaf(14.2387619f, r, 61.8730659f);
    p = fmaf(p, r, 176.749863f);
    p = fmaf(p, r, 254.980759f);
    return p * reel_of_bits((reel_bits_of(magic) + 127u) << 23);
}

/* The bias in time of a head, of attention.h but in octaves: slope * (difference in seconds)^2. */
static inline float reel_octave_slope(float time_sigma)
{
    return -0.5f * REEL_OCTAVES / (time_sigma * time_sigma);
}

/* The row so far and one more block: what both are to be multiplied by. */
typedef struct {
    float largest, shrink, weight;
} reel_octave_step;

static inline reel_octave_step reel_octave_step_to(float largest, float of_block)
{
    if (of_block < REEL_PACK_LOWEST) {
        return (reel_octave_step){ largest, 1.0f, 0.0f };
    }
    if (of_block > largest) {
        return (reel_octave_step){ of_block,
                                   reel_octave_weight(largest - of_block) * REEL_PACK_SHARE, 1.0f };
    }
    return (reel_octave_step){ largest, 1.0f,
                               reel_octave_weight(of_block - largest) * REEL_PACK_SHARE };
}

#endif
