/* Joint self-attention of a tower: tokens and text attend to [tokens ; text] in one softmax.
 *
 *     K = [k(x) ; k(text)],  V = [v(x) ; v(text)]
 *     dx = softmax(q(x) K^T / sqrt(K)) V Wout,   dtext likewise with q(text)
 *
 * Tokens are rotated by their place, text stands at rotation 0. In a dual-stream block both sides
 * have their own projections, in a single-stream block they share them. */
#ifndef REEL_MODEL_DIT_SELF_ATTENTION_H
#define REEL_MODEL_DIT_SELF_ATTENTION_H

#include "model/dit/projections.h"

typedef struct {
    reel_tensor *x;    /* [B, L, D] */
    reel_tensor *text; /* [B, Lt, D] */
} reel_dit_tokens;

typedef struct {
    const reel_projections *x, *text;
    reel_tensor *angles;   /* [L, K/2] */
    reel_tensor *key_mask; /* [B, L + Lt], 1 = attend, or NULL */
    int text_is_read;      /* 0: nobody needs the text's result, it is left NULL */
} reel_self_attention;

/* `normed` has been normalised and modulated. Returns what is to be gated and added. */
reel_dit_tokens reel_self_attention_forward(reel_rt *rt, const reel_self_attention *p,
                                            reel_dit_tokens normed);

#endif
