/* RMS normalisation over the last dimension:
 *
 *     y[r][c] = x[r][c] * rstd[r] * w[c],    rstd[r] = 1 / sqrt(mean_c(x[r][c]^2) + eps)
 *
 * Pre-norm of every branch (w = NULL, modulation follows) and qk-norm (x seen as [B, L, H, K],
 * w: [K]). */
#ifndef REEL_OPS_RMS_NORM_H
#define REEL_OPS_RMS_NORM_H

#include "tensor/runtime.h"

/* x:       [..., C]  f32
 * w:       [C]       f32, or NULL for 1
 * returns  [..., C]  f32, in the arena of rt
 * fails    REEL_ERR_SHAPE if w does not have C elements (sticky in rt) */
reel_tensor *reel_rms_norm(reel_rt *rt, reel_tensor *x, reel_tensor *w, float eps);

/* What a back end implements; rows * width elements each unless noted. Gradients are added to,
 * never overwritten; NULL means "not wanted". */
typedef struct {
    float *y, *rstd /* [rows] */;
    const float *x, *w /* [width] or NULL */;
    int64_t rows, width;
    float eps;
} reel_rms_norm_args;

typedef struct {
    float *dx, *dw /* [width] */;
    const float *dy, *x, *w, *rstd;
    float *scratch; /* [reel_row_chunks(rows), width] if dw is wanted */
    int64_t rows, width;
    int dx_is_new; /* dx is assigned, not added to */
} reel_rms_norm_grad_args;

typedef struct {
    reel_status (*forward)(const reel_rms_norm_args *args);
    reel_status (*backward)(const reel_rms_norm_grad_args *args);
} reel_rms_norm_kernels;

extern const reel_rms_norm_kernels reel_rms_norm_c;

#endif
