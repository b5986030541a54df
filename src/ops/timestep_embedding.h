/* Sinusoidal embedding of times (the positions of Vaswani et al. 2017, times scaled by 1000):
 *
 *     angle[n][i] = 1000 t[n] * max_period^(-i / (dim/2)),   i < dim/2
 *     y[n] = (cos angle[n], sin angle[n]) */
#ifndef REEL_OPS_TIMESTEP_EMBEDDING_H
#define REEL_OPS_TIMESTEP_EMBEDDING_H

#include "tensor/runtime.h"

/* t:           [N]  f32, usually 0..1; no gradient reaches it
 * dim:         even, 2..8192
 * max_period:  > 0, usually 10000
 * returns      [N, dim]  f32, in the arena of rt
 * fails        REEL_ERR_SHAPE, REEL_ERR_INVALID (sticky in rt) */
reel_tensor *reel_timestep_embedding(reel_rt *rt, reel_tensor *t, int dim, float max_period);

enum { REEL_TIMESTEP_DIM_MAX = 8192 };

/* What a back end implements. */
typedef struct {
    float *y /* [count, 2 * half] */;
    const float *t /* [count] */;
    int64_t count, half;
    float max_period;
} reel_timestep_embedding_args;

typedef struct {
    reel_status (*forward)(const reel_timestep_embedding_args *args);
} reel_timestep_embedding_kernels;

extern const reel_timestep_embedding_kernels reel_timestep_embedding_c;

#endif
