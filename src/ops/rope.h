/* Rotary positions (Su et al. 2021): turns pairs (i, i + K/2) of every head by an angle that
 * depends on the token's position.
 *
 *     y[i]       = x[i] cos a[i] - x[i + K/2] sin a[i]
 *     y[i + K/2] = x[i + K/2] cos a[i] + x[i] sin a[i],     i < K/2 */
#ifndef REEL_OPS_ROPE_H
#define REEL_OPS_ROPE_H

#include "tensor/runtime.h"

/* x:       [B, L, H*K] or [B, L, H, K]  f32
 * heads:   H
 * angles:  [L, K/2]  f32, radians, at most about 1e4 in size; a constant
 * returns  like x, in the arena of rt
 * fails    REEL_ERR_SHAPE if they do not fit together (sticky in rt) */
reel_tensor *reel_rope(reel_rt *rt, reel_tensor *x, int heads, reel_tensor *angles);

/* What a back end implements: y assigned in forward; in backward y is the gradient of x, x that
 * of y, the turn is the other way and y is added to. */
typedef struct {
    float *y;
    const float *x;      /* [batch, length, heads, 2 * half] */
    const float *angles; /* [length, half] */
    float *scratch;      /* [2, length, half] */
    int64_t batch, length, heads, half;
    int y_is_new; /* in backward: y is assigned, not added to */
} reel_rope_args;

typedef struct {
    reel_status (*forward)(const reel_rope_args *args);
    reel_status (*backward)(const reel_rope_args *args);
} reel_rope_kernels;

extern const reel_rope_kernels reel_rope_c;

#endif
