/* Adding the linear estimate of the velocity. */
#include "model/dit/velocity_skip.h"

#include <stdlib.h>

static double estimate(double sigma, double deviation)
{
    double clean = (1.0 - sigma) * deviation * deviation;
    return (sigma - clean) / (sigma * sigma + (1.0 - sigma) * clean);
}

reel_tensor *reel_velocity_skip(reel_rt *rt, reel_tensor *residual, reel_tensor *x,
                                const float *sigma, const double *deviation)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    const int64_t batch = x->dim[0], channels = reel_width(x);
    float *gate = malloc((size_t)(batch * channels) * sizeof *gate);
    if (!gate) {
        return reel_fail_tensor(rt, REEL_ERR_MEMORY, "velocity_skip: no memory");
    }
    for (int64_t i = 0; i < batch * channels; i++) {
        gate[i] =
            (float)estimate((double)sigma[i / channels], deviation ? deviation[i % channels] : 1.0);
    }
    reel_tensor *c = REEL_FROM_HOST(rt, REEL_F32, gate, batch, channels);
    free(gate);
    return reel_gated_add(rt, residual, x, c);
}
