/* Magnitudes on a logarithmic scale, and back. */
#include "model/audio_vae/loudness.h"

#include "ops/activation.h"
#include "ops/elementwise.h"

#include <math.h>

static const float SMALLEST = 1e-8f; /* keeps logarithms finite; far below any floor */

reel_tensor *reel_loudness(reel_rt *rt, reel_tensor *magnitude, float floor)
{
    reel_tensor *x = reel_log_floor(rt, reel_add_scalar(rt, magnitude, floor), SMALLEST);
    return reel_add_scalar(rt, reel_scale(rt, x, -4.0f / logf(floor)), 2.0f);
}

reel_tensor *reel_loudness_to_magnitude(reel_rt *rt, reel_tensor *loudness, float floor)
{
    reel_tensor *x = reel_scale(rt, reel_add_scalar(rt, loudness, -2.0f), -logf(floor) / 4.0f);
    x = reel_add_scalar(rt, reel_exp(rt, x), -floor);
    return reel_exp(rt, reel_log_floor(rt, x, SMALLEST)); /* the larger of x and SMALLEST */
}
