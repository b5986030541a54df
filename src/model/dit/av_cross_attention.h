/* Audio <-> video cross-attention.
 *
 *     a' = a + attend(queries = a, keys and values = v)
 *     v' = v + attend(queries = v, keys and values = a')      (the updated sound)
 *
 * Tokens meet on one clock: queries and keys are rotated by their time in seconds, and the logits
 * of head h get the bias -(t_q - t_k)^2 / (2 sigma_h^2), so that a head sees about sigma_h seconds
 * around its own moment. Without sigmas in the config there is no bias. Output projections start
 * at zero: a joint model begins as its two unimodal parents.
 *
 * The order (sound first) is kept by reel_coupling_forward(); here is one direction. */
#ifndef REEL_MODEL_DIT_AV_CROSS_ATTENTION_H
#define REEL_MODEL_DIT_AV_CROSS_ATTENTION_H

#include "model/dit/projections.h"
#include "model/dit/rope_positions.h"

/* One tower seen from the other. */
typedef struct {
    reel_tensor *normed; /* [B, L, D], RMS-normalised */
    const reel_dit_positions *positions;
    reel_tensor *key_mask; /* [B, L], 1 = attend, or NULL */
} reel_av_side;

/* time_sigma: [H] seconds, or NULL.  -> [B, L of `to`, D], to be added to the stream `to` */
reel_tensor *reel_av_cross_attention_forward(reel_rt *rt, const reel_projections *p,
                                             const reel_av_side *to, const reel_av_side *from,
                                             reel_tensor *time_sigma);

#endif
