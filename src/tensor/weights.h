/* The weights of a model: one table drives shapes, initialisation, loading, saving, counting and
 * the optimiser's groups.
 *
 * A module declares its weights into a set; the set then gives every tensor its place in one
 * buffer. Gradients, moments and averages are buffers with the same offsets. */
#ifndef REEL_TENSOR_WEIGHTS_H
#define REEL_TENSOR_WEIGHTS_H

#include "base/file.h"
#include "tensor/device.h"
#include "tensor/tensor.h"

/* How a weight begins. Fan-in is the product of all dimensions but the first. */
typedef enum {
    REEL_INIT_ZERO,
    REEL_INIT_ONE,
    REEL_INIT_LINEAR,    /* normal, std = 1 / sqrt(fan-in) */
    REEL_INIT_HE,        /* normal, std = sqrt(2 / fan-in), before a rectifier-like activation */
    REEL_INIT_EMBEDDING, /* normal, std = 0.02 */
    REEL_INIT_UNIT,      /* normal, std = 1 */
    REEL_INIT_IDENTITY   /* 1 on the diagonal of a square matrix */
} reel_init;

/* Which rule of the optimiser moves it. */
typedef enum {
    REEL_GROUP_MATRIX,  /* hidden matrices: Muon where the recipe asks for it, weight decay */
    REEL_GROUP_EDGE,    /* first and last layers, convolutions, embeddings: AdamW, weight decay */
    REEL_GROUP_PLAIN,   /* biases, norms, scales: AdamW without decay */
    REEL_GROUP_CONSTANT /* measured, never trained: wants no gradient, stored as f32 always */
} reel_weight_group;

/* What hidden matrices (REEL_GROUP_MATRIX of rank 2) are held as; all other weights are f32. */
typedef enum {
    REEL_WEIGHTS_F32,    /* for training, and the exact way */
    REEL_WEIGHTS_STORED, /* f16 or bf16 as the file's mapping holds them, widened when they are
                          * used: as exact as f32. Inference only */
    REEL_WEIGHTS_INT8    /* tensor/int8_matrix.h: inference only */
} reel_weights_form;

typedef struct {
    char name[96]; /* "block.3.self_attention.to_q.weight" */
    reel_tensor *tensor;
    reel_init init;
    reel_weight_group group;
    size_t offset; /* elements from the start of the buffer; a multiple of 16 */
} reel_weight;

typedef struct {
    reel_weight *items;
    int count, capacity;
    size_t elements;           /* size of the buffer, padding included */
    const reel_device *device; /* of both buffers: the one selected at reel_weights_alloc() */
    float *values;             /* [elements], NULL until reel_weights_alloc() */
    float *grads;              /* [elements], NULL until reel_weights_alloc_grads() */
    void *matrices;            /* hidden matrices in 8 bits, or NULL */
    reel_weights_form form;
    reel_mapping mapping; /* of the file that stored matrices lie in; see reel_weights_load() */
    char prefix[80];
    uint8_t scope[16]; /* the prefix's length at each push */
    int depth;
    reel_status status; /* sticky while declaring */
} reel_weights;

void reel_weights_init_set(reel_weights *set);
void reel_weights_deinit(reel_weights *set); /* frees the buffers; tensors lose their data */

/* Names declared between push and pop are prefixed with "SCOPE.". At most 16 deep. */
void reel_weights_push(reel_weights *set, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void reel_weights_pop(reel_weights *set);

/* Declare one f32 weight; *tensor belongs to the set's lifetime and is filled in here. */
void reel_weights_declare(reel_weights *set, reel_tensor **tensor, const char *name, reel_init init,
                          reel_weight_group group, int rank, const int64_t *dim);
#define REEL_WEIGHT(set, tensor, name, init, group, ...)                                           \
    reel_weights_declare((set), (tensor), (name), (init), (group),                                 \
                         (int)(sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)),              \
                         (int64_t[]){ __VA_ARGS__ })

/* One zeroed buffer for all weights. */
reel_status reel_weights_alloc(reel_weights *set);
/* The same with the hidden matrices in a form of their own, not in that buffer: `elements` and the
 * offsets then count what is f32 alone. Such a set is filled by reel_weights_load(), cannot be
 * trained, and lies in the host's memory: on another device it fails with REEL_ERR_UNSUPPORTED. */
reel_status reel_weights_alloc_as(reel_weights *set, reel_weights_form form);
/* One zeroed buffer for all gradients; weights, constants excepted, want gradients from now on. */
reel_status reel_weights_alloc_grads(reel_weights *set);
reel_status reel_weights_zero_grads(reel_weights *set);
/* A weight that is not trained passes no gradient to itself: all weights whose name begins with
 * `prefix`, constants excepted, stop (or start again) wanting one. Returns how many matched. */
int reel_weights_want_grads(reel_weights *set, const char *prefix, int wanted);

/* Random start, a function of the seed and each weight's name alone. */
reel_status reel_weights_randomise(reel_weights *set, uint64_t seed);

/* Values of one weight from or to the host: reel_count(w) of them. */
reel_status reel_weight_set(const reel_weights *set, const reel_tensor *w, const float *values);
reel_status reel_weight_get(float *values, const reel_weights *set, const reel_tensor *w);

/* Whether it is one of those that a form is chosen for. */
int reel_weight_has_form(const reel_weight *w);

int64_t reel_weights_count(const reel_weights *set); /* parameters, padding not counted */
size_t reel_weights_bytes(const reel_weights *set);  /* of memory, once it is allocated */

#endif
