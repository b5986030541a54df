/* Text cross-attention: the tokens read the text once more, alone, so that it is not diluted among
 * hundreds of tokens.
 *
 *     x += softmax(q(x) k(text)^T / sqrt(K)) v(text) Wout       (Wout starts at zero)
 *
 * No rotation on either side. */
#ifndef REEL_MODEL_DIT_TEXT_CROSS_ATTENTION_H
#define REEL_MODEL_DIT_TEXT_CROSS_ATTENTION_H

#include "model/dit/projections.h"

/* x: [B, L, D];  text: [B, Lt, D];  text_mask: [B, Lt] or NULL.  -> the new x */
reel_tensor *reel_text_cross_attention_forward(reel_rt *rt, const reel_projections *p,
                                               reel_tensor *x, reel_tensor *text,
                                               reel_tensor *text_mask);

#endif
