/* The short-time Fourier transform with a Hann window, as linear layers of constant weights.
 *
 * Frame n is centred on sample (n + 1/2) hop of the signal, which is thought to be silent outside
 * of its S samples: exactly S / hop frames, so that frames and latents tile the sound. A spectrum
 * is [B, N, 2 * bins], real parts first; a sine of amplitude 1 on a bin has magnitude 1. */
#ifndef REEL_MODEL_AUDIO_VAE_STFT_H
#define REEL_MODEL_AUDIO_VAE_STFT_H

#include "ops/linear.h"

typedef struct {
    int window, hop, bins;
    reel_linear_params analysis;  /* [2 * bins, window] */
    reel_linear_params synthesis; /* [window, 2 * bins] */
    reel_weights constants;       /* holds both; never saved, never trained */
} reel_stft;

/* window: a multiple of 2 hop. Owned by the caller, released with reel_stft_deinit(). */
reel_status reel_stft_init(reel_stft *stft, int window, int hop);
void reel_stft_deinit(reel_stft *stft);

/* waveform: [B, S], S a multiple of hop  ->  [B, S / hop, 2 * bins] */
reel_tensor *reel_stft_spectrum(reel_rt *rt, const reel_stft *stft, reel_tensor *waveform);

/* spectrum: [B, N, 2 * bins]  ->  [B, N * hop]: the signal whose transform is nearest to it in the
 * least squares sense (Griffin and Lim 1984, equation 6). */
reel_tensor *reel_stft_waveform(reel_rt *rt, const reel_stft *stft, reel_tensor *spectrum);

#endif
