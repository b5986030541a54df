/* Arithmetic on rows of numbers that the plain kernels share. */
#ifndef REEL_OPS_C_ROW_H
#define REEL_OPS_C_ROW_H

#include <stdint.h>

static inline float row_dot(const float *a, const float *b, int64_t count)
{
    float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < count; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

static inline void row_add_scaled(float *y, const float *x, float scale, int64_t count)
{
#pragma omp simd
    for (int64_t i = 0; i < count; i++) {
        y[i] += scale * x[i];
    }
}

#endif
