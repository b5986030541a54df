/* Latents to tokens and back.
 *
 *     in:   x = patches Wpatch + b + features Wposition     (the model's input channels are
 *                                                            noisy latent, condition latent, mask)
 *     out:  v = (RMSnorm(x) (1 + scale) + shift) Wout + b,  shift, scale = temb + table
 *
 * The position features are sines and cosines of mean square 1/2, their matrix starts with
 * variance 1 / P: positions enter with a standard deviation of about 0.7, beside tokens of about
 * the same size. Weaker positions are hidden by the norms that follow. Wout starts at zero. */
#ifndef REEL_MODEL_DIT_PATCHIFY_H
#define REEL_MODEL_DIT_PATCHIFY_H

#include "model/dit/modulation.h"
#include "model/dit/rope_positions.h"

typedef struct {
    reel_linear_params patch;    /* [D, p p (2C + 1)] */
    reel_linear_params position; /* [D, P], no bias */
} reel_patch_in;

typedef struct {
    reel_tensor *shift, *scale; /* [D], the table; zero-initialised */
    reel_linear_params out;     /* [p p C, D], zero-initialised */
} reel_patch_out;

/* `patch` is 1 for sound. */
void reel_patch_in_declare(reel_weights *set, reel_patch_in *p, const reel_dit_config *config,
                           int64_t channels, int patch, int64_t position_features);
void reel_patch_out_declare(reel_weights *set, reel_patch_out *p, const reel_dit_config *config,
                            int64_t channels, int patch);

/* input: [B, F, H, W, 2C+1];  features: [L, P].  -> [B, L, D] */
reel_tensor *reel_patchify_tokens(reel_rt *rt, const reel_patch_in *p, reel_tensor *input,
                                  int patch, reel_tensor *features);

/* x: [B, L, D];  temb: [B, D].  -> [B, F, H, W, C] without the references' frames */
reel_tensor *reel_unpatchify_tokens(reel_rt *rt, const reel_patch_out *p, reel_tensor *x,
                                    reel_tensor *temb, const reel_dit_grid *grid, int patch);

#endif
