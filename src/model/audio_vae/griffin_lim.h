/* Phases for magnitudes: the fast Griffin-Lim algorithm (Perraudin, Balazs and Sondergaard 2013,
 * "A fast Griffin-Lim algorithm").
 *
 *     c_n = P_C1(P_C2(t_(n-1))),    t_n = c_n + alpha (c_n - c_(n-1)),    alpha = 0.99
 *
 * where P_C2 sets the magnitudes and P_C1 goes to the waveform and back. */
#ifndef REEL_MODEL_AUDIO_VAE_GRIFFIN_LIM_H
#define REEL_MODEL_AUDIO_VAE_GRIFFIN_LIM_H

#include "model/audio_vae/stft.h"

/* magnitude: [B, N, bins];  start: [B, N, 2 * bins], its phases are where to start from
 * returns    [B, N, 2 * bins]: a spectrum whose phases fit the magnitudes; its own magnitudes are
 *            only near them. Not recorded: no gradient comes back. Memory does not grow with the
 *            iterations. */
reel_tensor *reel_griffin_lim(reel_rt *rt, const reel_stft *stft, reel_tensor *magnitude,
                              reel_tensor *start, int iterations);

#endif
