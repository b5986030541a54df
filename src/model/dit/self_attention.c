/* Two attentions over the same keys and values, so that nothing but keys and values is joined. */
#include "model/dit/self_attention.h"

#include "tensor/reuse.h"

/* [x ; text] of two tensors that nothing else reads. */
static reel_tensor *join(reel_rt *rt, reel_tensor *x, reel_tensor *text)
{
    reel_tensor *both = reel_concat(rt, x, text, 1);
    REEL_DROP(rt, x, text);
    return both;
}

static reel_tensor *attend(reel_rt *rt, const reel_projections *p, reel_tensor *const qkv[3],
                           const reel_attention_options *options)
{
    reel_tensor *values = reel_attention(rt, qkv[0], qkv[1], qkv[2], options);
    REEL_DONE(rt, qkv[0]);
    reel_tensor *read = reel_linear(rt, values, &p->out);
    REEL_DONE(rt, values);
    return read;
}

reel_dit_tokens reel_self_attention_forward(reel_rt *rt, const reel_self_attention *p,
                                            reel_dit_tokens normed)
{
    reel_scope_enter(rt, "self_attention");
    const reel_attention_options options = reel_projections_options(p->x, p->key_mask);
    reel_tensor *k = reel_projections_key(rt, p->x, normed.x, p->angles);
    k = join(rt, k, reel_projections_key(rt, p->text, normed.text, NULL));
    reel_tensor *v = reel_linear(rt, normed.x, &p->x->v);
    v = join(rt, v, reel_linear(rt, normed.text, &p->text->v));

    reel_tensor *q = reel_projections_query(rt, p->x, normed.x, p->angles);
    reel_dit_tokens read = { 0 };
    read.x = attend(rt, p->x, (reel_tensor *[]){ q, k, v }, &options);
    if (p->text_is_read) {
        q = reel_projections_query(rt, p->text, normed.text, NULL);
        read.text = attend(rt, p->text, (reel_tensor *[]){ q, k, v }, &options);
    }
    REEL_DONE(rt, k, v);
    reel_scope_leave(rt);
    return read;
}
