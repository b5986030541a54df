/* First and last layer of a tower. */
#include "model/dit/patchify.h"

#include "tensor/reuse.h"

void reel_patch_in_declare(reel_weights *set, reel_patch_in *p, const reel_dit_config *config,
                           int64_t channels, int patch, int64_t position_features)
{
    const reel_linear_options edge = { .bias = 1,
                                       .init = REEL_INIT_LINEAR,
                                       .group = REEL_GROUP_EDGE };
    const reel_linear_options position = { .init = REEL_INIT_LINEAR, .group = REEL_GROUP_EDGE };
    const int64_t cells = (int64_t)patch * patch;
    reel_linear_declare(set, &p->patch, "patch", cells * (2 * channels + 1), config->width, edge);
    reel_linear_declare(set, &p->position, "position", position_features, config->width, position);
}

void reel_patch_out_declare(reel_weights *set, reel_patch_out *p, const reel_dit_config *config,
                            int64_t channels, int patch)
{
    const reel_linear_options none = { .bias = 1,
                                       .init = REEL_INIT_ZERO,
                                       .group = REEL_GROUP_EDGE };
    const int64_t width = config->width, cells = (int64_t)patch * patch;
    reel_weights_push(set, "head");
    REEL_WEIGHT(set, &p->shift, "shift", REEL_INIT_ZERO, REEL_GROUP_PLAIN, width);
    REEL_WEIGHT(set, &p->scale, "scale", REEL_INIT_ZERO, REEL_GROUP_PLAIN, width);
    reel_linear_declare(set, &p->out, "out", width, cells * channels, none);
    reel_weights_pop(set);
}

reel_tensor *reel_patchify_tokens(reel_rt *rt, const reel_patch_in *p, reel_tensor *input,
                                  int patch, reel_tensor *features)
{
    reel_scope_enter(rt, "patchify");
    reel_tensor *x = reel_patchify(rt, input, 1, patch, patch); /* [B, F, H/p, W/p, p p (2C+1)] */
    x = REEL_VIEW(rt, x, input->dim[0], features->dim[0], reel_width(x));
    reel_tensor *tokens = reel_linear(rt, x, &p->patch);
    REEL_DONE(rt, x);
    reel_tensor *y = reel_add_rows(rt, tokens, reel_linear(rt, features, &p->position));
    REEL_DROP(rt, tokens);
    reel_scope_leave(rt);
    return y;
}

reel_tensor *reel_unpatchify_tokens(reel_rt *rt, const reel_patch_out *p, reel_tensor *x,
                                    reel_tensor *temb, const reel_dit_grid *grid, int patch)
{
    reel_scope_enter(rt, "unpatchify");
    const int64_t per_frame = grid->rows * grid->columns;
    const int64_t frames = grid->frames - grid->references;
    reel_modulation modulation = { 0 };
    modulation.shift = reel_add_rows(rt, temb, p->shift);
    modulation.scale = reel_add_rows(rt, temb, p->scale);
    if (grid->references > 0) {
        x = reel_slice(rt, x, 1, grid->references * per_frame, frames * per_frame);
    }
    x = reel_linear(rt, reel_modulated_norm(rt, x, &modulation), &p->out);
    x = REEL_VIEW(rt, x, x->dim[0], frames, grid->rows, grid->columns, reel_width(x));
    x = reel_unpatchify(rt, x, 1, patch, patch);
    reel_scope_leave(rt);
    return x;
}
