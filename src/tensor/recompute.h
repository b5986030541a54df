/* Training in less memory (Chen et al. 2016, "Training deep nets with sublinear memory cost"): a
 * segment of the network keeps nothing but its outputs, and the backward pass runs it again. One
 * more forward pass buys the memory of all activations but those of one segment. */
#ifndef REEL_TENSOR_RECOMPUTE_H
#define REEL_TENSOR_RECOMPUTE_H

#include "tensor/runtime.h"

/* Operators from `in` to `out`, a function of its arguments alone. */
typedef void (*reel_segment_fn)(reel_rt *rt, const void *user, reel_tensor *const *in,
                                reel_tensor **out);

typedef struct {
    reel_segment_fn run;
    const void *user; /* `user_size` bytes, copied: what they point to lives until the backward pass
                       * is through */
    size_t user_size;
    int in_count, out_count; /* <= REEL_NODE_INPUTS, <= REEL_NODE_SAVED */
} reel_segment;

/* Run a segment, for the tape as one operator. Every tensor of the step that wants a gradient and
 * is read inside is in `in`, NULL where there is none; weights are not. An output is made by the
 * segment, and no input. Bytes are those of running it plainly, forward and backward. */
void reel_recompute(reel_rt *rt, const reel_segment *segment, reel_tensor *const *in,
                    reel_tensor **out);

#endif
