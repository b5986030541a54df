/* How the energy of a short piece of sound is spread over frequency. */
#ifndef REEL_MEDIA_SPECTRUM_H
#define REEL_MEDIA_SPECTRUM_H

#include "reel/status.h"

/* Pieces of one length under a Hann window. One thread at a time.
 * Owned by the caller, released with reel_spectrum_free(). */
typedef struct reel_spectrum reel_spectrum;

/* `length` in samples: a power of two, 32..65536. REEL_ERR_INVALID, REEL_ERR_MEMORY. */
reel_status reel_spectrum_new(reel_spectrum **out, int length);
void reel_spectrum_free(reel_spectrum *spectrum);

/* power [length/2 + 1]: share of bin k, at k / length of the sample rate, in the mean square of
 * samples [length]; a sine of amplitude a has about a^2 / 2 in the three bins around it, and steady
 * noise of mean square m has m over all bins. */
void reel_spectrum_power(float *power, reel_spectrum *spectrum, const float *samples);

#endif
