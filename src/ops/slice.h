/* A range of one axis. */
#ifndef REEL_OPS_SLICE_H
#define REEL_OPS_SLICE_H

#include "tensor/runtime.h"

/* y[..., i, ...] = x[..., start + i, ...], i < length
 *
 * x:       f32
 * axis:    0 .. rank-1;  0 <= start, 1 <= length, start + length <= dim[axis]
 * returns  f32, dim[axis] is length; a copy in the arena of rt
 * fails    REEL_ERR_SHAPE if the range does not lie in x (sticky in rt) */
reel_tensor *reel_slice(reel_rt *rt, reel_tensor *x, int axis, int64_t start, int64_t length);

#endif
