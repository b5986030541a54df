/* A tower's weights and its way through the blocks. */
#include "model/dit/tower.h"

#include "base/error.h"

#include <stdlib.h>

static void declare_blocks(reel_weights *set, reel_tower *p, const reel_dit_config *config)
{
    p->block_count = config->dual_blocks + config->single_blocks;
    p->blocks = calloc((size_t)p->block_count, sizeof *p->blocks);
    if (!p->blocks) {
        set->status = REEL_FAIL(REEL_ERR_MEMORY, "tower: no memory for %d blocks", p->block_count);
        p->block_count = 0;
    }
    for (int i = 0; i < p->block_count; i++) {
        reel_weights_push(set, "block.%d", i);
        reel_dit_block_declare(set, &p->blocks[i], config, i < config->dual_blocks);
        reel_weights_pop(set);
    }
}

void reel_tower_declare(reel_weights *set, reel_tower *p, const reel_dit_config *config,
                        int is_video)
{
    const reel_linear_options edge = { .bias = 1,
                                       .init = REEL_INIT_LINEAR,
                                       .group = REEL_GROUP_EDGE };
    p->channels = is_video ? config->video_channels : config->audio_channels;
    p->patch = is_video ? config->patch : 1;
    reel_dit_timestep_declare(set, &p->timestep, config);
    reel_modulation_declare_shared(set, &p->x_modulation, "x_modulation", config);
    if (config->dual_blocks > 0) {
        reel_modulation_declare_shared(set, &p->text_modulation, "text_modulation", config);
    }
    reel_linear_declare(set, &p->connector, "connector", config->text_width, config->width, edge);
    reel_patch_in_declare(set, &p->in, config, p->channels, p->patch,
                          reel_dit_position_features(config, is_video));
    declare_blocks(set, p, config);
    reel_patch_out_declare(set, &p->out, config, p->channels, p->patch);
}

void reel_tower_deinit(reel_tower *p)
{
    free(p->blocks);
    *p = (reel_tower){ 0 };
}

/* [B, L + Lt] of the mask of the tokens and that of the text, where either is given. */
static reel_tensor *joint_mask(reel_rt *rt, const reel_tower_input *input, const reel_dit_tokens *h)
{
    if (!input->mask && !input->text_mask) {
        return NULL;
    }
    const reel_tensor *tokens[2] = { h->x, h->text };
    reel_tensor *masks[2] = { input->mask, input->text_mask };
    for (int i = 0; i < 2; i++) {
        if (!masks[i]) {
            reel_tensor *zeros = reel_zeros(rt, REEL_F32, 2, tokens[i]->dim);
            masks[i] = reel_add_scalar(rt, zeros, 1.0f);
        }
    }
    return reel_concat(rt, masks[0], masks[1], 1);
}

reel_tower_pass reel_tower_begin(reel_rt *rt, const reel_tower *p, const reel_tower_input *input,
                                 reel_tensor *own, reel_tensor *other)
{
    reel_tower_pass pass = { 0 };
    pass.temb = reel_dit_timestep_join(rt, &p->timestep, own, other);
    pass.tokens.x =
        reel_patchify_tokens(rt, &p->in, input->latent, p->patch, input->positions.features);
    pass.tokens.text = reel_linear(rt, input->text, &p->connector);
    pass.context = (reel_block_context){
        .x_modulation = reel_modulation_shared(rt, &p->x_modulation, pass.temb),
        .angles = input->positions.angles,
        .key_mask = joint_mask(rt, input, &pass.tokens),
        .text_mask = input->text_mask,
    };
    if (p->text_modulation.weight) {
        pass.context.text_modulation = reel_modulation_shared(rt, &p->text_modulation, pass.temb);
    }
    return pass;
}

void reel_tower_attend(reel_rt *rt, const reel_tower *p, reel_tower_pass *pass, int block)
{
    pass->state = reel_dit_block_attend(rt, &p->blocks[block], pass->tokens, &pass->context,
                                        block + 1 == p->block_count);
}

void reel_tower_feed_forward(reel_rt *rt, const reel_tower *p, reel_tower_pass *pass, int block)
{
    pass->tokens = reel_dit_block_feed_forward(rt, &p->blocks[block], pass->state,
                                               block + 1 == p->block_count);
}

reel_tensor *reel_tower_end(reel_rt *rt, const reel_tower *p, const reel_tower_pass *pass,
                            const reel_tower_input *input)
{
    return reel_unpatchify_tokens(rt, &p->out, pass->tokens.x, pass->temb, &input->grid, p->patch);
}
