/* Layer normalisation over the last dimension:
 *
 *     y[r][c] = (x[r][c] - mean[r]) * rstd[r] * w[c] + b[c],
 *     rstd[r] = 1 / sqrt(mean_c((x[r][c] - mean[r])^2) + eps) */
#ifndef REEL_OPS_LAYER_NORM_H
#define REEL_OPS_LAYER_NORM_H

#include "tensor/runtime.h"

/* x:       [..., C]  f32
 * w, b:    [C]       f32; NULL for 1 and 0
 * returns  [..., C]  f32, in the arena of rt
 * fails    REEL_ERR_SHAPE if w or b do not have C elements (sticky in rt) */
reel_tensor *reel_layer_norm(reel_rt *rt, reel_tensor *x, reel_tensor *w, reel_tensor *b,
                             float eps);

/* What a back end implements; rows * width elements each unless noted. Gradients are added to,
 * never overwritten; NULL means "not wanted". */
typedef struct {
    float *y, *mean, *rstd /* [rows] each */;
    const float *x, *w, *b /* [width] or NULL */;
    int64_t rows, width;
    float eps;
} reel_layer_norm_args;

typedef struct {
    float *dx, *dw, *db /* [width] */;
    const float *dy, *x, *w, *mean, *rstd;
    float *scratch; /* [2, reel_row_chunks(rows), width] if dw or db is wanted */
    int64_t rows, width;
} reel_layer_norm_grad_args;

typedef struct {
    reel_status (*forward)(const reel_layer_norm_args *args);
    reel_status (*backward)(const reel_layer_norm_grad_args *args);
} reel_layer_norm_kernels;

extern const reel_layer_norm_kernels reel_layer_norm_c;

#endif
