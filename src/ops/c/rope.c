/* Kernels of the rotary positions: a table of cosines and sines, then one token at a time. */
#include "ops/rope.h"

#include "ops/c/blocks.h"
#include "ops/c/vector_math.h"

#include <string.h>

/* scratch = cosines [length, half], then sines. */
static void fill_table(const reel_rope_args *a)
{
    int64_t count = a->length * a->half;
#pragma omp parallel for schedule(static) if (count > REEL_PARALLEL_MIN)
    for (int64_t at = 0; at < count; at += REEL_BLOCK) {
        int64_t end = reel_min(at + REEL_BLOCK, count);
#pragma omp simd
        for (int64_t i = at; i < end; i++) {
            float sine, cosine;
            reel_vsincos(a->angles[i], &sine, &cosine);
            a->scratch[i] = cosine;
            a->scratch[count + i] = sine;
        }
    }
}

static void turn_head(float *restrict y, const float *restrict x, const float *cosine,
                      const float *sine, int64_t half)
{
#pragma omp simd
    for (int64_t i = 0; i < half; i++) {
        y[i] = x[i] * cosine[i] - x[i + half] * sine[i];
        y[i + half] = x[i + half] * cosine[i] + x[i] * sine[i];
    }
}

static void add_turned_back(float *restrict y, const float *restrict x, const float *cosine,
                            const float *sine, int64_t half)
{
#pragma omp simd
    for (int64_t i = 0; i < half; i++) {
        y[i] += x[i] * cosine[i] + x[i + half] * sine[i];
        y[i + half] += x[i + half] * cosine[i] - x[i] * sine[i];
    }
}

static reel_status forward(const reel_rope_args *a)
{
    fill_table(a);
    int64_t tokens = a->batch * a->length, width = 2 * a->half * a->heads;
#pragma omp parallel for schedule(static) if (tokens * width > REEL_PARALLEL_MIN)
    for (int64_t t = 0; t < tokens; t++) {
        const float *cosine = a->scratch + t % a->length * a->half;
        const float *sine = cosine + a->length * a->half;
        for (int64_t at = t * width; at < (t + 1) * width; at += 2 * a->half) {
            turn_head(a->y + at, a->x + at, cosine, sine, a->half);
        }
    }
    return REEL_OK;
}

static reel_status backward(const reel_rope_args *a)
{
    fill_table(a);
    int64_t tokens = a->batch * a->length, width = 2 * a->half * a->heads;
#pragma omp parallel for schedule(static) if (tokens * width > REEL_PARALLEL_MIN)
    for (int64_t t = 0; t < tokens; t++) {
        const float *cosine = a->scratch + t % a->length * a->half;
        const float *sine = cosine + a->length * a->half;
        if (a->y_is_new) {
            memset(a->y + t * width, 0, (size_t)width * sizeof(float));
        }
        for (int64_t at = t * width; at < (t + 1) * width; at += 2 * a->half) {
            add_turned_back(a->y + at, a->x + at, cosine, sine, a->half);
        }
    }
    return REEL_OK;
}

const reel_rope_kernels reel_rope_c = { forward, backward };
