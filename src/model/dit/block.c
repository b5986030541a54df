/* Dual-stream and single-stream blocks. */
#include "model/dit/block.h"

#include "tensor/reuse.h"

static void declare_side(reel_weights *set, reel_block_side *p, const reel_dit_config *config)
{
    reel_modulation_declare_table(set, &p->modulation, config);
    reel_projections_declare(set, &p->self_attention, "self_attention", config, REEL_INIT_LINEAR);
    reel_feed_forward_declare(set, &p->feed_forward, config);
}

void reel_dit_block_declare(reel_weights *set, reel_dit_block *p, const reel_dit_config *config,
                            int is_dual)
{
    p->is_dual = is_dual;
    p->has_text_cross_attention = config->text_cross_attention;
    declare_side(set, &p->x, config);
    if (is_dual) {
        reel_weights_push(set, "text");
        declare_side(set, &p->text, config);
        reel_weights_pop(set);
    }
    if (p->has_text_cross_attention) {
        reel_projections_declare(set, &p->text_cross_attention, "text_cross_attention", config,
                                 REEL_INIT_ZERO);
    }
}

/* x + gate * y, which takes the place of y. */
static reel_tensor *add(reel_rt *rt, reel_tensor *x, reel_tensor *y, const reel_modulation *m)
{
    reel_tensor *sum = reel_gated_add(rt, x, y, m->gate);
    REEL_DONE(rt, y);
    return sum;
}

reel_block_state reel_dit_block_attend(reel_rt *rt, const reel_dit_block *p, reel_dit_tokens h,
                                       const reel_block_context *context, int is_last)
{
    const reel_block_side *text = p->is_dual ? &p->text : &p->x;
    const reel_block_modulation mx =
        reel_modulation_of_block(rt, context->x_modulation, p->x.modulation);
    const reel_block_modulation mt =
        p->is_dual ? reel_modulation_of_block(rt, context->text_modulation, text->modulation) : mx;
    const reel_self_attention attention = {
        .x = &p->x.self_attention,
        .text = &text->self_attention,
        .angles = context->angles,
        .key_mask = context->key_mask,
        .text_is_read = !is_last,
    };
    reel_dit_tokens normed;
    normed.x = reel_modulated_norm(rt, h.x, &mx.self_attention);
    normed.text = reel_modulated_norm(rt, h.text, &mt.self_attention);
    const reel_dit_tokens read = reel_self_attention_forward(rt, &attention, normed);
    REEL_DONE(rt, normed.x, normed.text);

    const reel_dit_tokens before = h;
    h.x = add(rt, h.x, read.x, &mx.self_attention);
    REEL_DONE(rt, before.x);
    if (!is_last) {
        h.text = add(rt, h.text, read.text, &mt.self_attention);
    }
    if (p->has_text_cross_attention) {
        reel_tensor *x = h.x;
        h.x = reel_text_cross_attention_forward(rt, &p->text_cross_attention, x, before.text,
                                                context->text_mask);
        REEL_DONE(rt, x);
    }
    if (!is_last) {
        REEL_DONE(rt, before.text);
    }
    return (reel_block_state){ h, mx.feed_forward, mt.feed_forward };
}

static reel_tensor *feed(reel_rt *rt, const reel_feed_forward *p, reel_tensor *x,
                         const reel_modulation *m)
{
    reel_tensor *normed = reel_modulated_norm(rt, x, m);
    reel_tensor *y = reel_feed_forward_forward(rt, p, normed);
    REEL_DONE(rt, normed);
    reel_tensor *sum = add(rt, x, y, m);
    REEL_DONE(rt, x);
    return sum;
}

reel_dit_tokens reel_dit_block_feed_forward(reel_rt *rt, const reel_dit_block *p,
                                            reel_block_state state, int is_last)
{
    const reel_block_side *text = p->is_dual ? &p->text : &p->x;
    reel_dit_tokens h = state.tokens;
    h.x = feed(rt, &p->x.feed_forward, h.x, &state.x_feed_forward);
    if (!is_last) {
        h.text = feed(rt, &text->feed_forward, h.text, &state.text_feed_forward);
    }
    return h;
}
