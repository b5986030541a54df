/* The decoder of the audio VAE: latents -> residual blocks -> frames_per_latent frames each ->
 * residual blocks -> loudness of every bin of both channels. Phases are the vocoder's business. */
#ifndef REEL_MODEL_AUDIO_VAE_DECODER_H
#define REEL_MODEL_AUDIO_VAE_DECODER_H

#include "model/audio_vae/config.h"
#include "model/audio_vae/encoder.h"
#include "model/residual_block.h"
#include "ops/linear.h"

typedef struct {
    reel_linear_params input; /* C -> latent width */
    reel_residual_block latent[REEL_AUDIO_VAE_BLOCKS_MAX];
    reel_linear_params up; /* latent width -> frames_per_latent frames */
    reel_residual_block frame[REEL_AUDIO_VAE_BLOCKS_MAX];
    reel_tensor *norm;           /* [frame width] */
    reel_linear_params loudness; /* frame width -> 2 * bins */
    reel_linear_params direct;   /* C -> the bins of a latent's frames, added; the encoder's
                                    counterpart */
} reel_audio_decoder;

void reel_audio_decoder_declare(reel_weights *set, reel_audio_decoder *decoder,
                                const reel_audio_vae_config *config);

/* latent: [B, La, C], as the encoder's means (not normalised)
 * returns [B, La * frames_per_latent, 2 * bins]: loudness, left then right */
reel_tensor *reel_audio_decoder_forward(reel_rt *rt, const reel_audio_decoder *decoder,
                                        const reel_audio_vae_config *config, reel_tensor *latent);

/* Latents to either side that a frame depends on. */
int64_t reel_audio_decoder_reach(const reel_audio_vae_config *config);

/* The frames of latents [first, first + count) of a long sound: the same numbers as those of the
 * whole, in the memory of `count` latents and the reach to either side. */
reel_tensor *reel_audio_decoder_part(reel_rt *rt, const reel_audio_decoder *decoder,
                                     const reel_audio_vae_config *config, reel_tensor *latent,
                                     int64_t first, int64_t count);

#endif
