/* Measuring the latents of a codec. */
#include "train/latent_moments.h"

#include "base/error.h"

#include <math.h>

static const double SMALLEST_STD = 1e-3;

void reel_latent_moments_add(reel_latent_moments *moments, reel_rt *rt, const reel_tensor *latent)
{
    int64_t channels = reel_width(latent), rows = reel_rows(latent);
    const float *value = reel_host_f32(rt, latent);
    if (!value) {
        return;
    }
    for (int64_t i = 0; i < rows * channels; i++) {
        double x = (double)value[i];
        moments->sum[i % channels] += x;
        moments->square[i % channels] += x * x;
    }
    moments->rows += rows;
}

reel_status reel_latent_moments_store(const reel_latent_moments *moments, reel_latent_stats *stats)
{
    if (moments->rows == 0) {
        return REEL_FAIL(REEL_ERR_INVALID, "no latents were measured");
    }
    float means[REEL_LATENT_CHANNELS_MAX], stds[REEL_LATENT_CHANNELS_MAX];
    int64_t channels = reel_width(stats->mean);
    for (int64_t c = 0; c < channels; c++) {
        double mean = moments->sum[c] / (double)moments->rows;
        double variance = moments->square[c] / (double)moments->rows - mean * mean;
        means[c] = (float)mean;
        stds[c] = (float)fmax(sqrt(fmax(variance, 0)), SMALLEST_STD);
    }
    REEL_TRY(reel_copy_in(stats->mean->data, means, (size_t)channels * sizeof *means));
    return reel_copy_in(stats->std->data, stds, (size_t)channels * sizeof *stds);
}
