/* Modulation: what the timestep does to a normalised stream.
 *
 *     y[b][r][d] = x[b][r][d] * (1 + scale[b][d]) + shift[b][d] */
#ifndef REEL_OPS_MODULATE_H
#define REEL_OPS_MODULATE_H

#include "tensor/runtime.h"

/* x:             [B, ..., D]  f32
 * shift, scale:  [B, D]       f32
 * returns        like x, in the arena of rt
 * fails          REEL_ERR_SHAPE if they do not fit together (sticky in rt) */
reel_tensor *reel_modulate(reel_rt *rt, reel_tensor *x, reel_tensor *shift, reel_tensor *scale);

/* What a back end implements; x, y and their gradients are [batch, rows, width], shift and scale
 * [batch, width]. Gradients are added to; NULL means "not wanted". */
typedef struct {
    float *y;
    const float *x, *shift, *scale;
    int64_t batch, rows, width;
} reel_modulate_args;

typedef struct {
    float *dx, *dshift, *dscale;
    const float *dy, *x, *scale;
    float *scratch; /* [2, batch, reel_row_chunks(rows), width] if dshift or dscale is wanted */
    int64_t batch, rows, width;
    int dx_is_new; /* dx is assigned, not added to */
} reel_modulate_grad_args;

typedef struct {
    reel_status (*forward)(const reel_modulate_args *args);
    reel_status (*backward)(const reel_modulate_grad_args *args);
} reel_modulate_kernels;

extern const reel_modulate_kernels reel_modulate_c;

#endif
