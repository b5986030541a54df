/* AdamW, one pass over memory. */
#include "ops/adamw.h"

#include <math.h>

static void move(const reel_adamw_args *a, const reel_adamw_chunk *chunk, reel_adamw_factors f)
{
    float *restrict w = a->weight + chunk->offset, *restrict m = a->first + chunk->offset;
    float *restrict v = a->second + chunk->offset;
    const float *restrict g = a->grad + chunk->offset;
    float keep = chunk->decays ? f.keep : 1.0f;
#pragma omp simd
    for (int64_t i = 0; i < chunk->count; i++) {
        float grad = g[i] * f.scale;
        m[i] = f.beta1 * m[i] + f.rest1 * grad;
        v[i] = f.beta2 * v[i] + f.rest2 * grad * grad;
        w[i] = w[i] * keep - f.rate * m[i] / (sqrtf(v[i]) * f.unbias + f.eps);
    }
}

static reel_status step(const reel_adamw_args *a)
{
    reel_adamw_factors factors = reel_adamw_factors_of(a);
#pragma omp parallel for schedule(static)
    for (int i = 0; i < a->chunk_count; i++) {
        move(a, &a->chunks[i], factors);
    }
    return REEL_OK;
}

const reel_adamw_kernels reel_adamw_c = { step };
