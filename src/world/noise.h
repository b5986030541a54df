/* White noise for sound: eight congruential generators side by side, so that the compiler can
 * make eight samples at a time. Constants: Knuth's, as given in Numerical Recipes, "quick and
 * dirty" generators; good enough for the ear, not for anything else. */
#ifndef REEL_WORLD_NOISE_H
#define REEL_WORLD_NOISE_H

#include "base/rng.h"

#include <stdint.h>

enum { REEL_NOISE_LANES = 8 };

/* Root mean square of the noise: uniform in [-1, 1). */
#define REEL_NOISE_RMS 0.57735

typedef struct {
    uint32_t lane[REEL_NOISE_LANES];
} reel_noise;

static inline reel_noise reel_noise_at(uint64_t seed, uint64_t sequence)
{
    reel_noise noise;
    reel_rng rng = reel_rng_at(seed, sequence);
    for (int i = 0; i < REEL_NOISE_LANES; i++) {
        noise.lane[i] = reel_rng_u32(&rng);
    }
    return noise;
}

/* The next number of every lane, in [-1, 1). */
static inline void reel_noise_step(reel_noise *noise, float out[REEL_NOISE_LANES])
{
    for (int i = 0; i < REEL_NOISE_LANES; i++) {
        noise->lane[i] = noise->lane[i] * 1664525u + 1013904223u;
        out[i] = (float)(int32_t)noise->lane[i] * 0x1p-31f;
    }
}

/* `count` numbers of one stream, a multiple of REEL_NOISE_LANES. */
static inline void reel_noise_fill(reel_noise *noise, float *out, int count)
{
    for (int i = 0; i < count; i += REEL_NOISE_LANES) {
        reel_noise_step(noise, out + i);
    }
}

#endif
