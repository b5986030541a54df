/* Drawing noise levels. */
#include "train/sigma_sampler.h"

#include "base/error.h"

#include <math.h>

static const double SIGMA_FLOOR = 0.15; /* of the weight */

reel_sigma_mix reel_sigma_mix_default(void)
{
    return (reel_sigma_mix){
        .early_share = 0.35, .early_mean = -2.7, .early_std = 1, .mean = -0.8, .std = 1
    };
}

reel_status reel_sigma_mix_read(reel_sigma_mix *mix, const json_t *object)
{
    static const char *const keys[] = { "early_share", "early_mean", "early_std", "mean",
                                        "std",         "loss_power", NULL };
    REEL_TRY(reel_json_only(object, keys));
    REEL_TRY(reel_json_double(&mix->early_share, object, "early_share", 0, 1));
    REEL_TRY(reel_json_double(&mix->early_mean, object, "early_mean", -10, 10));
    REEL_TRY(reel_json_double(&mix->early_std, object, "early_std", 0, 10));
    REEL_TRY(reel_json_double(&mix->mean, object, "mean", -10, 10));
    REEL_TRY(reel_json_double(&mix->std, object, "std", 0, 10));
    return reel_json_double(&mix->loss_power, object, "loss_power", -2, 2);
}

double reel_sigma_sample(const reel_sigma_mix *mix, reel_rng *rng)
{
    int early = reel_rng_uniform(rng) < mix->early_share;
    double normal = reel_rng_normal(rng);
    double logit =
        early ? mix->early_mean + mix->early_std * normal : mix->mean + mix->std * normal;
    double sigma = 1.0 / (1.0 + exp(logit));
    return fmin(fmax(sigma, 1e-4), 1.0 - 1e-5);
}

double reel_sigma_weight(const reel_sigma_mix *mix, double sigma)
{
    return mix->loss_power == 0.0 ? 1.0 : pow(fmax(sigma, SIGMA_FLOOR), mix->loss_power);
}

int reel_sigma_bin(double sigma)
{
    static const double edge[REEL_SIGMA_BINS - 1] = { 0.05, 0.15, 0.4, 0.7 };
    double t = 1.0 - sigma;
    int bin = 0;
    while (bin < REEL_SIGMA_BINS - 1 && t >= edge[bin]) {
        bin++;
    }
    return bin;
}
