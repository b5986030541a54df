/* Timestep embedding: check, allocate, run. */
#include "ops/timestep_embedding.h"

#include "base/error.h"
#include "ops/expect.h"
#include "ops/kernels.h"

reel_tensor *reel_timestep_embedding(reel_rt *rt, reel_tensor *t, int dim, float max_period)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (!REEL_IS_F32(t, REEL_ANY)) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "timestep_embedding: t is %s, expected [N] f32",
                                reel_shape(t).text);
    }
    if (dim < 2 || dim > REEL_TIMESTEP_DIM_MAX || dim % 2 != 0 || !(max_period > 0.0f)) {
        return reel_fail_tensor(rt, REEL_ERR_INVALID,
                                "timestep_embedding: dim is %d, expected an even number up to %d; "
                                "max_period is %g, expected above 0",
                                dim, REEL_TIMESTEP_DIM_MAX, (double)max_period);
    }
    reel_tensor *y = REEL_NEW(rt, REEL_F32, t->dim[0], dim);
    if (rt->status < 0) {
        return &rt->poison;
    }
    reel_timestep_embedding_args args = {
        .y = reel_f32(y),
        .t = reel_f32(t),
        .count = t->dim[0],
        .half = dim / 2,
        .max_period = max_period,
    };
    rt->status = REEL_RUN(rt, timestep_embedding.forward, &args);
    return y;
}
