/* The decoder of the video VAE: the encoder mirrored, somewhat wider, with a last stage that works
 * on single frames. Causal like the encoder: a frame never depends on latents after its own. */
#ifndef REEL_MODEL_VIDEO_VAE_DECODER_H
#define REEL_MODEL_VIDEO_VAE_DECODER_H

#include "model/residual_block.h"
#include "model/video_vae/config.h"
#include "model/video_vae/encoder.h"
#include "ops/linear.h"

typedef struct {
    reel_linear_params latent; /* C -> coarse width */
    reel_residual_block coarse[REEL_VIDEO_VAE_BLOCKS_MAX];
    reel_linear_params up; /* coarse width -> 2 x 2 fine cells */
    reel_residual_block fine[REEL_VIDEO_VAE_BLOCKS_MAX];
    reel_linear_params frames; /* fine width -> temporal_stride frames */
    reel_residual_block frame[REEL_VIDEO_VAE_BLOCKS_MAX];
    reel_tensor *norm;         /* [frame width] */
    reel_conv_params pixels;   /* 3 x 3, frame width -> the pixels of a patch */
    reel_linear_params direct; /* C -> the pixels of a cell, added; the encoder's counterpart */
} reel_video_decoder;

void reel_video_decoder_declare(reel_weights *set, reel_video_decoder *decoder,
                                const reel_video_vae_config *config);

/* latent: [B, Fl, Hl, Wl, C], as the encoder's means (not normalised)
 * returns [B, 1 + (Fl - 1) temporal_stride, H, W, 3], about -1..1, not clamped */
reel_tensor *reel_video_decoder_forward(reel_rt *rt, const reel_video_decoder *decoder,
                                        const reel_video_vae_config *config, reel_tensor *latent);

/* --- a film in pieces: as many latent frames at a time as one likes, in order ---------------- */

typedef struct {
    reel_residual_memory coarse[REEL_VIDEO_VAE_BLOCKS_MAX], fine[REEL_VIDEO_VAE_BLOCKS_MAX],
        frame[REEL_VIDEO_VAE_BLOCKS_MAX];
    int is_first; /* nothing came yet */
} reel_video_decoder_memory;

/* Room in the arena of rt for films whose latents are [B, any, Hl, Wl, C]; `cells` is B, Hl, Wl. */
void reel_video_decoder_begin(reel_rt *rt, reel_video_decoder_memory *memory,
                              const reel_video_decoder *decoder,
                              const reel_video_vae_config *config, const int64_t cells[3]);

/* latent: the next latent frames; returns their pixel frames, those of the whole film: each is made
 * of the same numbers in the same order. No gradient comes back. Memory taken from rt may be
 * released between two pieces, down to where reel_video_decoder_begin() has left it. */
reel_tensor *reel_video_decoder_continue(reel_rt *rt, const reel_video_decoder *decoder,
                                         const reel_video_vae_config *config, reel_tensor *latent,
                                         reel_video_decoder_memory *memory);

#endif
