/* The norm of a gradient. */
#include "train/grad_clip.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>

enum { CHUNK = 1 << 15 };

static double sum_of_squares(const float *x, size_t count)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < count; i++) {
        sum += (double)x[i] * (double)x[i];
    }
    return sum;
}

reel_status reel_grad_norm(double *out, const float *grad, size_t count)
{
    size_t chunks = (count + CHUNK - 1) / CHUNK;
    double *part = malloc((chunks ? chunks : 1) * sizeof *part);
    if (!part) {
        return REEL_FAIL(REEL_ERR_MEMORY, "gradient norm: no memory for %zu parts", chunks);
    }
#pragma omp parallel for schedule(static) if (chunks > 1)
    for (size_t c = 0; c < chunks; c++) {
        size_t start = c * CHUNK, left = count - start;
        part[c] = sum_of_squares(grad + start, left < CHUNK ? left : CHUNK);
    }
    double sum = 0;
    for (size_t c = 0; c < chunks; c++) {
        sum += part[c];
    }
    free(part);
    *out = sqrt(sum);
    return REEL_OK;
}

float reel_grad_clip_scale(double norm, double limit)
{
    return limit > 0 && norm > limit ? (float)(limit / norm) : 1.0f;
}
