/* How the plain kernels share work among threads: in fixed blocks, and only when it is worth
 * waking a thread. */
#ifndef REEL_OPS_C_BLOCKS_H
#define REEL_OPS_C_BLOCKS_H

#include <stdint.h>

enum {
    REEL_PARALLEL_MIN = 32768, /* elements from which a second thread pays */
    REEL_BLOCK = 8192          /* elements of one piece of work */
};

static inline int64_t reel_blocks(int64_t count, int64_t block)
{
    return (count + block - 1) / block;
}

static inline int64_t reel_min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* out[c] += sum over chunks of partial[chunk][c], in order. */
static inline void reel_add_chunks(float *out, const float *partial, int64_t chunks, int64_t width)
{
    for (int64_t k = 0; k < chunks; k++) {
        const float *p = partial + k * width;
#pragma omp simd
        for (int64_t c = 0; c < width; c++) {
            out[c] += p[c];
        }
    }
}

#endif
