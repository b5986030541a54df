/* The linear layer: every row of x times a matrix, plus a bias.
 *
 *     y[r][o] = sum_i x[r][i] * weight[o][i] + bias[o]
 *
 * The weight is f32, or for inference one of f16 or bf16 (ops/linear_half.h) or a matrix in 8 bits
 * (ops/linear_int8.h).
 *
 * A constant matrix (a mel filter bank, a discrete Fourier transform) is a linear layer whose
 * weight wants no gradient. */
#ifndef REEL_OPS_LINEAR_H
#define REEL_OPS_LINEAR_H

#include "tensor/runtime.h"
#include "tensor/weights.h"

typedef struct {
    reel_tensor *weight; /* [O, I] */
    reel_tensor *bias;   /* [O] or NULL */
} reel_linear_params;

typedef struct {
    int bias; /* has one; it starts at zero */
    reel_init init;
    reel_weight_group group;
} reel_linear_options;

/* Declare "NAME.weight" and, if asked for, "NAME.bias" (always REEL_GROUP_PLAIN). Failures are
 * sticky in the set. */
void reel_linear_declare(reel_weights *set, reel_linear_params *p, const char *name, int64_t in,
                         int64_t out, reel_linear_options options);

/* x:       [..., I]  f32
 * returns  [..., O]  f32, in the arena of rt
 * fails    REEL_ERR_SHAPE if weight or bias do not fit x (sticky in rt) */
reel_tensor *reel_linear(reel_rt *rt, reel_tensor *x, const reel_linear_params *p);

/* What a back end implements. Gradients are added to, never overwritten; NULL means "not
 * wanted". Results depend on the arguments alone, never on the number of threads. */
typedef struct {
    float *y /* [rows, out] */;
    const float *x /* [rows, in] */, *w /* [out, in] */, *b /* [out] or NULL */;
    int64_t rows, in, out;
} reel_linear_args;

typedef struct {
    float *dx /* [rows, in] */, *dw /* [out, in] */, *db /* [out] */;
    const float *dy /* [rows, out] */, *x, *w;
    int64_t rows, in, out;
    int dx_is_new; /* dx is assigned, not added to */
} reel_linear_grad_args;

typedef struct {
    reel_status (*forward)(const reel_linear_args *args);
    reel_status (*backward)(const reel_linear_grad_args *args);
} reel_linear_kernels;

extern const reel_linear_kernels reel_linear_c;
extern const reel_linear_kernels reel_linear_dnnl;

#endif
