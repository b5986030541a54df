/* From mel loudness to the moments of the audio latent. */
#include "model/audio_vae/encoder.h"

#include "ops/activation.h"
#include "ops/elementwise.h"
#include "ops/rms_norm.h"

static const float EPS = 1e-6f;

void reel_audio_encoder_declare(reel_weights *set, reel_audio_encoder *encoder,
                                const reel_audio_vae_config *config)
{
    int frame = config->encoder_width[0], latent = config->encoder_width[1];
    reel_linear_options edge = { .bias = 1, .init = REEL_INIT_LINEAR, .group = REEL_GROUP_EDGE };
    reel_weights_push(set, "encoder");
    reel_linear_declare(set, &encoder->mel, "mel", 2 * config->mel_bands, frame, edge);
    reel_residual_blocks_declare(
        set, encoder->frame, config->encoder_blocks[0], "frame",
        &(reel_residual_block_options){ frame, { 3, 1, 1 }, { 3, 1, 1 }, 0 });
    reel_linear_declare(set, &encoder->down, "down", config->frames_per_latent * frame, latent,
                        edge);
    reel_residual_blocks_declare(
        set, encoder->latent, config->encoder_blocks[1], "latent",
        &(reel_residual_block_options){ latent, { 3, 1, 1 }, { 3, 1, 1 }, 0 });
    REEL_WEIGHT(set, &encoder->norm, "norm", REEL_INIT_ONE, REEL_GROUP_PLAIN, latent);
    reel_linear_declare(set, &encoder->moments, "moments", latent, 2 * config->latent_channels,
                        edge);
    reel_linear_declare(set, &encoder->direct, "direct",
                        2 * config->mel_bands * config->frames_per_latent,
                        2 * config->latent_channels, edge);
    reel_weights_pop(set);
}

reel_tensor *reel_audio_encoder_forward(reel_rt *rt, const reel_audio_encoder *encoder,
                                        const reel_audio_vae_config *config, reel_tensor *mel)
{
    int group = config->frames_per_latent, width = config->encoder_width[0];
    if (rt->status < 0 || mel->rank != 3 || mel->dim[1] % group != 0) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE,
                                "audio encoder: mel is %s, expected [B, N, %d], N a multiple of %d",
                                reel_shape(mel).text, 2 * config->mel_bands, group);
    }
    int64_t batch = mel->dim[0], frames = mel->dim[1], latents = frames / group;
    reel_scope_enter(rt, "audio_encoder");
    reel_tensor *h = reel_linear(rt, mel, &encoder->mel);
    h = REEL_VIEW(rt, h, batch, frames, 1, 1, width);
    h = reel_residual_blocks_forward(rt, encoder->frame, config->encoder_blocks[0], h);
    h = REEL_VIEW(rt, h, batch, latents, 1, 1, group * width);
    h = reel_linear(rt, h, &encoder->down);
    h = reel_residual_blocks_forward(rt, encoder->latent, config->encoder_blocks[1], h);
    h = REEL_VIEW(rt, h, batch, latents, config->encoder_width[1]);
    h = reel_silu(rt, reel_rms_norm(rt, h, encoder->norm, EPS));
    h = reel_linear(rt, h, &encoder->moments);
    mel = REEL_VIEW(rt, mel, batch, latents, group * mel->dim[2]);
    h = reel_add(rt, h, reel_linear(rt, mel, &encoder->direct));
    reel_scope_leave(rt);
    return h;
}
