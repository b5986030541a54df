/* The residual block of both codecs: two convolutions, each behind an RMS norm over channels and a
 * SiLU, added to their input.
 *
 *     y = x + conv_2(silu(norm_2(conv_1(silu(norm_1(x))))))
 *
 * Extents stay as they are: space is padded with zeros; time is padded with zeros on both sides,
 * or, when the block is causal, in front alone by repeating frame 0. conv_2 starts at zero, so
 * that a new block is the identity. */
#ifndef REEL_MODEL_RESIDUAL_BLOCK_H
#define REEL_MODEL_RESIDUAL_BLOCK_H

#include "ops/conv.h"

typedef struct {
    reel_tensor *norm_1, *norm_2;    /* [C] */
    reel_conv_params conv_1, conv_2; /* [C, kT, kH, kW, C], odd kernels */
    int causal;
} reel_residual_block;

typedef struct {
    int64_t width;                /* C */
    int kernel_1[3], kernel_2[3]; /* T, H, W */
    int causal;
} reel_residual_block_options;

/* Declare `count` blocks: "NAME.0.norm_1", "NAME.0.conv_1.weight", ... Failures are sticky in the
 * set. */
void reel_residual_blocks_declare(reel_weights *set, reel_residual_block *blocks, int count,
                                  const char *name, const reel_residual_block_options *options);

/* One block after the other. x: [B, T, H, W, C] -> the same shape. Failures are sticky in rt. */
reel_tensor *reel_residual_blocks_forward(reel_rt *rt, const reel_residual_block *blocks, int count,
                                          reel_tensor *x);

/* What causal blocks keep of a film that passes in pieces: the steps in front of the next piece
 * that each convolution still looks at, so that a film in pieces is the whole film. */
typedef struct {
    reel_tensor *before_1,
        *before_2; /* [B, kT - 1, H, W, C] of conv_1, conv_2; NULL where kT = 1 */
} reel_residual_memory;

/* Room for `count` causal blocks, in the arena of rt. `cells` is B, H, W. */
void reel_residual_memory_init(reel_rt *rt, reel_residual_memory *memory,
                               const reel_residual_block *blocks, int count,
                               const int64_t cells[3]);

/* The next piece. x: [B, T, H, W, C] -> the same shape, not recorded; `is_first`: nothing came
 * before it. */
reel_tensor *reel_residual_blocks_continue(reel_rt *rt, const reel_residual_block *blocks,
                                           int count, reel_tensor *x,
                                           const reel_residual_memory *memory, int is_first);

/* A convolution that keeps the extents, padded as said above. */
reel_tensor *reel_same_conv(reel_rt *rt, reel_tensor *x, const reel_conv_params *p, int causal);

#endif
