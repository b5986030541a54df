/* What the dispatch files ask about shapes before they run a kernel. */
#ifndef REEL_OPS_EXPECT_H
#define REEL_OPS_EXPECT_H

#include "tensor/tensor.h"

enum { REEL_ANY = -1 };

/* Non-zero if t is f32 of exactly these dimensions; REEL_ANY fits every size. */
static inline int reel_is_f32(const reel_tensor *t, int rank, const int64_t *dim)
{
    int fits = t->dtype == REEL_F32 && t->rank == rank;
    for (int i = 0; fits && i < rank; i++) {
        fits = dim[i] == REEL_ANY || dim[i] == t->dim[i];
    }
    return fits;
}
#define REEL_IS_F32(t, ...)                                                                        \
    reel_is_f32((t), (int)(sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)),                  \
                (int64_t[]){ __VA_ARGS__ })

/* A tensor around one axis: [outer, dim[axis], inner]. */
static inline int64_t reel_outer(const reel_tensor *t, int axis)
{
    int64_t count = 1;
    for (int i = 0; i < axis; i++) {
        count *= t->dim[i];
    }
    return count;
}

static inline int64_t reel_inner(const reel_tensor *t, int axis)
{
    int64_t count = 1;
    for (int i = axis + 1; i < t->rank; i++) {
        count *= t->dim[i];
    }
    return count;
}

/* Rows of one sample: t as [B, rows, width]; rank 2 or more. */
static inline int64_t reel_sample_rows(const reel_tensor *t)
{
    return reel_inner(t, 0) / (reel_width(t) ? reel_width(t) : 1);
}

#endif
