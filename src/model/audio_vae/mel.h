/* Mel bands: triangles on the mel scale (2595 log10(1 + f / 700), O'Shaughnessy 1987), as a linear
 * layer of constant weights from the bins of a magnitude spectrum. */
#ifndef REEL_MODEL_AUDIO_VAE_MEL_H
#define REEL_MODEL_AUDIO_VAE_MEL_H

#include "ops/linear.h"

typedef struct {
    int bands, bins, sample_rate;
    double low, high; /* Hz: where the first band begins and the last one ends */
} reel_mel_options;

typedef struct {
    reel_linear_params filters; /* [bands, bins]; every row sums to 1, none is empty */
    reel_weights constants;     /* never saved, never trained */
} reel_mel;

/* Owned by the caller, released with reel_mel_deinit(). */
reel_status reel_mel_init(reel_mel *mel, const reel_mel_options *options);
void reel_mel_deinit(reel_mel *mel);

#endif
