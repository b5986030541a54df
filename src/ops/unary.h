/* Functions of one number, applied to every element: one dispatch and one pair of kernels for all
 * of them. Model code calls them by name (activation.h, elementwise.h). */
#ifndef REEL_OPS_UNARY_H
#define REEL_OPS_UNARY_H

#include "tensor/runtime.h"

typedef enum {
    REEL_UNARY_SILU,
    REEL_UNARY_GELU,
    REEL_UNARY_TANH,
    REEL_UNARY_EXP,
    REEL_UNARY_LOG_FLOOR,  /* log(max(x, parameter)) */
    REEL_UNARY_SCALE,      /* x * parameter */
    REEL_UNARY_ADD_SCALAR, /* x + parameter */
    REEL_UNARY_KINDS
} reel_unary_kind;

/* x:       any shape, f32
 * returns  like x, in the arena of rt
 * fails    REEL_ERR_SHAPE if x is not f32 (sticky in rt) */
reel_tensor *reel_unary(reel_rt *rt, reel_unary_kind kind, reel_tensor *x, float parameter);

/* What a back end implements; `count` elements each. dx is added to. */
typedef struct {
    reel_unary_kind kind;
    float *y;
    const float *x;
    int64_t count;
    float parameter;
} reel_unary_args;

typedef struct {
    reel_unary_kind kind;
    float *dx;
    const float *dy, *x, *y;
    int64_t count;
    float parameter;
    int dx_is_new; /* dx is assigned, not added to */
} reel_unary_grad_args;

typedef struct {
    reel_status (*forward)(const reel_unary_args *args);
    reel_status (*backward)(const reel_unary_grad_args *args);
} reel_unary_kernels;

extern const reel_unary_kernels reel_unary_c;

#endif
