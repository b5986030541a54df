/* The gated residual that closes every branch of a block:
 *
 *     z[b][r][d] = x[b][r][d] + gate[b][d] * y[b][r][d] */
#ifndef REEL_OPS_GATED_ADD_H
#define REEL_OPS_GATED_ADD_H

#include "tensor/runtime.h"

/* x, y:    [B, ..., D]  f32
 * gate:    [B, D]       f32
 * returns  like x, in the arena of rt
 * fails    REEL_ERR_SHAPE if they do not fit together (sticky in rt) */
reel_tensor *reel_gated_add(reel_rt *rt, reel_tensor *x, reel_tensor *y, reel_tensor *gate);

/* What a back end implements; x, y, z and their gradients are [batch, rows, width], gate
 * [batch, width]. Gradients are added to; NULL means "not wanted". */
typedef struct {
    float *z;
    const float *x, *y, *gate;
    int64_t batch, rows, width;
} reel_gated_add_args;

typedef struct {
    float *dx, *dy, *dgate;
    const float *dz, *y, *gate;
    float *scratch; /* [batch, reel_row_chunks(rows), width] if dgate is wanted */
    int64_t batch, rows, width;
    int dy_is_new; /* dy is assigned, not added to; it is not dx then */
} reel_gated_add_grad_args;

typedef struct {
    reel_status (*forward)(const reel_gated_add_args *args);
    reel_status (*backward)(const reel_gated_add_grad_args *args);
} reel_gated_add_kernels;

extern const reel_gated_add_kernels reel_gated_add_c;

#endif
