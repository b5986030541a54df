/* Kernels of the RMS norm: one row at a time, which stays in the first-level cache. */
#include "ops/rms_norm.h"

#include "ops/c/blocks.h"
#include "ops/scratch.h"

#include <math.h>
#include <string.h>

static void forward_row(const reel_rms_norm_args *a, int64_t r)
{
    const float *x = a->x + r * a->width;
    float *y = a->y + r * a->width;
    float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
    for (int64_t c = 0; c < a->width; c++) {
        sum += x[c] * x[c];
    }
    float rstd = 1.0f / sqrtf(sum / (float)a->width + a->eps);
    a->rstd[r] = rstd;
    if (a->w) {
        const float *w = a->w;
#pragma omp simd
        for (int64_t c = 0; c < a->width; c++) {
            y[c] = x[c] * rstd * w[c];
        }
    } else {
#pragma omp simd
        for (int64_t c = 0; c < a->width; c++) {
            y[c] = x[c] * rstd;
        }
    }
}

static reel_status forward(const reel_rms_norm_args *a)
{
#pragma omp parallel for schedule(static) if (a->rows * a->width > REEL_PARALLEL_MIN)
    for (int64_t r = 0; r < a->rows; r++) {
        forward_row(a, r);
    }
    return REEL_OK;
}

/* With n = x * rstd and g = dy * w:   dw = sum_r dy * n,   dx = rstd * (g - n * mean_c(g * n)). */
static void dx_row(const reel_rms_norm_grad_args *a, int64_t r)
{
    const float *x = a->x + r * a->width, *dy = a->dy + r * a->width, *w = a->w;
    float *dx = a->dx + r * a->width;
    if (a->dx_is_new) {
        memset(dx, 0, (size_t)a->width * sizeof *dx);
    }
    float rstd = a->rstd[r], sum = 0.0f;
    if (w) {
#pragma omp simd reduction(+ : sum)
        for (int64_t c = 0; c < a->width; c++) {
            sum += dy[c] * w[c] * x[c];
        }
    } else {
#pragma omp simd reduction(+ : sum)
        for (int64_t c = 0; c < a->width; c++) {
            sum += dy[c] * x[c];
        }
    }
    float of_x = sum * rstd * rstd * rstd / (float)a->width;
    if (w) {
#pragma omp simd
        for (int64_t c = 0; c < a->width; c++) {
            dx[c] += rstd * dy[c] * w[c] - of_x * x[c];
        }
    } else {
#pragma omp simd
        for (int64_t c = 0; c < a->width; c++) {
            dx[c] += rstd * dy[c] - of_x * x[c];
        }
    }
}

static void dw_row(const reel_rms_norm_grad_args *a, float *dw, int64_t r)
{
    const float *x = a->x + r * a->width, *dy = a->dy + r * a->width;
    float rstd = a->rstd[r];
#pragma omp simd
    for (int64_t c = 0; c < a->width; c++) {
        dw[c] += dy[c] * (x[c] * rstd);
    }
}

static reel_status backward(const reel_rms_norm_grad_args *a)
{
    int64_t per_chunk = reel_rows_per_chunk(a->rows), chunks = reel_row_chunks(a->rows);
#pragma omp parallel for schedule(static) if (a->rows * a->width > REEL_PARALLEL_MIN)
    for (int64_t k = 0; k < chunks; k++) {
        float *dw = a->dw ? a->scratch + k * a->width : NULL;
        if (dw) {
            memset(dw, 0, (size_t)a->width * sizeof *dw);
        }
        int64_t end = reel_min((k + 1) * per_chunk, a->rows);
        for (int64_t r = k * per_chunk; r < end; r++) {
            if (a->dx) {
                dx_row(a, r);
            }
            if (dw) {
                dw_row(a, dw, r);
            }
        }
    }
    if (a->dw) {
        reel_add_chunks(a->dw, a->scratch, chunks, a->width);
    }
    return REEL_OK;
}

const reel_rms_norm_kernels reel_rms_norm_c = { forward, backward };
