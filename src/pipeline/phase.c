/* Measure, then run. */
#include "pipeline/phase.h"

#include "ops/kernels.h"

reel_status reel_phase_measure(size_t *bytes, reel_phase_fn phase, void *user)
{
    reel_rt rt;
    reel_status status = reel_rt_init(&rt, reel_kernels_get(), 0);
    if (status < 0) {
        return status;
    }
    status = phase(&rt, user);
    if (status == REEL_OK) {
        status = rt.status;
    }
    *bytes = rt.arena.peak;
    reel_rt_deinit(&rt);
    return status;
}

reel_status reel_phase_run(reel_phase_fn phase, void *user)
{
    size_t bytes;
    reel_status status = reel_phase_measure(&bytes, phase, user);
    reel_rt rt;
    if (status == REEL_OK) {
        status = reel_rt_init(&rt, reel_kernels_get(), bytes ? bytes : 1);
    }
    if (status < 0) {
        return status;
    }
    status = phase(&rt, user);
    if (status == REEL_OK) {
        status = rt.status;
    }
    reel_rt_deinit(&rt);
    return status;
}
