/* Two attentions over the same keys and values, so that nothing but keys and values is joined. */
#include "model/dit/self_attention.h"

reel_dit_tokens reel_self_attention_forward(reel_rt *rt, const reel_self_attention *p,
                                            reel_dit_tokens normed)
{
    reel_scope_enter(rt, "self_attention");
    const reel_attention_options options = reel_projections_options(p->x, p->key_mask);
    reel_tensor *k = reel_projections_key(rt, p->x, normed.x, p->angles);
    k = reel_concat(rt, k, reel_projections_key(rt, p->text, normed.text, NULL), 1);
    reel_tensor *v = reel_linear(rt, normed.x, &p->x->v);
    v = reel_concat(rt, v, reel_linear(rt, normed.text, &p->text->v), 1);

    reel_tensor *q = reel_projections_query(rt, p->x, normed.x, p->angles);
    reel_dit_tokens read = { 0 };
    read.x = reel_linear(rt, reel_attention(rt, q, k, v, &options), &p->x->out);
    if (p->text_is_read) {
        q = reel_projections_query(rt, p->text, normed.text, NULL);
        read.text = reel_linear(rt, reel_attention(rt, q, k, v, &options), &p->text->out);
    }
    reel_scope_leave(rt);
    return read;
}
