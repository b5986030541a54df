/* From the magnitudes of both channels to sound.
 *
 * One set of phases, found for the middle of both channels, serves left and right, so that a
 * source stays where its levels put it. */
#ifndef REEL_MODEL_AUDIO_VAE_VOCODER_H
#define REEL_MODEL_AUDIO_VAE_VOCODER_H

#include "model/audio_vae/stft.h"

typedef struct {
    int iterations;       /* of Griffin-Lim */
    int64_t samples;      /* to keep, 1 .. N * hop */
    int64_t fade_samples; /* of the ramps at both ends, which keep a film from clicking */
} reel_vocoder_options;

/* magnitudes: [B, N, 2 * bins], left then right
 * returns     [B, 2, samples] */
reel_tensor *reel_vocoder(reel_rt *rt, const reel_stft *stft, reel_tensor *magnitudes,
                          const reel_vocoder_options *options);

#endif
