/* Dense tensors: a type, a shape and a pointer.
 *
 * Dimensions are outermost first, as in PyTorch; memory is contiguous. Activations are channels
 * last: video is [B, F, H, W, C], tokens are [B, L, D], so that the last dimension is always the
 * one that linear layers and norms work on. */
#ifndef REEL_TENSOR_TENSOR_H
#define REEL_TENSOR_TENSOR_H

#include "reel/status.h"

#include <stddef.h>
#include <stdint.h>

typedef enum { REEL_F32, REEL_F16, REEL_BF16, REEL_I32, REEL_U8, REEL_I8 } reel_dtype;

enum { REEL_MAX_RANK = 6 };

typedef struct reel_tensor {
    reel_dtype dtype;
    int rank;
    int wants_grad; /* the tape must bring a gradient here */
    int is_dropped; /* its memory is another's: tensor/reuse.h */
    int64_t dim[REEL_MAX_RANK];
    void *data;               /* untouched outside ops/; NULL during a dry pass */
    struct reel_tensor *grad; /* same shape, f32; NULL until backward reaches the tensor */
    struct reel_tensor *base; /* the tensor that this one is a view of, or NULL */
} reel_tensor;

size_t reel_dtype_size(reel_dtype dtype);
const char *reel_dtype_name(reel_dtype dtype); /* "f32" */

int64_t reel_count(const reel_tensor *t); /* elements */
size_t reel_size_bytes(const reel_tensor *t);

/* A tensor seen as rows of its last dimension. */
static inline int64_t reel_width(const reel_tensor *t)
{
    return t->rank ? t->dim[t->rank - 1] : 1;
}
int64_t reel_rows(const reel_tensor *t);

int reel_same_shape(const reel_tensor *a, const reel_tensor *b);

/* "[2, 8, 64] f32", for messages. */
typedef struct {
    char text[96];
} reel_shape_text;
reel_shape_text reel_shape(const reel_tensor *t);

static inline float *reel_f32(const reel_tensor *t)
{
    return t ? (float *)t->data : NULL;
}

#endif
