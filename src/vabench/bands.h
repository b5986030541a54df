/* The energy of a sound in bands of frequency, over time. */
#ifndef REEL_VABENCH_BANDS_H
#define REEL_VABENCH_BANDS_H

#include "reel/clip.h"

#include <stddef.h>

/* energy f32 [frames, bands]: mean square of both channels together, under a Hann window that is
 * centred on sample i * hop; silence is assumed outside the sound. Bands are triangles evenly
 * spaced in pitch from low_hz to high_hz, at least one bin of the transform to either side.
 * Owned by the caller, released with reel_bands_deinit(). */
typedef struct {
    int frames, bands, hop, sample_rate;
    double low_hz, high_hz;
    float *energy;
} reel_bands;

/* How finely to look. */
typedef struct {
    int window, hop; /* samples; the window a power of two */
    int bands;
    double low_hz, high_hz; /* the latter at most 0.45 of the sample rate is used */
} reel_bands_grain;

/* mono [samples], see reel_mono_build(). REEL_ERR_INVALID (window), REEL_ERR_MEMORY. */
reel_status reel_bands_init(reel_bands *out, const float *mono, int64_t samples, int sample_rate,
                            const reel_bands_grain *grain);
void reel_bands_deinit(reel_bands *bands);

/* The channels of a clip added up: out [samples]. */
void reel_mono_build(float *out, const reel_clip *clip);

/* The value of each band that `share` of the frames stay below: out [bands]. REEL_ERR_MEMORY. */
reel_status reel_bands_floor(float *out, const reel_bands *bands, double share);

static inline const float *reel_bands_at(const reel_bands *bands, int frame)
{
    return bands->energy + (size_t)frame * (size_t)bands->bands;
}

#endif
