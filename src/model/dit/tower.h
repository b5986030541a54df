/* One of the two towers: from a noisy latent to a velocity, block by block. */
#ifndef REEL_MODEL_DIT_TOWER_H
#define REEL_MODEL_DIT_TOWER_H

#include "model/dit/block.h"
#include "model/dit/patchify.h"
#include "model/dit/timestep.h"

typedef struct {
    reel_dit_timestep timestep;
    reel_linear_params x_modulation, text_modulation; /* [6 D, D]; the latter: dual blocks */
    reel_linear_params connector;                     /* [D, Dt]: text encoder to tower */
    reel_patch_in in;
    reel_patch_out out;
    reel_dit_block *blocks; /* [dual + single] */
    int block_count, channels, patch;
} reel_tower;

/* What a tower is fed; see reel_dit_input for the shapes. */
typedef struct {
    reel_tensor *latent; /* [B, F, H, W, 2C+1]; sound as [B, La, 1, 1, 2Ca+1] */
    const float *sigma;
    reel_tensor *mask;             /* [B, L] or NULL */
    reel_tensor *text, *text_mask; /* [B, Lt, Dt], [B, Lt] or NULL */
    reel_dit_grid grid;
    reel_dit_positions positions;
} reel_tower_input;

/* A tower in the middle of a forward pass. */
typedef struct {
    reel_dit_tokens tokens;
    reel_block_context context;
    reel_block_state state;
    reel_tensor *temb; /* [B, D] */
} reel_tower_pass;

/* `channels` C of the latent, `patch` 1 for sound. Blocks are allocated here; REEL_ERR_MEMORY goes
 * to set->status. */
void reel_tower_declare(reel_weights *set, reel_tower *p, const reel_dit_config *config,
                        int is_video);
void reel_tower_deinit(reel_tower *p);

/* own, other: reel_dit_timestep_own() of this tower and of the other (NULL: alone). */
reel_tower_pass reel_tower_begin(reel_rt *rt, const reel_tower *p, const reel_tower_input *input,
                                 reel_tensor *own, reel_tensor *other);

/* The halves of block i, before and after the coupling. */
void reel_tower_attend(reel_rt *rt, const reel_tower *p, reel_tower_pass *pass, int block);
void reel_tower_feed_forward(reel_rt *rt, const reel_tower *p, reel_tower_pass *pass, int block);

/* -> [B, F, H, W, C] without references */
reel_tensor *reel_tower_end(reel_rt *rt, const reel_tower *p, const reel_tower_pass *pass,
                            const reel_tower_input *input);

#endif
