/* Kernels of the modulation: fixed chunks of rows, one sample at a time. */
#include "ops/modulate.h"

#include "ops/c/blocks.h"
#include "ops/scratch.h"

#include <string.h>

static reel_status forward(const reel_modulate_args *a)
{
    int64_t all_rows = a->batch * a->rows;
#pragma omp parallel for schedule(static) if (all_rows * a->width > REEL_PARALLEL_MIN)
    for (int64_t r = 0; r < all_rows; r++) {
        const float *x = a->x + r * a->width;
        const float *shift = a->shift + r / a->rows * a->width;
        const float *scale = a->scale + r / a->rows * a->width;
        float *y = a->y + r * a->width;
#pragma omp simd
        for (int64_t d = 0; d < a->width; d++) {
            y[d] = x[d] * (1.0f + scale[d]) + shift[d];
        }
    }
    return REEL_OK;
}

static void dx_row(const reel_modulate_grad_args *a, int64_t r)
{
    const float *dy = a->dy + r * a->width, *scale = a->scale + r / a->rows * a->width;
    float *dx = a->dx + r * a->width;
    if (a->dx_is_new) {
        memset(dx, 0, (size_t)a->width * sizeof *dx);
    }
#pragma omp simd
    for (int64_t d = 0; d < a->width; d++) {
        dx[d] += dy[d] * (1.0f + scale[d]);
    }
}

static void sums_row(const reel_modulate_grad_args *a, float *dshift, float *dscale, int64_t r)
{
    const float *dy = a->dy + r * a->width, *x = a->x + r * a->width;
#pragma omp simd
    for (int64_t d = 0; d < a->width; d++) {
        dshift[d] += dy[d];
        dscale[d] += dy[d] * x[d];
    }
}

/* dx = dy * (1 + scale),   dshift = sum_r dy,   dscale = sum_r dy * x. */
static reel_status backward(const reel_modulate_grad_args *a)
{
    int64_t per_chunk = reel_rows_per_chunk(a->rows), chunks = reel_row_chunks(a->rows);
    int64_t tasks = a->batch * chunks;
    float *all_dscale = a->scratch ? a->scratch + tasks * a->width : NULL;
#pragma omp parallel for schedule(static) if (a->batch * a->rows * a->width > REEL_PARALLEL_MIN)
    for (int64_t k = 0; k < tasks; k++) {
        float *dshift = a->scratch ? a->scratch + k * a->width : NULL;
        float *dscale = dshift ? all_dscale + k * a->width : NULL;
        if (dshift) {
            memset(dshift, 0, (size_t)a->width * sizeof *dshift);
            memset(dscale, 0, (size_t)a->width * sizeof *dscale);
        }
        int64_t first = k / chunks * a->rows, chunk = k % chunks;
        int64_t end = reel_min((chunk + 1) * per_chunk, a->rows);
        for (int64_t r = first + chunk * per_chunk; r < first + end; r++) {
            if (a->dx) {
                dx_row(a, r);
            }
            if (dshift) {
                sums_row(a, dshift, dscale, r);
            }
        }
    }
    for (int64_t b = 0; b < a->batch; b++) {
        int64_t at = b * chunks * a->width;
        if (a->dshift) {
            reel_add_chunks(a->dshift + b * a->width, a->scratch + at, chunks, a->width);
        }
        if (a->dscale) {
            reel_add_chunks(a->dscale + b * a->width, all_dscale + at, chunks, a->width);
        }
    }
    return REEL_OK;
}

const reel_modulate_kernels reel_modulate_c = { forward, backward };
