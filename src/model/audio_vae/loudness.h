/* Loudness: the logarithmic scale on which the audio VAE hears and draws magnitudes.
 *
 *     loudness(m) = 2 - 4 log(m + floor) / log(floor)
 *
 * so that silence is -2, a sine at full scale 2, and differences below `floor` vanish smoothly. */
#ifndef REEL_MODEL_AUDIO_VAE_LOUDNESS_H
#define REEL_MODEL_AUDIO_VAE_LOUDNESS_H

#include "tensor/runtime.h"

/* Elementwise, any shape. `floor` in (0, 1). */
reel_tensor *reel_loudness(reel_rt *rt, reel_tensor *magnitude, float floor);

/* The inverse; never below 0. */
reel_tensor *reel_loudness_to_magnitude(reel_rt *rt, reel_tensor *loudness, float floor);

#endif
