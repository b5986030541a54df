/* Means over rows and differences of neighbours. */
#ifndef REEL_OPS_REDUCE_H
#define REEL_OPS_REDUCE_H

#include "tensor/runtime.h"

/* y[b] = sum_l mask[b][l] x[b][l] / sum_l mask[b][l]
 *
 * x:       [B, L, D]  f32
 * mask:    [B, L]     f32, 0 or above, or NULL for 1; a constant
 * returns  [B, D]     f32, in the arena of rt; zeros where the mask adds up to nothing
 * fails    REEL_ERR_SHAPE (sticky in rt) */
reel_tensor *reel_mean_axis1(reel_rt *rt, reel_tensor *x, reel_tensor *mask);

/* y[..., i, ...] = x[..., i + 1, ...] - x[..., i, ...]
 *
 * x:       f32, dim[axis] >= 2
 * axis:    0 .. rank-1
 * returns  f32, dim[axis] one less; in the arena of rt
 * fails    REEL_ERR_SHAPE (sticky in rt) */
reel_tensor *reel_difference(reel_rt *rt, reel_tensor *x, int axis);

/* What a back end implements. Gradients are added to. */
typedef struct {
    float *y /* [batch, width] */, *share /* [batch]: 1 / sum of the mask, or 0 */;
    const float *x /* [batch, rows, width] */, *mask /* [batch, rows] or NULL */;
    int64_t batch, rows, width;
} reel_mean_axis1_args;

typedef struct {
    float *dx;
    const float *dy, *mask, *share;
    int64_t batch, rows, width;
} reel_mean_axis1_grad_args;

typedef struct {
    reel_status (*forward)(const reel_mean_axis1_args *args);
    reel_status (*backward)(const reel_mean_axis1_grad_args *args);
} reel_mean_axis1_kernels;

/* x: [outer, count, inner], y: [outer, count - 1, inner]. */
typedef struct {
    float *y;
    const float *x;
    int64_t outer, count, inner;
} reel_difference_args;

typedef struct {
    float *dx;
    const float *dy;
    int64_t outer, count, inner;
} reel_difference_grad_args;

typedef struct {
    reel_status (*forward)(const reel_difference_args *args);
    reel_status (*backward)(const reel_difference_grad_args *args);
} reel_difference_kernels;

extern const reel_mean_axis1_kernels reel_mean_axis1_c;
extern const reel_difference_kernels reel_difference_c;

#endif
