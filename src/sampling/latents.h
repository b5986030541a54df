/* What is being denoised: the latents of both modalities, on the host, side by side.
 *
 * They are small beside activations (a 15 s film of the bundled model has under 1 MB of them), so
 * the sampler keeps them in plain memory whatever device the network runs on. */
#ifndef REEL_SAMPLING_LATENTS_H
#define REEL_SAMPLING_LATENTS_H

#include "reel/status.h"

#include <stddef.h>
#include <stdint.h>

enum { REEL_MODALITIES = 2 }; /* index 0 video, 1 audio; as reel_modality of reel/generate.h */

/* values[m] holds count[m] floats; count[m] is 0 for a modality that is absent. */
typedef struct {
    float *values[REEL_MODALITIES];
    size_t count[REEL_MODALITIES];
} reel_latents;

/* Owned by the caller, released with reel_latents_free(). Contents are zero. */
reel_status reel_latents_alloc(reel_latents *out, const size_t count[REEL_MODALITIES]);
void reel_latents_free(reel_latents *latents);

/* Standard normal noise; modality m uses its own sequence of the seed, so that switching the
 * sound off does not change the picture. */
void reel_latents_fill_noise(reel_latents *latents, uint64_t seed);

#endif
