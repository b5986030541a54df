/* Rows of a table, picked by number: y[n] = table[ids[n]]. */
#ifndef REEL_OPS_EMBEDDING_H
#define REEL_OPS_EMBEDDING_H

#include "tensor/runtime.h"

/* ids:     [...]     i32, each 0 .. V-1
 * table:   [V, D]    f32
 * returns  [..., D]  f32, in the arena of rt
 * fails    REEL_ERR_SHAPE if the types or ranks do not fit, REEL_ERR_INVALID if an id is out of
 *          range (sticky in rt) */
reel_tensor *reel_embedding(reel_rt *rt, reel_tensor *ids, reel_tensor *table);

/* What a back end implements; every id is in range. Gradients are added to, in the order of the
 * ids. */
typedef struct {
    float *y /* [count, width] */;
    const float *table /* [entries, width] */;
    const int32_t *ids /* [count] */;
    int64_t count, entries, width;
} reel_embedding_args;

typedef struct {
    float *dtable;
    const float *dy;
    const int32_t *ids;
    int64_t count, entries, width;
} reel_embedding_grad_args;

typedef struct {
    reel_status (*forward)(const reel_embedding_args *args);
    reel_status (*backward)(const reel_embedding_grad_args *args);
} reel_embedding_kernels;

extern const reel_embedding_kernels reel_embedding_c;

#endif
