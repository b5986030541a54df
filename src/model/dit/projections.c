/* Queries and keys of every attention of the transformer. */
#include "model/dit/projections.h"

#include "tensor/reuse.h"

void reel_projections_declare(reel_weights *set, reel_projections *p, const char *name,
                              const reel_dit_config *config, reel_init out_init)
{
    const int64_t width = config->width, head = config->width / config->heads;
    const reel_linear_options hidden = { .init = REEL_INIT_LINEAR, .group = REEL_GROUP_MATRIX };
    const reel_linear_options out = { .init = out_init, .group = REEL_GROUP_MATRIX };
    p->heads = config->heads;
    reel_weights_push(set, "%s", name);
    reel_linear_declare(set, &p->q, "q", width, width, hidden);
    reel_linear_declare(set, &p->k, "k", width, width, hidden);
    reel_linear_declare(set, &p->v, "v", width, width, hidden);
    reel_linear_declare(set, &p->out, "out", width, width, out);
    REEL_WEIGHT(set, &p->q_norm, "q_norm", REEL_INIT_ONE, REEL_GROUP_PLAIN, head);
    REEL_WEIGHT(set, &p->k_norm, "k_norm", REEL_INIT_ONE, REEL_GROUP_PLAIN, head);
    reel_weights_pop(set);
}

/* `x` is the caller's no more. */
static reel_tensor *per_head(reel_rt *rt, const reel_projections *p, reel_tensor *x,
                             reel_tensor *norm, reel_tensor *angles)
{
    const int64_t batch = x->dim[0], length = x->dim[1], width = reel_width(x);
    reel_tensor *heads = REEL_VIEW(rt, x, batch, length, p->heads, width / p->heads);
    reel_tensor *normed = reel_rms_norm(rt, heads, norm, REEL_DIT_EPS);
    REEL_DONE(rt, x);
    normed = REEL_VIEW(rt, normed, batch, length, width);
    if (!angles) {
        return normed;
    }
    reel_tensor *rotated = reel_rope(rt, normed, p->heads, angles);
    REEL_DROP(rt, normed);
    return rotated;
}

reel_tensor *reel_projections_query(reel_rt *rt, const reel_projections *p, reel_tensor *x,
                                    reel_tensor *angles)
{
    return per_head(rt, p, reel_linear(rt, x, &p->q), p->q_norm, angles);
}

reel_tensor *reel_projections_key(reel_rt *rt, const reel_projections *p, reel_tensor *x,
                                  reel_tensor *angles)
{
    return per_head(rt, p, reel_linear(rt, x, &p->k), p->k_norm, angles);
}

reel_attention_options reel_projections_options(const reel_projections *p, reel_tensor *key_mask)
{
    return (reel_attention_options){ .heads = p->heads,
                                     .key_mask = key_mask,
                                     .in_bytes = p->q.weight->dtype == REEL_I8 };
}
