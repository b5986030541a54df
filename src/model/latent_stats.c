/* Turning latents into their axes and back. */
#include "model/latent_stats.h"

#include "base/error.h"
#include "ops/linear.h"

#include <math.h>
#include <stdlib.h>

static const double INVERSE_TOLERANCE = 1e-3;

void reel_latent_stats_declare(reel_weights *set, reel_latent_stats *stats, int64_t channels)
{
    const reel_weight_group group = REEL_GROUP_CONSTANT;
    REEL_WEIGHT(set, &stats->mean, "latent_mean", REEL_INIT_ZERO, group, channels);
    REEL_WEIGHT(set, &stats->to, "latent_to", REEL_INIT_IDENTITY, group, channels, channels);
    REEL_WEIGHT(set, &stats->from, "latent_from", REEL_INIT_IDENTITY, group, channels, channels);
    REEL_WEIGHT(set, &stats->std, "latent_std", REEL_INIT_ONE, group, channels);
}

/* --- what comes from a file ------------------------------------------------------------------ */

static reel_status check_finite(const char *name, const float *value, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        if (!isfinite(value[i])) {
            return REEL_FAIL(REEL_ERR_FORMAT, "%s: is %g at %lld, expected a finite number", name,
                             (double)value[i], (long long)i);
        }
    }
    return REEL_OK;
}

static reel_status check_deviations(const float *std, int64_t channels)
{
    for (int64_t c = 0; c < channels; c++) {
        if (!((double)std[c] >= 0.001 && (double)std[c] <= 1000.0)) {
            return REEL_FAIL(REEL_ERR_FORMAT, "latent_std: is %g at %lld, expected 0.001 to 1000",
                             (double)std[c], (long long)c);
        }
    }
    return REEL_OK;
}

static reel_status check_inverse(const float *to, const float *from, int64_t channels)
{
    REEL_TRY(check_finite("latent_to", to, channels * channels));
    REEL_TRY(check_finite("latent_from", from, channels * channels));
    for (int64_t i = 0; i < channels * channels; i++) {
        int64_t row = i / channels, column = i % channels;
        double sum = row == column ? -1.0 : 0.0;
        for (int64_t k = 0; k < channels; k++) {
            sum += (double)to[row * channels + k] * (double)from[k * channels + column];
        }
        if (!(fabs(sum) <= INVERSE_TOLERANCE)) {
            return REEL_FAIL(REEL_ERR_FORMAT,
                             "latent_from: times latent_to is %g off the identity at [%lld, %lld], "
                             "expected at most %g",
                             sum, (long long)row, (long long)column, INVERSE_TOLERANCE);
        }
    }
    return REEL_OK;
}

static reel_status check_values(float *values, const reel_weights *set,
                                const reel_latent_stats *stats)
{
    int64_t channels = reel_width(stats->mean);
    REEL_TRY(reel_weight_get(values, set, stats->mean));
    REEL_TRY(check_finite("latent_mean", values, channels));
    REEL_TRY(reel_weight_get(values, set, stats->std));
    REEL_TRY(check_deviations(values, channels));
    REEL_TRY(reel_weight_get(values, set, stats->to));
    REEL_TRY(reel_weight_get(values + channels * channels, set, stats->from));
    return check_inverse(values, values + channels * channels, channels);
}

reel_status reel_latent_stats_check(const reel_weights *set, const reel_latent_stats *stats)
{
    int64_t channels = reel_width(stats->mean);
    float *values = malloc((size_t)(2 * channels * channels) * sizeof *values + 1);
    if (!values) {
        return REEL_FAIL(REEL_ERR_MEMORY, "latent_to: no memory for %lld channels",
                         (long long)channels);
    }
    reel_status status = check_values(values, set, stats);
    free(values);
    return status;
}

/* --- in a pass ------------------------------------------------------------------------------- */

/* -to mean [C], so that to (x - mean) is a linear layer; a constant of the graph. */
static reel_tensor *offset(reel_rt *rt, const reel_latent_stats *stats)
{
    int64_t channels = reel_width(stats->mean);
    size_t mark = reel_arena_mark(&rt->host);
    const float *mean = reel_host_f32(rt, stats->mean), *to = reel_host_f32(rt, stats->to);
    float *values = reel_host_scratch(rt, channels);
    for (int64_t c = 0; values && c < channels; c++) {
        double sum = 0;
        for (int64_t k = 0; k < channels; k++) {
            sum -= (double)to[c * channels + k] * (double)mean[k];
        }
        values[c] = (float)sum;
    }
    reel_tensor *t = REEL_FROM_HOST(rt, REEL_F32, values, channels);
    reel_arena_release(&rt->host, mark);
    return t;
}

reel_tensor *reel_latent_normalise(reel_rt *rt, const reel_latent_stats *stats, reel_tensor *x)
{
    return reel_linear(rt, x, &(reel_linear_params){ stats->to, offset(rt, stats) });
}

reel_tensor *reel_latent_denormalise(reel_rt *rt, const reel_latent_stats *stats, reel_tensor *z)
{
    return reel_linear(rt, z, &(reel_linear_params){ stats->from, stats->mean });
}
