/* One block of the text encoder:
 *
 *     x += Attn(RMSnorm(x)) ,   x += SwiGLU(RMSnorm(x))
 *
 * Attention is bidirectional; queries and keys are rotated by their index. */
#ifndef REEL_MODEL_ENCODER_BLOCK_H
#define REEL_MODEL_ENCODER_BLOCK_H

#include "model/text_encoder/config.h"
#include "ops/ops.h"

#define REEL_TEXT_EPS 1e-6f

typedef struct {
    reel_tensor *attention_norm, *feed_forward_norm; /* [Dt] */
    reel_linear_params q, k, v, out;                 /* [Dt, Dt], no bias */
    reel_linear_params up;                           /* [2 hidden, Dt], no bias */
    reel_linear_params down;                         /* [Dt, hidden], no bias */
    int heads;
} reel_encoder_block;

void reel_encoder_block_declare(reel_weights *set, reel_encoder_block *p,
                                const reel_text_encoder_config *config);

/* x: [B, Lt, Dt];  mask: [B, Lt] or NULL;  angles: [Lt, Dt / heads / 2].  -> [B, Lt, Dt] */
reel_tensor *reel_encoder_block_forward(reel_rt *rt, const reel_encoder_block *p, reel_tensor *x,
                                        reel_tensor *mask, reel_tensor *angles);

#endif
