/* Normalising latents per channel. */
#include "model/latent_stats.h"

#include "base/error.h"
#include "ops/modulate.h"

#include <math.h>
#include <stdlib.h>

void reel_latent_stats_declare(reel_weights *set, reel_latent_stats *stats, int64_t channels)
{
    REEL_WEIGHT(set, &stats->mean, "latent_mean", REEL_INIT_ZERO, REEL_GROUP_PLAIN, channels);
    REEL_WEIGHT(set, &stats->std, "latent_std", REEL_INIT_ONE, REEL_GROUP_PLAIN, channels);
}

static reel_status check_channels(const float *mean, const float *std, int64_t channels)
{
    for (int64_t c = 0; c < channels; c++) {
        if (!isfinite(mean[c]) || !isfinite(std[c]) || std[c] <= 0) {
            return REEL_FAIL(
                REEL_ERR_FORMAT,
                "latent_std: channel %lld is %g around %g, expected finite and above 0",
                (long long)c, (double)std[c], (double)mean[c]);
        }
    }
    return REEL_OK;
}

reel_status reel_latent_stats_check(const reel_weights *set, const reel_latent_stats *stats)
{
    int64_t channels = reel_width(stats->mean);
    float *values = malloc((size_t)(2 * channels) * sizeof *values + 1);
    if (!values) {
        return REEL_FAIL(REEL_ERR_MEMORY, "latent_std: no memory for %lld channels",
                         (long long)channels);
    }
    reel_status status = reel_weight_get(values, set, stats->mean);
    if (status == REEL_OK) {
        status = reel_weight_get(values + channels, set, stats->std);
    }
    if (status == REEL_OK) {
        status = check_channels(values, values + channels, channels);
    }
    free(values);
    return status;
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
    size_t mark = reel_arena_mark(&rt->host);
    const float *mean = reel_host_f32(rt, stats->mean), *std = reel_host_f32(rt, stats->std);
    float *shift = reel_host_scratch(rt, batch * channels);
    float *scale = reel_host_scratch(rt, batch * channels);
    for (int64_t i = 0; shift && scale && i < batch * channels; i++) {
        float m = mean[i % channels], s = std[i % channels];
        shift[i] = inverse ? m : -m / s;
        scale[i] = (inverse ? s : 1.0f / s) - 1.0f;
    }
    reel_tensor *by = REEL_FROM_HOST(rt, REEL_F32, shift, batch, channels);
    reel_tensor *times = REEL_FROM_HOST(rt, REEL_F32, scale, batch, channels);
    reel_arena_release(&rt->host, mark);
    return reel_modulate(rt, x, by, times);
}

reel_tensor *reel_latent_normalise(reel_rt *rt, const reel_latent_stats *stats, reel_tensor *x)
{
    return scale_channels(rt, x, stats, 0);
}

reel_tensor *reel_latent_denormalise(reel_rt *rt, const reel_latent_stats *stats, reel_tensor *z)
{
    return scale_channels(rt, z, stats, 1);
}
