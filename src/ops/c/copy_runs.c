/* Kernels of copies of runs. */
#include "ops/copy_runs.h"

#include "ops/c/blocks.h"

#include <string.h>

static reel_status copy(const reel_copy_runs_args *a)
{
#pragma omp parallel for collapse(2) schedule(static) if (a->outer * a->run > REEL_PARALLEL_MIN)
    for (int64_t n = 0; n < a->outer; n++) {
        for (int64_t at = 0; at < a->run; at += REEL_BLOCK) {
            memcpy(a->target + n * a->target_stride + at, a->source + n * a->source_stride + at,
                   (size_t)reel_min(REEL_BLOCK, a->run - at) * sizeof(float));
        }
    }
    return REEL_OK;
}

static reel_status add(const reel_copy_runs_args *a)
{
#pragma omp parallel for collapse(2) schedule(static) if (a->outer * a->run > REEL_PARALLEL_MIN)
    for (int64_t n = 0; n < a->outer; n++) {
        for (int64_t at = 0; at < a->run; at += REEL_BLOCK) {
            float *target = a->target + n * a->target_stride + at;
            const float *source = a->source + n * a->source_stride + at;
            int64_t count = reel_min(REEL_BLOCK, a->run - at);
#pragma omp simd
            for (int64_t i = 0; i < count; i++) {
                target[i] += source[i];
            }
        }
    }
    return REEL_OK;
}

const reel_copy_runs_kernels reel_copy_runs_c = { copy, add };
