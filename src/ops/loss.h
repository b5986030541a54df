/* Losses: scalars [1] in the arena of rt, summed in f64 over fixed chunks. Sums of losses are
 * reel_add and reel_scale on [1] tensors. */
#ifndef REEL_OPS_LOSS_H
#define REEL_OPS_LOSS_H

#include "tensor/runtime.h"

/* mean over b of weight[b] * mean over the elements of sample b of (prediction - target)^2
 *
 * prediction, target:  [B, ...]  f32, one shape, not empty; gradients reach both
 * weight:              [B]       f32, or NULL for 1; a constant
 * returns              [1]
 * fails                REEL_ERR_SHAPE if they do not fit together (sticky in rt) */
reel_tensor *reel_mse(reel_rt *rt, reel_tensor *prediction, reel_tensor *target,
                      reel_tensor *weight);
/* The same with |prediction - target|; its gradient is 0 where they are equal. */
reel_tensor *reel_l1(reel_rt *rt, reel_tensor *prediction, reel_tensor *target,
                     reel_tensor *weight);
/* mean over all elements of x^2; x not empty. */
reel_tensor *reel_mean_square(reel_rt *rt, reel_tensor *x);

/* Mean over the rows with a label of log sum exp(logits[n]) - logits[n][labels[n]].
 *
 * logits:  [N, V]  f32
 * labels:  [N]     i32; a row with a label below 0 does not count
 * returns  [1], 0 when no row counts
 * fails    REEL_ERR_SHAPE; REEL_ERR_INVALID if a label is V or above (sticky in rt) */
reel_tensor *reel_cross_entropy(reel_rt *rt, reel_tensor *logits, reel_tensor *labels);

/* What a back end implements. Gradients are added to; NULL means "not wanted". */
typedef enum { REEL_DISTANCE_SQUARE, REEL_DISTANCE_ABSOLUTE } reel_distance_kind;

enum { REEL_DISTANCE_CHUNK = 8192 }; /* elements of one partial sum */

static inline int64_t reel_distance_chunks(int64_t count)
{
    return (count + REEL_DISTANCE_CHUNK - 1) / REEL_DISTANCE_CHUNK;
}

typedef struct {
    reel_distance_kind kind;
    float *loss;                 /* [1] */
    const float *a, *b, *weight; /* [batch, count]; b may be NULL for 0; [batch] or NULL */
    double *scratch;             /* [batch, reel_distance_chunks(count)] */
    int64_t batch, count;
} reel_distance_args;

typedef struct {
    reel_distance_kind kind;
    float *da, *db; /* may be one buffer */
    const float *dloss, *a, *b, *weight;
    int64_t batch, count;
} reel_distance_grad_args;

typedef struct {
    reel_status (*forward)(const reel_distance_args *args);
    reel_status (*backward)(const reel_distance_grad_args *args);
} reel_distance_kernels;

typedef struct {
    float *loss /* [1] */, *log_sum /* [rows] */, *counted /* [1], rows that count */;
    const float *logits /* [rows, classes] */;
    const int32_t *labels;
    int64_t rows, classes;
} reel_cross_entropy_args;

typedef struct {
    float *dlogits;
    const float *dloss, *logits, *log_sum, *counted;
    const int32_t *labels;
    int64_t rows, classes;
} reel_cross_entropy_grad_args;

typedef struct {
    reel_status (*forward)(const reel_cross_entropy_args *args);
    reel_status (*backward)(const reel_cross_entropy_grad_args *args);
} reel_cross_entropy_kernels;

extern const reel_distance_kernels reel_distance_c;
extern const reel_cross_entropy_kernels reel_cross_entropy_c;

#endif
