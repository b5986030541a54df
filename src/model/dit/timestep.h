/* The noise level as a vector.
 *
 *     own  = W2 silu(W1 sincos(1000 sigma) + b1) + b2       [B, D], each tower its own weights
 *     temb = own + Wother own_of_the_other_tower            (Wother starts at zero)
 *
 * Each modality has its own sigma; a given modality has sigma 0. */
#ifndef REEL_MODEL_DIT_TIMESTEP_H
#define REEL_MODEL_DIT_TIMESTEP_H

#include "model/dit/config.h"
#include "ops/ops.h"

enum { REEL_DIT_SIGMA_FEATURES = 128 };

typedef struct {
    reel_linear_params hidden; /* [D, 128] */
    reel_linear_params out;    /* [D, D] */
    reel_linear_params other;  /* [D, D], zero-initialised */
} reel_dit_timestep;

void reel_dit_timestep_declare(reel_weights *set, reel_dit_timestep *p,
                               const reel_dit_config *config);

/* sigma: host values, `batch` of them.  -> [B, D] */
reel_tensor *reel_dit_timestep_own(reel_rt *rt, const reel_dit_timestep *p, const float *sigma,
                                   int64_t batch);
/* other: what the other tower's reel_dit_timestep_own() gave, or NULL.  -> [B, D] */
reel_tensor *reel_dit_timestep_join(reel_rt *rt, const reel_dit_timestep *p, reel_tensor *own,
                                    reel_tensor *other);

#endif
