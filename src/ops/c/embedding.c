/* Kernels of the embedding table: copies, and their transpose. */
#include "ops/embedding.h"

#include <string.h>

static reel_status forward(const reel_embedding_args *a)
{
    for (int64_t n = 0; n < a->count; n++) {
        memcpy(a->y + n * a->width, a->table + a->ids[n] * a->width,
               (size_t)a->width * sizeof(float));
    }
    return REEL_OK;
}

/* One thread adds in the order of the ids: an id may come more than once. */
static reel_status backward(const reel_embedding_grad_args *a)
{
    for (int64_t n = 0; n < a->count; n++) {
        float *dtable = a->dtable + a->ids[n] * a->width;
        const float *dy = a->dy + n * a->width;
#pragma omp simd
        for (int64_t c = 0; c < a->width; c++) {
            dtable[c] += dy[c];
        }
    }
    return REEL_OK;
}

const reel_embedding_kernels reel_embedding_c = { forward, backward };
