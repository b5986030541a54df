/* The feed-forward branch. */
#include "model/dit/feed_forward.h"

#include "tensor/reuse.h"

void reel_feed_forward_declare(reel_weights *set, reel_feed_forward *p,
                               const reel_dit_config *config)
{
    const int64_t width = config->width, hidden = width * config->mlp_ratio;
    const reel_linear_options options = { .bias = 1,
                                          .init = REEL_INIT_LINEAR,
                                          .group = REEL_GROUP_MATRIX };
    reel_weights_push(set, "feed_forward");
    reel_linear_declare(set, &p->up, "up", width, hidden, options);
    reel_linear_declare(set, &p->down, "down", hidden, width, options);
    reel_weights_pop(set);
}

reel_tensor *reel_feed_forward_forward(reel_rt *rt, const reel_feed_forward *p, reel_tensor *x)
{
    reel_scope_enter(rt, "feed_forward");
    reel_tensor *hidden = reel_linear(rt, x, &p->up);
    reel_tensor *active = reel_gelu(rt, hidden);
    REEL_DONE(rt, hidden);
    reel_tensor *y = reel_linear(rt, active, &p->down);
    REEL_DONE(rt, active);
    reel_scope_leave(rt);
    return y;
}
