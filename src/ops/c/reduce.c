/* Kernels of means over rows and differences of neighbours. */
#include "ops/reduce.h"

#include "ops/c/blocks.h"

/* --- means ------------------------------------------------------------------------------------ */

enum { TILE = 64 }; /* columns summed at a time */

static void mean_tile(const reel_mean_axis1_args *a, int64_t b, int64_t at)
{
    int64_t tile = reel_min(TILE, a->width - at);
    double sum[TILE] = { 0 };
    for (int64_t l = 0; l < a->rows; l++) {
        const float *x = a->x + (b * a->rows + l) * a->width + at;
        double m = a->mask ? (double)a->mask[b * a->rows + l] : 1.0;
#pragma omp simd
        for (int64_t d = 0; d < tile; d++) {
            sum[d] += m * (double)x[d];
        }
    }
    for (int64_t d = 0; d < tile; d++) {
        a->y[b * a->width + at + d] = (float)(sum[d] * (double)a->share[b]);
    }
}

static reel_status mean_forward(const reel_mean_axis1_args *a)
{
    for (int64_t b = 0; b < a->batch; b++) {
        double total = a->mask ? 0.0 : (double)a->rows;
        for (int64_t l = 0; a->mask && l < a->rows; l++) {
            total += (double)a->mask[b * a->rows + l];
        }
        a->share[b] = total > 0.0 ? (float)(1.0 / total) : 0.0f;
    }
#pragma omp parallel for collapse(2)                                                               \
    schedule(static) if (a->batch * a->rows * a->width > REEL_PARALLEL_MIN)
    for (int64_t b = 0; b < a->batch; b++) {
        for (int64_t at = 0; at < a->width; at += TILE) {
            mean_tile(a, b, at);
        }
    }
    return REEL_OK;
}

static reel_status mean_backward(const reel_mean_axis1_grad_args *a)
{
    int64_t all_rows = a->batch * a->rows;
#pragma omp parallel for schedule(static) if (all_rows * a->width > REEL_PARALLEL_MIN)
    for (int64_t r = 0; r < all_rows; r++) {
        int64_t b = r / a->rows;
        float factor = a->share[b] * (a->mask ? a->mask[r] : 1.0f);
        const float *dy = a->dy + b * a->width;
        float *dx = a->dx + r * a->width;
#pragma omp simd
        for (int64_t d = 0; d < a->width; d++) {
            dx[d] += factor * dy[d];
        }
    }
    return REEL_OK;
}

const reel_mean_axis1_kernels reel_mean_axis1_c = { mean_forward, mean_backward };

/* --- differences ------------------------------------------------------------------------------ */

static reel_status difference_forward(const reel_difference_args *a)
{
    int64_t run = (a->count - 1) * a->inner;
#pragma omp parallel for collapse(2) schedule(static) if (a->outer * run > REEL_PARALLEL_MIN)
    for (int64_t n = 0; n < a->outer; n++) {
        for (int64_t at = 0; at < run; at += REEL_BLOCK) {
            const float *x = a->x + n * a->count * a->inner + at;
            float *y = a->y + n * run + at;
            int64_t count = reel_min(REEL_BLOCK, run - at), inner = a->inner;
#pragma omp simd
            for (int64_t i = 0; i < count; i++) {
                y[i] = x[i + inner] - x[i];
            }
        }
    }
    return REEL_OK;
}

/* The run of one outer index: dx -= dy, then dx, one step further, += dy. */
static reel_status difference_backward(const reel_difference_grad_args *a)
{
    int64_t run = (a->count - 1) * a->inner;
#pragma omp parallel for schedule(static) if (a->outer * run > REEL_PARALLEL_MIN)
    for (int64_t n = 0; n < a->outer; n++) {
        const float *dy = a->dy + n * run;
        float *dx = a->dx + n * a->count * a->inner;
#pragma omp simd
        for (int64_t i = 0; i < run; i++) {
            dx[i] -= dy[i];
        }
        dx += a->inner;
#pragma omp simd
        for (int64_t i = 0; i < run; i++) {
            dx[i] += dy[i];
        }
    }
    return REEL_OK;
}

const reel_difference_kernels reel_difference_c = { difference_forward, difference_backward };
