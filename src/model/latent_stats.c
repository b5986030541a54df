/* Normalising latents per channel. */
#include "model/latent_stats.h"

#include "base/error.h"
#include "ops/modulate.h"

#include <math.h>

void reel_latent_stats_declare(reel_weights *set, reel_latent_stats *stats, int64_t channels)
{
    REEL_WEIGHT(set, &stats->mean, "latent_mean", REEL_INIT_ZERO, REEL_GROUP_PLAIN, channels);
    REEL_WEIGHT(set, &stats->std, "latent_std", REEL_INIT_ONE, REEL_GROUP_PLAIN, channels);
}

reel_status reel_latent_stats_check(const reel_latent_stats *stats)
{
    for (int64_t c = 0; c < reel_width(stats->mean); c++) {
        float mean = reel_f32(stats->mean)[c], std = reel_f32(stats->std)[c];
        if (!isfinite(mean) || !isfinite(std) || std <= 0) {
            return REEL_FAIL(
                REEL_ERR_FORMAT,
                "latent_std: channel %lld is %g around %g, expected finite and above 0",
                (long long)c, (double)std, (double)mean);
        }
    }
    return REEL_OK;
}

/* x * factor + offset per channel, for every sample of the batch: constants of the graph. */
static reel_tensor *scale_channels(reel_rt *rt, reel_tensor *x, const reel_latent_stats *stats,
                                   int inverse)
{
    int64_t batch = x->dim[0], channels = reel_width(x);
    if (channels != reel_width(stats->mean)) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "latent_mean is %s, the latent is %s",
                                reel_shape(stats->mean).text, reel_shape(x).text);
    }
    reel_tensor *shift = REEL_NEW(rt, REEL_F32, batch, channels);
    reel_tensor *scale = REEL_NEW(rt, REEL_F32, batch, channels);
    if (rt->status < 0) {
        return &rt->poison;
    }
    const float *mean = reel_f32(stats->mean), *std = reel_f32(stats->std);
    for (int64_t i = 0; !reel_rt_is_dry(rt) && i < batch * channels; i++) {
        float m = mean[i % channels], s = std[i % channels];
        reel_f32(shift)[i] = inverse ? m : -m / s;
        reel_f32(scale)[i] = (inverse ? s : 1.0f / s) - 1.0f;
    }
    return reel_modulate(rt, x, shift, scale);
}

reel_tensor *reel_latent_normalise(reel_rt *rt, const reel_latent_stats *stats, reel_tensor *x)
{
    return scale_channels(rt, x, stats, 0);
}

reel_tensor *reel_latent_denormalise(reel_rt *rt, const reel_latent_stats *stats, reel_tensor *z)
{
    return scale_channels(rt, z, stats, 1);
}
