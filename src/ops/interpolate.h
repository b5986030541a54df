/* Linear interpolation between rows: brings one stream to the times of the other.
 *
 *     y[b][n] = (1 - f) x[b][i] + f x[b][i + 1],   i + f = positions[n] clamped to 0 .. F-1 */
#ifndef REEL_OPS_INTERPOLATE_H
#define REEL_OPS_INTERPOLATE_H

#include "tensor/runtime.h"

/* x:          [B, F, C]  f32, F >= 1
 * positions:  [N]        f32, in rows; a constant (not-a-number counts as 0)
 * returns     [B, N, C]  f32, in the arena of rt
 * fails       REEL_ERR_SHAPE (sticky in rt) */
reel_tensor *reel_interpolate(reel_rt *rt, reel_tensor *x, reel_tensor *positions);

/* What a back end implements. dx is added to, for each element in the order of the positions. */
typedef struct {
    float *y;
    const float *x /* [batch, rows, width] */, *positions /* [count] */;
    int64_t batch, rows, count, width;
} reel_interpolate_args;

typedef struct {
    float *dx;
    const float *dy /* [batch, count, width] */, *positions;
    int64_t batch, rows, count, width;
} reel_interpolate_grad_args;

typedef struct {
    reel_status (*forward)(const reel_interpolate_args *args);
    reel_status (*backward)(const reel_interpolate_grad_args *args);
} reel_interpolate_kernels;

extern const reel_interpolate_kernels reel_interpolate_c;

#endif
