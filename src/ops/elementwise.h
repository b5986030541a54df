/* Sums, products and repetition, element by element. Results lie in the arena of rt; shapes that
 * do not fit are REEL_ERR_SHAPE (sticky in rt). */
#ifndef REEL_OPS_ELEMENTWISE_H
#define REEL_OPS_ELEMENTWISE_H

#include "tensor/runtime.h"

/* a, b: the same shape, f32; returns that shape. */
reel_tensor *reel_add(reel_rt *rt, reel_tensor *a, reel_tensor *b);
reel_tensor *reel_sub(reel_rt *rt, reel_tensor *a, reel_tensor *b);
reel_tensor *reel_mul(reel_rt *rt, reel_tensor *a, reel_tensor *b);

/* x: any shape, f32; returns that shape. */
reel_tensor *reel_scale(reel_rt *rt, reel_tensor *x, float factor);
reel_tensor *reel_add_scalar(reel_rt *rt, reel_tensor *x, float term);

/* z[n][...] = x[n][...] + y[...]
 *
 * x:       [..., the shape of y]  f32: a table of positions y [L, D] is added to every sample of
 *          x [B, L, D], a bias y [D] to every row
 * returns  like x; the gradient of y is summed over n */
reel_tensor *reel_add_rows(reel_rt *rt, reel_tensor *x, reel_tensor *y);

/* Every row `times` times in a row: y[b][f * times + j] = x[b][f].
 *
 * x:       [B, F, D]  f32
 * returns  [B, F * times, D]; the gradient is summed over j */
reel_tensor *reel_repeat(reel_rt *rt, reel_tensor *x, int times);

/* What a back end implements. Gradients are added to; NULL means "not wanted". */
typedef enum {
    REEL_BINARY_ADD,
    REEL_BINARY_SUB,
    REEL_BINARY_MUL,
    REEL_BINARY_KINDS
} reel_binary_kind;

typedef struct {
    reel_binary_kind kind;
    float *z;
    const float *a, *b;
    int64_t count;
} reel_binary_args;

typedef struct {
    reel_binary_kind kind;
    float *da, *db; /* may be one buffer */
    const float *dz, *a, *b;
    int64_t count;
} reel_binary_grad_args;

typedef struct {
    reel_status (*forward)(const reel_binary_args *args);
    reel_status (*backward)(const reel_binary_grad_args *args);
} reel_binary_kernels;

typedef struct {
    float *z;
    const float *x /* [rows, width] */, *y /* [width] */;
    int64_t rows, width;
} reel_add_rows_args;

typedef struct {
    float *dx, *dy; /* may be one buffer when rows is 1 */
    const float *dz;
    float *scratch; /* [reel_row_chunks(rows), width] if dy is wanted */
    int64_t rows, width;
} reel_add_rows_grad_args;

typedef struct {
    reel_status (*forward)(const reel_add_rows_args *args);
    reel_status (*backward)(const reel_add_rows_grad_args *args);
} reel_add_rows_kernels;

typedef struct {
    float *y;
    const float *x /* [rows, width] */;
    int64_t rows, width, times;
} reel_repeat_args;

typedef struct {
    float *dx;
    const float *dy /* [rows, times, width] */;
    int64_t rows, width, times;
} reel_repeat_grad_args;

typedef struct {
    reel_status (*forward)(const reel_repeat_args *args);
    reel_status (*backward)(const reel_repeat_grad_args *args);
} reel_repeat_kernels;

extern const reel_binary_kernels reel_binary_c;
extern const reel_add_rows_kernels reel_add_rows_c;
extern const reel_repeat_kernels reel_repeat_c;

#endif
