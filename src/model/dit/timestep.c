/* Embedding of the two noise levels. */
#include "model/dit/timestep.h"

void reel_dit_timestep_declare(reel_weights *set, reel_dit_timestep *p,
                               const reel_dit_config *config)
{
    const int64_t width = config->width;
    const reel_linear_options edge = { .bias = 1,
                                       .init = REEL_INIT_LINEAR,
                                       .group = REEL_GROUP_EDGE };
    const reel_linear_options none = { .init = REEL_INIT_ZERO, .group = REEL_GROUP_EDGE };
    reel_weights_push(set, "timestep");
    reel_linear_declare(set, &p->hidden, "hidden", REEL_DIT_SIGMA_FEATURES, width, edge);
    reel_linear_declare(set, &p->out, "out", width, width, edge);
    reel_linear_declare(set, &p->other, "other", width, width, none);
    reel_weights_pop(set);
}

reel_tensor *reel_dit_timestep_own(reel_rt *rt, const reel_dit_timestep *p, const float *sigma,
                                   int64_t batch)
{
    reel_tensor *t = reel_timestep_embedding(rt, REEL_FROM_HOST(rt, REEL_F32, sigma, batch),
                                             REEL_DIT_SIGMA_FEATURES, 10000.0f);
    return reel_linear(rt, reel_silu(rt, reel_linear(rt, t, &p->hidden)), &p->out);
}

reel_tensor *reel_dit_timestep_join(reel_rt *rt, const reel_dit_timestep *p, reel_tensor *own,
                                    reel_tensor *other)
{
    return other ? reel_add(rt, own, reel_linear(rt, other, &p->other)) : own;
}
