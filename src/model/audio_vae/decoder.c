/* From audio latents to the loudness of every bin. */
#include "model/audio_vae/decoder.h"

#include "ops/activation.h"
#include "ops/elementwise.h"
#include "ops/rms_norm.h"
#include "ops/slice.h"
#include "tensor/reuse.h"

static const float EPS = 1e-6f;

void reel_audio_decoder_declare(reel_weights *set, reel_audio_decoder *decoder,
                                const reel_audio_vae_config *config)
{
    int latent = config->decoder_width[0], frame = config->decoder_width[1];
    reel_linear_options edge = { .bias = 1, .init = REEL_INIT_LINEAR, .group = REEL_GROUP_EDGE };
    reel_weights_push(set, "decoder");
    reel_linear_declare(set, &decoder->input, "input", config->latent_channels, latent, edge);
    reel_residual_blocks_declare(
        set, decoder->latent, config->decoder_blocks[0], "latent",
        &(reel_residual_block_options){ latent, { 3, 1, 1 }, { 3, 1, 1 }, 0 });
    reel_linear_declare(set, &decoder->up, "up", latent, config->frames_per_latent * frame, edge);
    reel_residual_blocks_declare(
        set, decoder->frame, config->decoder_blocks[1], "frame",
        &(reel_residual_block_options){ frame, { 3, 1, 1 }, { 3, 1, 1 }, 0 });
    REEL_WEIGHT(set, &decoder->norm, "norm", REEL_INIT_ONE, REEL_GROUP_PLAIN, frame);
    reel_linear_declare(set, &decoder->loudness, "loudness", frame, 2 * reel_audio_vae_bins(config),
                        edge);
    reel_linear_declare(
        set, &decoder->direct, "direct", config->latent_channels,
        2 * reel_audio_vae_bins(config) * config->frames_per_latent,
        (reel_linear_options){ .bias = 0, .init = REEL_INIT_ZERO, .group = REEL_GROUP_EDGE });
    reel_weights_pop(set);
}

reel_tensor *reel_audio_decoder_forward(reel_rt *rt, const reel_audio_decoder *decoder,
                                        const reel_audio_vae_config *config, reel_tensor *latent)
{
    int width = config->decoder_width[1];
    if (rt->status < 0 || latent->rank != 3 || latent->dim[2] != config->latent_channels) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE,
                                "audio decoder: latent is %s, expected [B, La, %d]",
                                reel_shape(latent).text, config->latent_channels);
    }
    int64_t batch = latent->dim[0], steps = latent->dim[1];
    int64_t frames = steps * config->frames_per_latent;
    reel_scope_enter(rt, "audio_decoder");
    reel_tensor *h = reel_linear(rt, latent, &decoder->input);
    h = REEL_VIEW(rt, h, batch, steps, 1, 1, config->decoder_width[0]);
    h = reel_residual_blocks_forward(rt, decoder->latent, config->decoder_blocks[0], h);
    h = reel_linear(rt, h, &decoder->up);
    h = REEL_VIEW(rt, h, batch, frames, 1, 1, width);
    h = reel_residual_blocks_forward(rt, decoder->frame, config->decoder_blocks[1], h);
    h = REEL_VIEW(rt, h, batch, frames, width);
    h = reel_silu(rt, reel_rms_norm(rt, h, decoder->norm, EPS));
    reel_tensor *loudness = reel_linear(rt, h, &decoder->loudness);
    reel_tensor *direct = reel_linear(rt, latent, &decoder->direct);
    h = reel_add(rt, loudness, REEL_VIEW(rt, direct, batch, frames, loudness->dim[2]));
    REEL_DROP(rt, loudness, direct);
    reel_scope_leave(rt);
    return h;
}

/* Every block has two convolutions of three taps. */
int64_t reel_audio_decoder_reach(const reel_audio_vae_config *config)
{
    const int64_t frames = 2 * config->decoder_blocks[1], per_latent = config->frames_per_latent;
    return 2 * config->decoder_blocks[0] + (frames + per_latent - 1) / per_latent;
}

reel_tensor *reel_audio_decoder_part(reel_rt *rt, const reel_audio_decoder *decoder,
                                     const reel_audio_vae_config *config, reel_tensor *latent,
                                     int64_t first, int64_t count)
{
    if (rt->status < 0 || latent->rank != 3) {
        return reel_audio_decoder_forward(rt, decoder, config, latent);
    }
    const int64_t reach = reel_audio_decoder_reach(config), per_latent = config->frames_per_latent;
    const int64_t begin = first > reach ? first - reach : 0, behind = first + count + reach;
    const int64_t end = behind < latent->dim[1] ? behind : latent->dim[1];
    reel_tensor *around = reel_slice(rt, latent, 1, begin, end - begin);
    reel_tensor *frames = reel_audio_decoder_forward(rt, decoder, config, around);
    reel_tensor *part = reel_slice(rt, frames, 1, (first - begin) * per_latent, count * per_latent);
    REEL_DROP(rt, frames);
    return part;
}
