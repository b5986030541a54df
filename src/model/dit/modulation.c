/* Shift, scale and gate of every branch. */
#include "model/dit/modulation.h"

#include "model/dit/projections.h"
#include "tensor/reuse.h"

enum { VECTORS = 6 };

void reel_modulation_declare_shared(reel_weights *set, reel_linear_params *p, const char *name,
                                    const reel_dit_config *config)
{
    const reel_linear_options options = { .bias = 1,
                                          .init = REEL_INIT_ZERO,
                                          .group = REEL_GROUP_EDGE };
    reel_linear_declare(set, p, name, config->width, VECTORS * (int64_t)config->width, options);
}

void reel_modulation_declare_table(reel_weights *set, reel_tensor **table,
                                   const reel_dit_config *config)
{
    REEL_WEIGHT(set, table, "modulation", REEL_INIT_ZERO, REEL_GROUP_PLAIN,
                VECTORS * (int64_t)config->width);
}

reel_tensor *reel_modulation_shared(reel_rt *rt, const reel_linear_params *p, reel_tensor *temb)
{
    return reel_linear(rt, reel_silu(rt, temb), p);
}

reel_block_modulation reel_modulation_of_block(reel_rt *rt, reel_tensor *shared, reel_tensor *table)
{
    reel_tensor *m = reel_add_rows(rt, shared, table);
    const int64_t width = reel_width(m) / VECTORS;
    return (reel_block_modulation){
        .self_attention = { .shift = reel_slice(rt, m, 1, 0, width),
                            .scale = reel_slice(rt, m, 1, width, width),
                            .gate = reel_slice(rt, m, 1, 2 * width, width) },
        .feed_forward = { .shift = reel_slice(rt, m, 1, 3 * width, width),
                          .scale = reel_slice(rt, m, 1, 4 * width, width),
                          .gate = reel_slice(rt, m, 1, 5 * width, width) },
    };
}

reel_tensor *reel_modulated_norm(reel_rt *rt, reel_tensor *x, const reel_modulation *m)
{
    reel_tensor *normed = reel_rms_norm(rt, x, NULL, REEL_DIT_EPS);
    reel_tensor *y = reel_modulate(rt, normed, m->shift, m->scale);
    REEL_DONE(rt, normed);
    return y;
}
