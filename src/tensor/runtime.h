/* The runtime of a forward pass: where tensors live, which kernels run, and the tape that brings
 * gradients back.
 *
 * Failures are sticky: the first one is kept in rt->status, later operators return the poison
 * tensor and do nothing, so that model code reads like mathematics. Check once, at the end.
 *
 * Dry pass: with a counting arena every operator checks shapes and counts memory, and no kernel
 * runs; rt->arena.peak is then the size of a step. */
#ifndef REEL_TENSOR_RUNTIME_H
#define REEL_TENSOR_RUNTIME_H

#include "base/arena.h"
#include "tensor/device.h"
#include "tensor/profile.h"
#include "tensor/tensor.h"

struct reel_kernels; /* ops/kernels.h */
struct reel_node;
struct reel_free_buffer; /* tensor/reuse.h */

typedef struct reel_rt {
    const reel_device *device; /* the one selected at reel_rt_init() */
    reel_arena arena;   /* lifetime "step": elements of activations, gradients, saved tensors */
    reel_arena headers; /* lifetime "step": tensor headers and tape nodes, real in a dry pass too */
    reel_arena host;    /* lifetime "step": what goes to and comes from the device */
    const struct reel_kernels *kernels;
    reel_status status;
    int recording;                         /* operators write the tape */
    struct reel_node *tape;                /* the latest node */
    struct reel_free_buffer *free_buffers; /* what dropped tensors held, tensor/reuse.h */
    size_t oldest;                         /* in `headers`: where the stretch that runs began */
    reel_tensor poison;
    char scope[128];       /* "block 3/av_cross_attention" */
    reel_profile *profile; /* borrowed, or NULL: nothing is measured */
} reel_rt;

/* `capacity` bytes of step memory on the selected device (of the processor: virtual until
 * touched); 0 makes a counting arena for a dry pass. Owned by the caller, released with
 * reel_rt_deinit(). */
reel_status reel_rt_init(reel_rt *rt, const struct reel_kernels *kernels, size_t capacity);
void reel_rt_deinit(reel_rt *rt);

/* Forget all tensors made since reel_rt_init(), the tape and the failure. */
void reel_rt_reset(reel_rt *rt);

static inline int reel_rt_is_dry(const reel_rt *rt)
{
    return reel_arena_is_counting(&rt->arena);
}

/* --- making tensors; all return &rt->poison after a failure ------------------------------- */

/* Contents undefined. */
reel_tensor *reel_new(reel_rt *rt, reel_dtype dtype, int rank, const int64_t *dim);
#define REEL_NEW(rt, dtype, ...)                                                                   \
    reel_new((rt), (dtype), (int)(sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)),           \
             (int64_t[]){ __VA_ARGS__ })
reel_tensor *reel_new_like(reel_rt *rt, const reel_tensor *t);
reel_tensor *reel_zeros(reel_rt *rt, reel_dtype dtype, int rank, const int64_t *dim);

/* Bring `count` host values in: shape given by the dims, contents copied. */
reel_tensor *reel_from_host(reel_rt *rt, reel_dtype dtype, const void *values, int rank,
                            const int64_t *dim);
#define REEL_FROM_HOST(rt, dtype, values, ...)                                                     \
    reel_from_host((rt), (dtype), (values),                                                        \
                   (int)(sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)),                    \
                   (int64_t[]){ __VA_ARGS__ })

/* `count` floats on the host to prepare a tensor in; NULL in a dry pass and after a failure. Take a
 * mark of rt->host before and release it after reel_from_host(). */
float *reel_host_scratch(reel_rt *rt, int64_t count);

/* The values of t for the host to read, once everything before is computed: its own memory where
 * the host can reach it, else a copy. Borrowed until rt is reset; NULL in a dry pass and after a
 * failure. */
const void *reel_host(reel_rt *rt, const reel_tensor *t);
static inline const float *reel_host_f32(reel_rt *rt, const reel_tensor *t)
{
    return (const float *)reel_host(rt, t);
}

/* to := from, of the same size; nothing in a dry pass and after a failure. */
void reel_assign(reel_rt *rt, reel_tensor *to, const reel_tensor *from);

/* --- views, failures, scopes ---------------------------------------------------------------- */

/* The same elements under another shape; shares data and gradient. */
reel_tensor *reel_view(reel_rt *rt, reel_tensor *t, int rank, const int64_t *dim);
#define REEL_VIEW(rt, t, ...)                                                                      \
    reel_view((rt), (t), (int)(sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)),              \
              (int64_t[]){ __VA_ARGS__ })

/* Record a failure, prefixed with the current scope, and return &rt->poison. */
reel_tensor *reel_fail_tensor(reel_rt *rt, reel_status code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Where we are, for errors and profiles: reel_scope_enter(rt, "block %d", i). */
void reel_scope_enter(reel_rt *rt, const char *format, ...) __attribute__((format(printf, 2, 3)));
void reel_scope_leave(reel_rt *rt);

/* --- the tape ------------------------------------------------------------------------------ */

enum { REEL_NODE_INPUTS = 8, REEL_NODE_SAVED = 6 };

typedef struct reel_node {
    reel_status (*backward)(reel_rt *rt, const struct reel_node *node);
    reel_tensor *output;
    reel_tensor *input[REEL_NODE_INPUTS];
    reel_tensor *saved[REEL_NODE_SAVED];
    double number[4];    /* scalars the backward needs: eps, scale, heads */
    const void *options; /* plain data in the arena, or NULL */
    int output_count;    /* of a node with several: the first of `saved` are outputs; else 0 */
    const char *scope;   /* where it was recorded, while a profile is taken; or NULL */
    struct reel_node *previous;
} reel_node;

/* Append to the tape if it is recording and any input wants a gradient; the output then wants one
 * too. Backward functions add to their inputs' gradients. */
void reel_record(reel_rt *rt, reel_status (*backward)(reel_rt *, const reel_node *),
                 reel_node node);

/* True if an operator with these inputs must save what its backward needs. */
int reel_will_record(const reel_rt *rt, int count, reel_tensor *const *inputs);

/* Gradient of t to add to, zeroed at first use; NULL if none is wanted (or t is NULL). */
reel_tensor *reel_grad_of(reel_rt *rt, reel_tensor *t);

/* The same for a kernel that can assign: where the gradient is new, *is_new becomes 1 and its
 * contents are undefined. Ask for each tensor once in a backward function. */
reel_tensor *reel_grad_or_new(reel_rt *rt, reel_tensor *t, int *is_new);

/* For outputs that pass their gradient on unchanged: x takes the buffer of y's gradient, where it
 * has none of its own yet. True if it did: the node owes x nothing more, and y->grad is NULL. */
int reel_grad_hand_over(reel_rt *rt, reel_tensor *x, reel_tensor *y);

/* A tensor of `size` bytes copied into the arena, for reel_node.options. */
const void *reel_rt_copy(reel_rt *rt, const void *bytes, size_t size);

/* Run the tape backward from a scalar loss: its gradient is `seed` (1 for the plain gradient).
 * The tape is empty afterwards, and only what no operator has made keeps its gradient: that of an
 * output is gone once its operator has passed it on. */
reel_status reel_backward(reel_rt *rt, reel_tensor *loss, float seed);
/* The same from where gradients are already. */
reel_status reel_tape_run(reel_rt *rt);

#endif
