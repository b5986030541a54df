/* The four matrices of an attention, with the normalisation of its queries and keys.
 *
 *     q = RoPE(RMSnorm_K(x Wq) * gq),   k = RoPE(RMSnorm_K(x Wk) * gk),   v = x Wv
 *
 * The norms run over each head of K elements (qk-norm: logits stay bounded however the weights
 * grow). q, k, v are separate matrices rather than one of [3D, D]: the optimiser then treats each
 * as a matrix of its own, and nothing has to be sliced. */
#ifndef REEL_MODEL_DIT_PROJECTIONS_H
#define REEL_MODEL_DIT_PROJECTIONS_H

#include "model/dit/config.h"
#include "ops/ops.h"

#define REEL_DIT_EPS 1e-6f

typedef struct {
    reel_linear_params q, k, v; /* [D, D] */
    reel_linear_params out;     /* [D, D] */
    reel_tensor *q_norm;        /* [K] */
    reel_tensor *k_norm;        /* [K] */
    int heads;
} reel_projections;

/* `out_init` is REEL_INIT_ZERO where a branch begins by adding nothing. */
void reel_projections_declare(reel_weights *set, reel_projections *p, const char *name,
                              const reel_dit_config *config, reel_init out_init);

/* x: [B, L, D];  angles: [L, K/2], or NULL for no rotation.  -> [B, L, D] */
reel_tensor *reel_projections_query(reel_rt *rt, const reel_projections *p, reel_tensor *x,
                                    reel_tensor *angles);
reel_tensor *reel_projections_key(reel_rt *rt, const reel_projections *p, reel_tensor *x,
                                  reel_tensor *angles);

/* Attention over `key_mask` ([B, Lk] or NULL), in 8 bits where the matrices are. */
reel_attention_options reel_projections_options(const reel_projections *p, reel_tensor *key_mask);

#endif
