/* Attention and feed-forward of the text encoder. */
#include "model/text_encoder/encoder_block.h"

void reel_encoder_block_declare(reel_weights *set, reel_encoder_block *p,
                                const reel_text_encoder_config *config)
{
    const int64_t width = config->width, hidden = config->hidden;
    const reel_linear_options matrix = { .init = REEL_INIT_LINEAR, .group = REEL_GROUP_MATRIX };
    p->heads = config->heads;
    REEL_WEIGHT(set, &p->attention_norm, "attention_norm", REEL_INIT_ONE, REEL_GROUP_PLAIN, width);
    reel_linear_declare(set, &p->q, "q", width, width, matrix);
    reel_linear_declare(set, &p->k, "k", width, width, matrix);
    reel_linear_declare(set, &p->v, "v", width, width, matrix);
    reel_linear_declare(set, &p->out, "out", width, width, matrix);
    REEL_WEIGHT(set, &p->feed_forward_norm, "feed_forward_norm", REEL_INIT_ONE, REEL_GROUP_PLAIN,
                width);
    reel_linear_declare(set, &p->up, "up", width, 2 * hidden, matrix);
    reel_linear_declare(set, &p->down, "down", hidden, width, matrix);
}

static reel_tensor *attend(reel_rt *rt, const reel_encoder_block *p, reel_tensor *x,
                           reel_tensor *mask, reel_tensor *angles)
{
    const reel_attention_options options = { .heads = p->heads, .key_mask = mask };
    x = reel_rms_norm(rt, x, p->attention_norm, REEL_TEXT_EPS);
    reel_tensor *q = reel_rope(rt, reel_linear(rt, x, &p->q), p->heads, angles);
    reel_tensor *k = reel_rope(rt, reel_linear(rt, x, &p->k), p->heads, angles);
    reel_tensor *v = reel_linear(rt, x, &p->v);
    return reel_linear(rt, reel_attention(rt, q, k, v, &options), &p->out);
}

static reel_tensor *feed_forward(reel_rt *rt, const reel_encoder_block *p, reel_tensor *x)
{
    x = reel_rms_norm(rt, x, p->feed_forward_norm, REEL_TEXT_EPS);
    return reel_linear(rt, reel_swiglu(rt, reel_linear(rt, x, &p->up)), &p->down);
}

reel_tensor *reel_encoder_block_forward(reel_rt *rt, const reel_encoder_block *p, reel_tensor *x,
                                        reel_tensor *mask, reel_tensor *angles)
{
    x = reel_add(rt, x, attend(rt, p, x, mask, angles));
    return reel_add(rt, x, feed_forward(rt, p, x));
}
