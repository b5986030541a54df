/* The named scalars that a stage reports. */
#include "train/stage.h"

#include <assert.h>

void reel_metrics_add(reel_metrics *m, const char *name, double value)
{
    assert(m->count < REEL_METRICS);
    m->name[m->count] = name;
    m->value[m->count++] = value;
}

void reel_metrics_add_scalar(reel_metrics *m, const char *name, reel_rt *rt,
                             const reel_tensor *scalar)
{
    const float *value = reel_host_f32(rt, scalar);
    if (value) {
        reel_metrics_add(m, name, (double)*value);
    }
}
