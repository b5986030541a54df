/* The sum of the squares of a buffer, in double precision and in fixed chunks. */
#ifndef REEL_OPS_SUM_OF_SQUARES_H
#define REEL_OPS_SUM_OF_SQUARES_H

#include "reel/status.h"

#include <stddef.h>

enum { REEL_SQUARES_CHUNK = 1 << 15 };

static inline size_t reel_squares_parts(size_t count)
{
    return (count + REEL_SQUARES_CHUNK - 1) / REEL_SQUARES_CHUNK;
}

typedef struct {
    double *parts;  /* [reel_squares_parts(count)]: of each chunk; the caller adds them in order */
    const float *x; /* [count] */
    size_t count;
} reel_sum_of_squares_args;

typedef struct {
    reel_status (*run)(const reel_sum_of_squares_args *args);
} reel_sum_of_squares_kernels;

extern const reel_sum_of_squares_kernels reel_sum_of_squares_c;

#endif
