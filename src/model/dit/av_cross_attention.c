/* One stream reads the other around its own moment. */
#include "model/dit/av_cross_attention.h"

#include "tensor/reuse.h"

reel_tensor *reel_av_cross_attention_forward(reel_rt *rt, const reel_projections *p,
                                             const reel_av_side *to, const reel_av_side *from,
                                             reel_tensor *time_sigma)
{
    reel_scope_enter(rt, "av_cross_attention");
    reel_attention_options options = reel_projections_options(p, from->key_mask);
    if (time_sigma) {
        options.q_time = to->positions->seconds;
        options.k_time = from->positions->seconds;
        options.time_sigma = time_sigma;
    }
    reel_tensor *q = reel_projections_query(rt, p, to->normed, to->positions->cross_angles);
    reel_tensor *k = reel_projections_key(rt, p, from->normed, from->positions->cross_angles);
    reel_tensor *v = reel_linear(rt, from->normed, &p->v);
    reel_tensor *values = reel_attention(rt, q, k, v, &options);
    REEL_DONE(rt, q, k, v);
    reel_tensor *read = reel_linear(rt, values, &p->out);
    REEL_DONE(rt, values);
    reel_scope_leave(rt);
    return read;
}
