/* The audio VAE: stereo sound <-> a short sequence of latents, by way of magnitude spectra. See
 * config.h for the sizes, encoder.h and decoder.h for the layers, vocoder.h for the way back to
 * sound. Latent j covers samples [j P, (j + 1) P), P = hop * frames_per_latent. */
#ifndef REEL_MODEL_AUDIO_VAE_H
#define REEL_MODEL_AUDIO_VAE_H

#include "model/audio_vae/decoder.h"
#include "model/audio_vae/encoder.h"
#include "model/audio_vae/mel.h"
#include "model/audio_vae/stft.h"
#include "model/audio_vae/vocoder.h"
#include "model/latent_stats.h"
#include "model/posterior.h"

typedef struct {
    reel_audio_vae_config config;
    reel_stft stft;
    reel_mel mel;
    reel_audio_encoder encoder;
    reel_audio_decoder decoder;
    reel_latent_stats stats;
    reel_weights weights;
} reel_audio_vae;

/* Declare and allocate all weights; they are zero until loaded or randomised. Owned by the caller,
 * released with reel_audio_vae_deinit(); nothing is held on failure. */
reel_status reel_audio_vae_init(reel_audio_vae *vae, const reel_audio_vae_config *config);
void reel_audio_vae_deinit(reel_audio_vae *vae);

/* The same from a file written by reel_audio_vae_save(). Errors name the path. */
reel_status reel_audio_vae_open(reel_audio_vae *vae, const char *path);
reel_status reel_audio_vae_save(const reel_audio_vae *vae, const char *path, reel_dtype stored);

/* --- whole codec; failures are sticky in rt ------------------------------------------------ */

/* waveform: [B, 2, S] in -1..1, any S >= 1 (silence fills the last latent)
 * returns   the normalised latent [B, La, C], La = S / P rounded up, about unit variance */
reel_tensor *reel_audio_vae_encode(reel_rt *rt, const reel_audio_vae *vae, reel_tensor *waveform);

/* latent: normalised [B, La, C]; samples in 1 .. La * P
 * returns [B, 2, samples], about -1..1, not clamped, silent at both ends within 2 ms */
reel_tensor *reel_audio_vae_decode(reel_rt *rt, const reel_audio_vae *vae, reel_tensor *latent,
                                   int64_t samples);

/* --- the same in pieces, in memory that does not grow with the sound but for its latents ---------
 */

typedef struct {
    const reel_audio_vae *vae;
    reel_tensor *latent;   /* [B, La, C], not normalised */
    int64_t next;          /* latent */
    int64_t samples, done; /* asked for, returned */
    reel_vocoder_memory vocoder;
} reel_audio_decoding;

/* Arguments as above. What is kept between pieces comes from the arena of rt; `vae` is borrowed. */
void reel_audio_decoding_begin(reel_rt *rt, reel_audio_decoding *d, const reel_audio_vae *vae,
                               reel_tensor *latent, int64_t samples);
/* -> [B, 2, n]: samples [done, done + n), which are those of reel_audio_vae_decode(). Not recorded.
 * Call it while done < samples and rt has not failed. */
reel_tensor *reel_audio_decoding_next(reel_rt *rt, reel_audio_decoding *d);

/* --- its steps, for training --------------------------------------------------------------- */

/* [B, 2, S] -> magnitudes [B, N, 2 * bins], left then right, N = La * frames_per_latent */
reel_tensor *reel_audio_vae_magnitudes(reel_rt *rt, const reel_audio_vae *vae,
                                       reel_tensor *waveform);
/* magnitudes -> mel loudness [B, N, 2 * mel_bands] */
reel_tensor *reel_audio_vae_mel(reel_rt *rt, const reel_audio_vae *vae, reel_tensor *magnitudes);
/* mel loudness -> distribution of the latent (not normalised) */
reel_posterior reel_audio_vae_posterior(reel_rt *rt, const reel_audio_vae *vae, reel_tensor *mel);

#endif
