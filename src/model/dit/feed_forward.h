/* Feed-forward of a block:  y = gelu(x W1 + b1) W2 + b2  (tanh form of gelu). */
#ifndef REEL_MODEL_DIT_FEED_FORWARD_H
#define REEL_MODEL_DIT_FEED_FORWARD_H

#include "model/dit/config.h"
#include "ops/ops.h"

typedef struct {
    reel_linear_params up;   /* [ratio * D, D] */
    reel_linear_params down; /* [D, ratio * D] */
} reel_feed_forward;

void reel_feed_forward_declare(reel_weights *set, reel_feed_forward *p,
                               const reel_dit_config *config);

/* x: [B, L, D], normalised and modulated.  -> [B, L, D], to be gated and added */
reel_tensor *reel_feed_forward_forward(reel_rt *rt, const reel_feed_forward *p, reel_tensor *x);

#endif
