/* From video latents back to pixels. */
#include "model/video_vae/decoder.h"

#include "ops/activation.h"
#include "ops/elementwise.h"
#include "ops/patchify.h"
#include "ops/rms_norm.h"
#include "ops/slice.h"

static const float EPS = 1e-6f;

void reel_video_decoder_declare(reel_weights *set, reel_video_decoder *decoder,
                                const reel_video_vae_config *config)
{
    const int *width = config->decoder_width, *blocks = config->decoder_blocks;
    int patch = config->spatial_stride / 2;
    reel_linear_options edge = { .bias = 1, .init = REEL_INIT_LINEAR, .group = REEL_GROUP_EDGE };
    reel_weights_push(set, "decoder");
    reel_linear_declare(set, &decoder->latent, "latent", config->latent_channels, width[0], edge);
    reel_residual_blocks_declare(
        set, decoder->coarse, blocks[0], "coarse",
        &(reel_residual_block_options){ width[0], { 1, 3, 3 }, { 3, 1, 1 }, 1 });
    reel_linear_declare(set, &decoder->up, "up", width[0], 4 * width[1], edge);
    reel_residual_blocks_declare(
        set, decoder->fine, blocks[1], "fine",
        &(reel_residual_block_options){ width[1], { 1, 3, 3 }, { 1, 3, 3 }, 1 });
    reel_linear_declare(set, &decoder->frames, "frames", width[1],
                        config->temporal_stride * width[2], edge);
    reel_residual_blocks_declare(
        set, decoder->frame, blocks[2], "frame",
        &(reel_residual_block_options){ width[2], { 1, 3, 3 }, { 3, 1, 1 }, 1 });
    REEL_WEIGHT(set, &decoder->norm, "norm", REEL_INIT_ONE, REEL_GROUP_PLAIN, width[2]);
    reel_conv_declare(set, &decoder->pixels, "pixels", width[2], 3 * patch * patch,
                      (const int[]){ 1, 3, 3 }, REEL_INIT_LINEAR);
    reel_linear_declare(
        set, &decoder->direct, "direct", config->latent_channels,
        12 * config->temporal_stride * patch * patch,
        (reel_linear_options){ .bias = 0, .init = REEL_INIT_ZERO, .group = REEL_GROUP_EDGE });
    reel_weights_pop(set);
}

/* The first group is one frame, which the encoder saw `stride` times. */
static reel_tensor *drop_repeated(reel_rt *rt, reel_tensor *x, int stride, int is_first)
{
    return is_first ? reel_slice(rt, x, 1, stride - 1, x->dim[1] - (stride - 1)) : x;
}

/* The residual blocks of one stage, of a whole film or of a piece of it. */
static reel_tensor *stage(reel_rt *rt, const reel_residual_block *blocks, int count, reel_tensor *x,
                          const reel_residual_memory *memory, int is_first)
{
    return memory ? reel_residual_blocks_continue(rt, blocks, count, x, memory, is_first)
                  : reel_residual_blocks_forward(rt, blocks, count, x);
}

static reel_tensor *decode(reel_rt *rt, const reel_video_decoder *decoder,
                           const reel_video_vae_config *config, reel_tensor *latent,
                           const reel_video_decoder_memory *memory)
{
    const int stride = config->temporal_stride, patch = config->spatial_stride / 2;
    const int *blocks = config->decoder_blocks, is_first = !memory || memory->is_first;
    if (rt->status < 0 || latent->rank != 5 || latent->dim[4] != config->latent_channels) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE,
                                "video decoder: latent is %s, expected [B, Fl, Hl, Wl, %d]",
                                reel_shape(latent).text, config->latent_channels);
    }
    reel_scope_enter(rt, "video_decoder");
    reel_tensor *h = reel_linear(rt, latent, &decoder->latent);
    h = stage(rt, decoder->coarse, blocks[0], h, memory ? memory->coarse : NULL, is_first);
    h = reel_unpatchify(rt, reel_linear(rt, h, &decoder->up), 1, 2, 2);
    h = stage(rt, decoder->fine, blocks[1], h, memory ? memory->fine : NULL, is_first);
    h = reel_unpatchify(rt, reel_linear(rt, h, &decoder->frames), stride, 1, 1);
    h = drop_repeated(rt, h, stride, is_first);
    h = stage(rt, decoder->frame, blocks[2], h, memory ? memory->frame : NULL, is_first);
    h = reel_silu(rt, reel_rms_norm(rt, h, decoder->norm, EPS));
    h = reel_unpatchify(rt, reel_same_conv(rt, h, &decoder->pixels, 1), 1, patch, patch);
    reel_tensor *direct = reel_linear(rt, latent, &decoder->direct);
    direct = reel_unpatchify(rt, direct, stride, 2 * patch, 2 * patch);
    h = reel_add(rt, h, drop_repeated(rt, direct, stride, is_first));
    reel_scope_leave(rt);
    return h;
}

reel_tensor *reel_video_decoder_forward(reel_rt *rt, const reel_video_decoder *decoder,
                                        const reel_video_vae_config *config, reel_tensor *latent)
{
    return decode(rt, decoder, config, latent, NULL);
}

void reel_video_decoder_begin(reel_rt *rt, reel_video_decoder_memory *memory,
                              const reel_video_decoder *decoder,
                              const reel_video_vae_config *config, const int64_t cells[3])
{
    const int *blocks = config->decoder_blocks;
    const int64_t fine[3] = { cells[0], 2 * cells[1], 2 * cells[2] };
    memory->is_first = 1;
    reel_residual_memory_init(rt, memory->coarse, decoder->coarse, blocks[0], cells);
    reel_residual_memory_init(rt, memory->fine, decoder->fine, blocks[1], fine);
    reel_residual_memory_init(rt, memory->frame, decoder->frame, blocks[2], fine);
}

reel_tensor *reel_video_decoder_continue(reel_rt *rt, const reel_video_decoder *decoder,
                                         const reel_video_vae_config *config, reel_tensor *latent,
                                         reel_video_decoder_memory *memory)
{
    reel_tensor *pixels = decode(rt, decoder, config, latent, memory);
    memory->is_first = 0;
    return pixels;
}
