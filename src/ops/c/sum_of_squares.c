/* Sums of squares, chunk by chunk. */
#include "ops/sum_of_squares.h"

static double of_chunk(const float *x, size_t count)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < count; i++) {
        sum += (double)x[i] * (double)x[i];
    }
    return sum;
}

static reel_status run(const reel_sum_of_squares_args *a)
{
    size_t parts = reel_squares_parts(a->count);
#pragma omp parallel for schedule(static) if (parts > 1)
    for (size_t p = 0; p < parts; p++) {
        size_t start = p * REEL_SQUARES_CHUNK, left = a->count - start;
        a->parts[p] = of_chunk(a->x + start, left < REEL_SQUARES_CHUNK ? left : REEL_SQUARES_CHUNK);
    }
    return REEL_OK;
}

const reel_sum_of_squares_kernels reel_sum_of_squares_c = { run };
