/* The linear layer with a weight of f16 or bf16, for inference: the weight is widened to f32, which
 * is exact, into memory that is given back, and the linear layer runs on that. Where a weight is
 * used once per pass over many rows this costs little beside the product.
 *
 * reel_linear() comes here when its weight is of such a type. */
#ifndef REEL_OPS_LINEAR_HALF_H
#define REEL_OPS_LINEAR_HALF_H

#include "tensor/runtime.h"

/* Fill y, which reel_linear() made, as it checked the others; w: [O, I] f16 or bf16. Returns y, or
 * the poison tensor. */
reel_tensor *reel_linear_half(reel_rt *rt, reel_tensor *y, const reel_tensor *x, reel_tensor *w,
                              const reel_tensor *b);

/* What a back end implements: `count` values of `dtype`, f16 or bf16, as f32. */
typedef struct {
    float *y;
    const uint16_t *x;
    int64_t count;
    reel_dtype dtype;
} reel_widen_args;

typedef struct {
    reel_status (*forward)(const reel_widen_args *args);
} reel_widen_kernels;

extern const reel_widen_kernels reel_widen_c;

#endif
