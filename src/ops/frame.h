/* A signal as overlapping frames, and back: each operator is the other's adjoint.
 *
 *     frames[b][n][i] = x[b][n * hop + i],        i < window, N = (S - window) / hop + 1
 *     y[b][s] = sum over n of frames[b][n][s - n * hop] */
#ifndef REEL_OPS_FRAME_H
#define REEL_OPS_FRAME_H

#include "tensor/runtime.h"

/* x:       [B, S]  f32, S >= window; samples after the last whole frame are not looked at
 * returns  [B, N, window]  f32, in the arena of rt
 * fails    REEL_ERR_SHAPE (sticky in rt) */
reel_tensor *reel_frame(reel_rt *rt, reel_tensor *x, int window, int hop);

/* frames:  [B, N, window]  f32, N >= 1
 * returns  [B, (N - 1) * hop + window]  f32, in the arena of rt
 * fails    REEL_ERR_SHAPE (sticky in rt) */
reel_tensor *reel_overlap_add(reel_rt *rt, reel_tensor *frames, int hop);

/* What a back end implements; `add` makes it target += result. */
typedef struct {
    float *target;
    const float *source;
    int64_t batch, samples, frames;
    int window, hop;
    int add;
} reel_frame_args;

typedef struct {
    reel_status (*cut)(const reel_frame_args *args);     /* source [batch, samples] */
    reel_status (*overlap)(const reel_frame_args *args); /* source [batch, frames, window] */
} reel_frame_kernels;

extern const reel_frame_kernels reel_frame_c;

#endif
