/* The encoder of the audio VAE: mel loudness of both channels -> residual blocks at the frame rate
 * -> one step per latent -> residual blocks -> moments. It sees some frames to both sides. */
#ifndef REEL_MODEL_AUDIO_VAE_ENCODER_H
#define REEL_MODEL_AUDIO_VAE_ENCODER_H

#include "model/audio_vae/config.h"
#include "model/residual_block.h"
#include "ops/linear.h"

enum { REEL_AUDIO_VAE_BLOCKS_MAX = 8 };

typedef struct {
    reel_linear_params mel; /* 2 * mel_bands -> frame width */
    reel_residual_block frame[REEL_AUDIO_VAE_BLOCKS_MAX];
    reel_linear_params down; /* frames_per_latent frames -> latent width */
    reel_residual_block latent[REEL_AUDIO_VAE_BLOCKS_MAX];
    reel_tensor *norm;          /* [latent width] */
    reel_linear_params moments; /* -> 2C */
    reel_linear_params direct;  /* the bands of a latent's frames -> 2C, added: levels and slopes
                                   need no depth, and are learned at once */
} reel_audio_encoder;

void reel_audio_encoder_declare(reel_weights *set, reel_audio_encoder *encoder,
                                const reel_audio_vae_config *config);

/* mel: [B, N, 2 * mel_bands] loudness, left then right; N a multiple of frames_per_latent
 * returns [B, N / frames_per_latent, 2C]: means and log variances before squashing */
reel_tensor *reel_audio_encoder_forward(reel_rt *rt, const reel_audio_encoder *encoder,
                                        const reel_audio_vae_config *config, reel_tensor *mel);

#endif
