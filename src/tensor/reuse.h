/* Memory that serves again within a step.
 *
 * A tensor that nothing reads any more is dropped, and its memory becomes that of a later tensor of
 * the same size, which in a network is most of them. Dry passes take the same ways, so that the
 * size of a step counts it. */
#ifndef REEL_TENSOR_REUSE_H
#define REEL_TENSOR_REUSE_H

#include "tensor/runtime.h"

/* Nothing reads what these hold any more, not even a backward pass: the operators that made them
 * and those that read them pass gradients on without them. A view drops what it is a view of. NULL,
 * weights and what is older than the stretch that runs are left alone. */
void reel_drop(reel_rt *rt, int count, reel_tensor *const *tensors);
#define REEL_DROP(rt, ...)                                                                         \
    reel_drop((rt), (int)(sizeof((reel_tensor *[]){ __VA_ARGS__ }) / sizeof(reel_tensor *)),       \
              (reel_tensor *[]){ __VA_ARGS__ })

/* The forward pass has read these for the last time: dropped where no tape is written. */
void reel_done(reel_rt *rt, int count, reel_tensor *const *tensors);
#define REEL_DONE(rt, ...)                                                                         \
    reel_done((rt), (int)(sizeof((reel_tensor *[]){ __VA_ARGS__ }) / sizeof(reel_tensor *)),       \
              (reel_tensor *[]){ __VA_ARGS__ })

/* Work whose memory is given back in one piece. Until it ends, nothing older is dropped, and
 * nothing that was dropped before is used. Stretches nest. */
typedef struct {
    size_t arena, headers; /* where they stood */
    size_t oldest;         /* header of the enclosing stretch */
    struct reel_free_buffer *free_buffers;
} reel_stretch;

reel_stretch reel_stretch_begin(reel_rt *rt);

/* Give back all but these tensors (8 at most), which move down to where the stretch began: what a
 * network passes from block to block is small beside what a block makes. Views of what moves are
 * void. While a tape is written nothing moves and nothing is given back. */
void reel_stretch_keep(reel_rt *rt, const reel_stretch *stretch, reel_tensor *const *tensors,
                       int count);

/* Give back all, tensors and nodes of the tape included. */
void reel_stretch_forget(reel_rt *rt, const reel_stretch *stretch);

/* --- for the runtime ------------------------------------------------------------------------- */

/* Memory of `size` bytes for t, the latest that was dropped, which is the likeliest to be in a
 * cache. False if there is none. */
int reel_reuse_take(reel_rt *rt, reel_tensor *t, size_t size);
/* The memory of t, whose `size` bytes hold nothing, for another. */
void reel_reuse_give(reel_rt *rt, const reel_tensor *t, size_t size);

#endif
