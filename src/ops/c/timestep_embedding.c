/* Kernel of the timestep embedding: whole turns are removed in f64, so that large angles keep
 * their phase. */
#include "ops/timestep_embedding.h"

#include "ops/c/blocks.h"
#include "ops/c/vector_math.h"

#include <math.h>

#define TWO_PI 6.283185307179586

static reel_status forward(const reel_timestep_embedding_args *a)
{
    double turns_per_time[REEL_TIMESTEP_DIM_MAX / 2];
    double step = log((double)a->max_period) / (double)a->half;
    for (int64_t i = 0; i < a->half; i++) {
        turns_per_time[i] = 1000.0 / TWO_PI * exp(-step * (double)i);
    }
#pragma omp parallel for schedule(static) if (a->count * a->half > REEL_PARALLEL_MIN)
    for (int64_t n = 0; n < a->count; n++) {
        float *y = a->y + 2 * n * a->half;
        double t = a->t[n];
#pragma omp simd
        for (int64_t i = 0; i < a->half; i++) {
            double turns = t * turns_per_time[i];
            float sine, cosine;
            reel_vsincos((float)(TWO_PI * (turns - rint(turns))), &sine, &cosine);
            y[i] = cosine;
            y[a->half + i] = sine;
        }
    }
    return REEL_OK;
}

const reel_timestep_embedding_kernels reel_timestep_embedding_c = { forward };
