/* One block of a tower: joint self-attention -> text cross-attention -> coupling of the towers ->
 * feed-forward.
 *
 * A dual-stream block has weights of its own for the text; in a single-stream block text and
 * tokens share them, so that [x ; text] passes through one set of weights. The coupling sits
 * between the two halves below, because it needs both towers. */
#ifndef REEL_MODEL_DIT_BLOCK_H
#define REEL_MODEL_DIT_BLOCK_H

#include "model/dit/feed_forward.h"
#include "model/dit/modulation.h"
#include "model/dit/self_attention.h"
#include "model/dit/text_cross_attention.h"

/* What one kind of token passes through. */
typedef struct {
    reel_tensor *modulation; /* [6 D], the block's table */
    reel_projections self_attention;
    reel_feed_forward feed_forward;
} reel_block_side;

typedef struct {
    reel_block_side x;
    reel_block_side text; /* a dual-stream block's; in a single-stream block x serves both */
    reel_projections text_cross_attention;
    int is_dual, has_text_cross_attention;
} reel_dit_block;

/* What all blocks of a tower share. */
typedef struct {
    reel_tensor *x_modulation, *text_modulation; /* [B, 6 D] */
    reel_tensor *angles;                         /* [L, K/2] */
    reel_tensor *key_mask;                       /* [B, L + Lt] or NULL */
    reel_tensor *text_mask;                      /* [B, Lt] or NULL */
} reel_block_context;

/* The tokens between the two halves. */
typedef struct {
    reel_dit_tokens tokens;
    reel_modulation x_feed_forward, text_feed_forward;
} reel_block_state;

void reel_dit_block_declare(reel_weights *set, reel_dit_block *p, const reel_dit_config *config,
                            int is_dual);

/* `is_last`: no block follows, so the text is only read. Tokens are given away: those of the result
 * take their place. */
reel_block_state reel_dit_block_attend(reel_rt *rt, const reel_dit_block *p, reel_dit_tokens h,
                                       const reel_block_context *context, int is_last);
reel_dit_tokens reel_dit_block_feed_forward(reel_rt *rt, const reel_dit_block *p,
                                            reel_block_state state, int is_last);

#endif
