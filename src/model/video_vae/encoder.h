/* The encoder of the video VAE: causal in time, one step per latent frame from the start.
 *
 * The first frame is repeated in front until it fills a group of temporal_stride frames; every
 * group is then cut into patches of temporal_stride x (spatial_stride / 2)^2 pixels, and all layers
 * work on groups: space by 3 x 3 convolutions, time by convolutions that see the past alone. */
#ifndef REEL_MODEL_VIDEO_VAE_ENCODER_H
#define REEL_MODEL_VIDEO_VAE_ENCODER_H

#include "model/residual_block.h"
#include "model/video_vae/config.h"
#include "ops/linear.h"

enum { REEL_VIDEO_VAE_BLOCKS_MAX = 8 };

typedef struct {
    reel_linear_params patch; /* pixels of a patch -> fine width */
    reel_residual_block fine[REEL_VIDEO_VAE_BLOCKS_MAX];
    reel_linear_params down; /* 2 x 2 fine cells -> coarse width */
    reel_residual_block coarse[REEL_VIDEO_VAE_BLOCKS_MAX];
    reel_tensor *norm;          /* [coarse width] */
    reel_linear_params moments; /* -> 2C */
    reel_linear_params direct;  /* the pixels of a cell -> 2C, added: colours and slow gradients
                                   need no depth, and are learned at once */
} reel_video_encoder;

void reel_video_encoder_declare(reel_weights *set, reel_video_encoder *encoder,
                                const reel_video_vae_config *config);

/* pixels: [B, F, H, W, 3] in -1..1, F = 1 + n temporal_stride, H and W multiples of spatial_stride
 * returns [B, 1 + n, H / stride, W / stride, 2C]: means and log variances before squashing
 * fails   REEL_ERR_SHAPE (sticky in rt) */
reel_tensor *reel_video_encoder_forward(reel_rt *rt, const reel_video_encoder *encoder,
                                        const reel_video_vae_config *config, reel_tensor *pixels);

#endif
