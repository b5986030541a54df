/* Averaging a buffer. */
#include "ops/average.h"

static reel_status update(const reel_average_args *a)
{
#pragma omp parallel for simd schedule(static)
    for (size_t i = 0; i < a->count; i++) {
        a->average[i] += a->share * (a->value[i] - a->average[i]);
    }
    return REEL_OK;
}

static reel_status swap(const reel_average_args *a)
{
#pragma omp parallel for simd schedule(static)
    for (size_t i = 0; i < a->count; i++) {
        float kept = a->average[i];
        a->average[i] = a->value[i];
        a->value[i] = kept;
    }
    return REEL_OK;
}

const reel_average_kernels reel_average_c = { update, swap };
