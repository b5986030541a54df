/* The one dispatch of the engine: one entry per operator.
 *
 * reel_kernels_init_c() fills every entry with the plain version, reel_kernels_init_dnnl() and
 * reel_kernels_init_x86() override the entries for which something faster exists;
 * reel_kernels_init_cuda() fills every entry for a GPU. Nothing else in the project chooses between
 * versions. */
#ifndef REEL_OPS_KERNELS_H
#define REEL_OPS_KERNELS_H

#include "base/error.h"
#include "ops/activation.h"
#include "ops/adamw.h"
#include "ops/attention.h"
#include "ops/attention_int8.h"
#include "ops/average.h"
#include "ops/conv.h"
#include "ops/copy_runs.h"
#include "ops/elementwise.h"
#include "ops/embedding.h"
#include "ops/frame.h"
#include "ops/gated_add.h"
#include "ops/interpolate.h"
#include "ops/layer_norm.h"
#include "ops/linear.h"
#include "ops/linear_half.h"
#include "ops/linear_int8.h"
#include "ops/loss.h"
#include "ops/modulate.h"
#include "ops/muon.h"
#include "ops/patchify.h"
#include "ops/reduce.h"
#include "ops/rms_norm.h"
#include "ops/rope.h"
#include "ops/spectrum.h"
#include "ops/sum_of_squares.h"
#include "ops/timestep_embedding.h"
#include "ops/unary.h"
#include "tensor/runtime.h"

/* Every operator `op` has a type reel_<op>_kernels and a plain table reel_<op>_c. */
#define REEL_KERNELS_EACH(X)                                                                       \
    X(add_rows)                                                                                    \
    X(adamw)                                                                                       \
    X(attention)                                                                                   \
    X(attention_int8)                                                                              \
    X(average)                                                                                     \
    X(binary)                                                                                      \
    X(conv)                                                                                        \
    X(copy_runs)                                                                                   \
    X(cross_entropy)                                                                               \
    X(difference)                                                                                  \
    X(distance)                                                                                    \
    X(embedding)                                                                                   \
    X(frame)                                                                                       \
    X(gated_add)                                                                                   \
    X(interpolate)                                                                                 \
    X(layer_norm)                                                                                  \
    X(linear)                                                                                      \
    X(linear_int8)                                                                                 \
    X(mean_axis1)                                                                                  \
    X(modulate)                                                                                    \
    X(muon)                                                                                        \
    X(patchify)                                                                                    \
    X(repeat)                                                                                      \
    X(rms_norm)                                                                                    \
    X(rope)                                                                                        \
    X(spectrum)                                                                                    \
    X(sum_of_squares)                                                                              \
    X(swiglu)                                                                                      \
    X(timestep_embedding)                                                                          \
    X(unary)                                                                                       \
    X(widen)

typedef struct reel_kernels {
#define REEL_KERNELS_MEMBER(op) reel_##op##_kernels op;
    REEL_KERNELS_EACH(REEL_KERNELS_MEMBER)
#undef REEL_KERNELS_MEMBER
} reel_kernels;

void reel_kernels_init_c(reel_kernels *k);
void reel_kernels_init_dnnl(reel_kernels *k); /* does nothing in builds without oneDNN */
void reel_kernels_init_x86(reel_kernels *k);  /* what this processor has instructions for */
void reel_kernels_init_cuda(reel_kernels *k); /* does nothing in builds without CUDA */

/* The kernels of linear_int8 that this processor has instructions for, the fastest first and the
 * plain one last. Returns how many. */
enum { REEL_LINEAR_INT8_FORMS = 4 };
int reel_kernels_of_linear_int8(const reel_linear_int8_kernels *forms[REEL_LINEAR_INT8_FORMS]);

/* Whether products of bytes run faster than those of f32 here. */
int reel_kernels_multiply_bytes(const reel_kernels *k);

/* Whether this processor has a kernel for attention in 8 bits; the plain one, which can be forced,
 * is slower than attention in f32. */
int reel_kernels_attend_in_bytes(void);

/* Put the plain version of the operators in `list` ("attention:c,linear:c") back into the table:
 * the way to bisect a wrong picture to one kernel. Fails with REEL_ERR_INVALID at the first
 * unknown name; the names before it are done. */
reel_status reel_kernels_force(reel_kernels *k, const char *list);

/* The table for the selected device. Both are built once; REEL_KERNELS of the environment is forced
 * onto the processor's (what cannot be read there is logged as an error). Borrowed for the life of
 * the process. */
const reel_kernels *reel_kernels_get(void);

/* Run one kernel, or nothing in a dry pass: REEL_RUN(rt, linear.forward, &args). */
#define REEL_RUN(rt, entry, args)                                                                  \
    (reel_rt_is_dry(rt) ? REEL_OK                                                                  \
     : (rt)->profile                                                                               \
         ? (reel_profile_begin((rt)->profile),                                                     \
            reel_profile_end((rt)->profile, (rt)->scope, #entry, (rt)->kernels->entry((args))))    \
         : (rt)->kernels->entry((args)))

#endif
