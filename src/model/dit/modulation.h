/* Modulation by the noise level (adaLN-single, Chen et al. 2023, "PixArt-alpha", section 2.3): one
 * matrix per tower for all blocks, plus a small learned table per block.
 *
 *     m = silu(temb) W + b + table_block        six vectors of D: shift, scale, gate of the
 *     branch: x += gate * f(norm(x) * (1 + scale) + shift)   self-attention, then feed-forward
 *
 * Everything starts at zero: a fresh block adds nothing. */
#ifndef REEL_MODEL_DIT_MODULATION_H
#define REEL_MODEL_DIT_MODULATION_H

#include "model/dit/config.h"
#include "ops/ops.h"

typedef struct {
    reel_tensor *shift, *scale, *gate; /* [B, D] */
} reel_modulation;

typedef struct {
    reel_modulation self_attention, feed_forward;
} reel_block_modulation;

/* The shared matrix: [6 D, D]. */
void reel_modulation_declare_shared(reel_weights *set, reel_linear_params *p, const char *name,
                                    const reel_dit_config *config);
/* The table of a block: [6 D]. */
void reel_modulation_declare_table(reel_weights *set, reel_tensor **table,
                                   const reel_dit_config *config);

/* temb: [B, D].  -> [B, 6 D] */
reel_tensor *reel_modulation_shared(reel_rt *rt, const reel_linear_params *p, reel_tensor *temb);
reel_block_modulation reel_modulation_of_block(reel_rt *rt, reel_tensor *shared,
                                               reel_tensor *table);

/* RMSnorm(x) * (1 + scale) + shift;  x: [B, L, D] */
reel_tensor *reel_modulated_norm(reel_rt *rt, reel_tensor *x, const reel_modulation *m);

#endif
