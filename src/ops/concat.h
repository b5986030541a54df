/* Two tensors end to end along one axis. */
#ifndef REEL_OPS_CONCAT_H
#define REEL_OPS_CONCAT_H

#include "tensor/runtime.h"

/* a, b:    f32, of one shape but for dim[axis]
 * axis:    0 .. rank-1
 * returns  f32, dim[axis] is the sum of theirs; in the arena of rt
 * fails    REEL_ERR_SHAPE if they do not fit together (sticky in rt) */
reel_tensor *reel_concat(reel_rt *rt, reel_tensor *a, reel_tensor *b, int axis);

#endif
