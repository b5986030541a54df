/* From pixels to the moments of the video latent. */
#include "model/video_vae/encoder.h"

#include "ops/activation.h"
#include "ops/concat.h"
#include "ops/elementwise.h"
#include "ops/patchify.h"
#include "ops/rms_norm.h"
#include "ops/slice.h"

static const float EPS = 1e-6f;

void reel_video_encoder_declare(reel_weights *set, reel_video_encoder *encoder,
                                const reel_video_vae_config *config)
{
    int patch = config->spatial_stride / 2, fine = config->encoder_width[0];
    int coarse = config->encoder_width[1];
    reel_linear_options edge = { .bias = 1, .init = REEL_INIT_LINEAR, .group = REEL_GROUP_EDGE };
    reel_weights_push(set, "encoder");
    reel_linear_declare(set, &encoder->patch, "patch", 3 * config->temporal_stride * patch * patch,
                        fine, edge);
    reel_residual_blocks_declare(
        set, encoder->fine, config->encoder_blocks[0], "fine",
        &(reel_residual_block_options){ fine, { 1, 3, 3 }, { 1, 3, 3 }, 1 });
    reel_linear_declare(set, &encoder->down, "down", 4 * fine, coarse, edge);
    reel_residual_blocks_declare(
        set, encoder->coarse, config->encoder_blocks[1], "coarse",
        &(reel_residual_block_options){ coarse, { 1, 3, 3 }, { 3, 1, 1 }, 1 });
    REEL_WEIGHT(set, &encoder->norm, "norm", REEL_INIT_ONE, REEL_GROUP_PLAIN, coarse);
    reel_linear_declare(set, &encoder->moments, "moments", coarse, 2 * config->latent_channels,
                        edge);
    reel_linear_declare(set, &encoder->direct, "direct",
                        12 * config->temporal_stride * patch * patch, 2 * config->latent_channels,
                        edge);
    reel_weights_pop(set);
}

/* Frame 0 in front as often as the first group lacks frames. */
static reel_tensor *fill_first_group(reel_rt *rt, reel_tensor *x, int missing)
{
    int64_t batch = x->dim[0], frame = x->dim[2] * x->dim[3] * x->dim[4];
    if (missing == 0 || rt->status < 0) {
        return x;
    }
    reel_tensor *first = REEL_VIEW(rt, reel_slice(rt, x, 1, 0, 1), batch, 1, frame);
    first = REEL_VIEW(rt, reel_repeat(rt, first, missing), batch, missing, x->dim[2], x->dim[3],
                      x->dim[4]);
    return reel_concat(rt, first, x, 1);
}

static int pixels_fit(const reel_tensor *x, const reel_video_vae_config *config)
{
    int stride = config->spatial_stride;
    return x->rank == 5 && x->dim[4] == 3 && x->dim[1] >= 1 &&
           (x->dim[1] - 1) % config->temporal_stride == 0 && x->dim[2] % stride == 0 &&
           x->dim[3] % stride == 0;
}

reel_tensor *reel_video_encoder_forward(reel_rt *rt, const reel_video_encoder *encoder,
                                        const reel_video_vae_config *config, reel_tensor *pixels)
{
    int stride = config->temporal_stride, patch = config->spatial_stride / 2;
    if (rt->status < 0 || !pixels_fit(pixels, config)) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE,
                                "video encoder: pixels are %s, expected [B, 1 + n * %d, H, W, 3] "
                                "with H and W multiples of %d",
                                reel_shape(pixels).text, stride, config->spatial_stride);
    }
    reel_scope_enter(rt, "video_encoder");
    reel_tensor *x = fill_first_group(rt, pixels, stride - 1);
    reel_tensor *h = reel_linear(rt, reel_patchify(rt, x, stride, patch, patch), &encoder->patch);
    h = reel_residual_blocks_forward(rt, encoder->fine, config->encoder_blocks[0], h);
    h = reel_linear(rt, reel_patchify(rt, h, 1, 2, 2), &encoder->down);
    h = reel_residual_blocks_forward(rt, encoder->coarse, config->encoder_blocks[1], h);
    h = reel_silu(rt, reel_rms_norm(rt, h, encoder->norm, EPS));
    h = reel_linear(rt, h, &encoder->moments);
    x = reel_patchify(rt, x, stride, 2 * patch, 2 * patch);
    h = reel_add(rt, h, reel_linear(rt, x, &encoder->direct));
    reel_scope_leave(rt);
    return h;
}
