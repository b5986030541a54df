/* The second look at the text. */
#include "model/dit/text_cross_attention.h"

#include "tensor/reuse.h"

reel_tensor *reel_text_cross_attention_forward(reel_rt *rt, const reel_projections *p,
                                               reel_tensor *x, reel_tensor *text,
                                               reel_tensor *text_mask)
{
    reel_scope_enter(rt, "text_cross_attention");
    const reel_attention_options options = reel_projections_options(p, text_mask);
    text = reel_rms_norm(rt, text, NULL, REEL_DIT_EPS);
    reel_tensor *normed = reel_rms_norm(rt, x, NULL, REEL_DIT_EPS);
    reel_tensor *q = reel_projections_query(rt, p, normed, NULL);
    reel_tensor *k = reel_projections_key(rt, p, text, NULL);
    reel_tensor *v = reel_linear(rt, text, &p->v);
    REEL_DONE(rt, normed, text);
    reel_tensor *values = reel_attention(rt, q, k, v, &options);
    REEL_DONE(rt, q, k, v);
    reel_tensor *read = reel_linear(rt, values, &p->out);
    REEL_DONE(rt, values);
    reel_tensor *sum = reel_add(rt, x, read);
    REEL_DROP(rt, read);
    reel_scope_leave(rt);
    return sum;
}
