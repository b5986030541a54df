/* Attention with its products in 8 bits, for inference (after Zhang et al. 2024, "SageAttention"):
 *
 *     k'[j]   = k[j] - mean_j k[j]                     the softmax does not see the difference
 *     s[i][j] = (q8[i] . k8[j]) * scales of both rows, and the biases of attention.h, in octaves
 *     p[i][j] = round(255 * 2^(s[i][j] - m))           m: the largest of the row in a block of keys
 *     y[i]    = sum over blocks of 2^(m - largest of the row) (p8[i] . v8) * scale of the channel,
 *               divided by the sum of p[i][j] with the same weights
 *
 * q8 and k8 have a scale for each token and head, v8 one for each channel of a head: the largest
 * magnitude is 127. Both sums of products are exact in 32 bits and everything else is done number
 * by number, so that all kernels give the same bytes. A q row that holds what is not finite gives
 * NaN; a k or v that does gives NaN for its whole head. Keys that are masked are not read.
 *
 * reel_attention() comes here when its option `in_bytes` is set, reel_attention_int8_pays() and the
 * processor has a kernel for it (reel_kernels_attend_in_bytes()). */
#ifndef REEL_OPS_ATTENTION_INT8_H
#define REEL_OPS_ATTENTION_INT8_H

#include "ops/attention.h"

/* Whether so many queries repay the quantisation of keys and values. */
int reel_attention_int8_pays(const reel_attention_shape *shape);

/* Fill y, which reel_attention() made, as it checked the others. Returns y, or the poison tensor.
 */
reel_tensor *reel_attention_int8(reel_rt *rt, reel_tensor *y, const reel_tensor *q,
                                 const reel_tensor *k, const reel_tensor *v,
                                 const reel_attention_shape *shape);

/* What a back end implements. */
typedef struct {
    float *y;
    const float *q, *k, *v;
    reel_attention_shape shape;
    void *packed; /* reel_packed_heads_bytes() of scratch (ops/c/packed_head.h) */
} reel_attention_int8_args;

typedef struct {
    reel_status (*forward)(const reel_attention_int8_args *args);
} reel_attention_int8_kernels;

extern const reel_attention_int8_kernels reel_attention_int8_c;
extern const reel_attention_int8_kernels reel_attention_int8_vnni; /* x86 with AVX512-VNNI */

#endif
