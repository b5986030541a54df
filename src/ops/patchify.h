/* Latent <-> tokens: cubes of pt * ph * pw cells become rows.
 *
 *     patches[b][t][h][w][((i * ph + j) * pw + k) * C + c] = grid[b][t pt + i][h ph + j][w pw +
 * k][c] */
#ifndef REEL_OPS_PATCHIFY_H
#define REEL_OPS_PATCHIFY_H

#include "tensor/runtime.h"

/* x:       [B, T, H, W, C]  f32, T, H, W multiples of pt, ph, pw
 * returns  [B, T/pt, H/ph, W/pw, pt*ph*pw*C], in the arena of rt
 * fails    REEL_ERR_SHAPE (sticky in rt) */
reel_tensor *reel_patchify(reel_rt *rt, reel_tensor *x, int pt, int ph, int pw);

/* The inverse: x [B, T, H, W, pt*ph*pw*C] gives [B, T*pt, H*ph, W*pw, C]. */
reel_tensor *reel_unpatchify(reel_rt *rt, reel_tensor *x, int pt, int ph, int pw);

/* What a back end implements: moves between the two layouts, each the adjoint of the other.
 * `add` makes it target += source. */
typedef struct {
    float *target;
    const float *source;
    int64_t batch, frames, height, width, channels; /* of the grid */
    int pt, ph, pw;
    int add;
} reel_patchify_args;

typedef struct {
    reel_status (*to_patches)(const reel_patchify_args *args);
    reel_status (*to_grid)(const reel_patchify_args *args);
} reel_patchify_kernels;

extern const reel_patchify_kernels reel_patchify_c;

#endif
