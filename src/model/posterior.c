/* The diagonal normal distribution of a latent. */
#include "model/posterior.h"

#include "ops/activation.h"
#include "ops/elementwise.h"
#include "ops/loss.h"
#include "ops/reduce.h"
#include "ops/slice.h"

static const float LOGVAR_CENTRE = -4.0f, LOGVAR_REACH = 6.0f;

reel_posterior reel_posterior_from(reel_rt *rt, reel_tensor *moments)
{
    int axis = moments->rank - 1;
    int64_t channels = reel_width(moments) / 2;
    reel_tensor *logvar = reel_slice(rt, moments, axis, channels, channels);
    logvar = reel_tanh(rt, reel_scale(rt, logvar, 1.0f / LOGVAR_REACH));
    logvar = reel_add_scalar(rt, reel_scale(rt, logvar, LOGVAR_REACH), LOGVAR_CENTRE);
    return (reel_posterior){ reel_slice(rt, moments, axis, 0, channels), logvar };
}

static reel_tensor *deviation(reel_rt *rt, reel_posterior p)
{
    return reel_exp(rt, reel_scale(rt, p.logvar, 0.5f));
}

reel_tensor *reel_posterior_sample(reel_rt *rt, reel_posterior p, reel_tensor *noise)
{
    return reel_add(rt, p.mean, reel_mul(rt, deviation(rt, p), noise));
}

reel_tensor *reel_posterior_kl(reel_rt *rt, reel_posterior p)
{
    reel_tensor *rows = REEL_VIEW(rt, p.logvar, 1, reel_count(p.logvar), 1);
    reel_tensor *mean_logvar = REEL_VIEW(rt, reel_mean_axis1(rt, rows, NULL), 1);
    reel_tensor *sum =
        reel_add(rt, reel_mean_square(rt, p.mean), reel_mean_square(rt, deviation(rt, p)));
    sum = reel_add_scalar(rt, reel_sub(rt, sum, mean_logvar), -1.0f);
    return reel_scale(rt, sum, 0.5f);
}
