/* Activations and the few other nonlinear functions of the networks. */
#ifndef REEL_OPS_ACTIVATION_H
#define REEL_OPS_ACTIVATION_H

#include "tensor/runtime.h"

/* x: any shape, f32; returns like x, in the arena of rt. */
reel_tensor *reel_silu(reel_rt *rt, reel_tensor *x); /* x / (1 + e^-x) */
/* x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2 */
reel_tensor *reel_gelu(reel_rt *rt, reel_tensor *x);
reel_tensor *reel_tanh(reel_rt *rt, reel_tensor *x);
/* e^min(x, 88.3), finite for every x; 0 below -87.3. The gradient is 0 where it is clamped. */
reel_tensor *reel_exp(reel_rt *rt, reel_tensor *x);
/* log(max(x, floor)); the gradient is 0 below the floor. Fails with REEL_ERR_INVALID if the floor
 * is below 1.2e-38 or not finite. */
reel_tensor *reel_log_floor(reel_rt *rt, reel_tensor *x, float floor);

/* Gated linear unit with a SiLU gate (Shazeer 2020): y[c] = silu(x[c]) * x[C + c].
 *
 * x:       [..., 2C]  f32
 * returns  [..., C]   f32, in the arena of rt
 * fails    REEL_ERR_SHAPE if the width is odd (sticky in rt) */
reel_tensor *reel_swiglu(reel_rt *rt, reel_tensor *x);

/* What a back end implements: x and dx are [rows, 2 * width], y and dy [rows, width]. dx is added
 * to. */
typedef struct {
    float *y;
    const float *x;
    int64_t rows, width;
} reel_swiglu_args;

typedef struct {
    float *dx;
    const float *dy, *x;
    int64_t rows, width;
} reel_swiglu_grad_args;

typedef struct {
    reel_status (*forward)(const reel_swiglu_args *args);
    reel_status (*backward)(const reel_swiglu_grad_args *args);
} reel_swiglu_kernels;

extern const reel_swiglu_kernels reel_swiglu_c;

#endif
