/* Kernels of the layer norm: one row at a time, which stays in the first-level cache. */
#include "ops/layer_norm.h"

#include "ops/c/blocks.h"
#include "ops/scratch.h"

#include <math.h>
#include <string.h>

static void forward_row(const reel_layer_norm_args *a, int64_t r)
{
    const float *x = a->x + r * a->width, *w = a->w, *b = a->b;
    float *y = a->y + r * a->width;
    float sum = 0.0f, squares = 0.0f;
#pragma omp simd reduction(+ : sum)
    for (int64_t c = 0; c < a->width; c++) {
        sum += x[c];
    }
    float mean = sum / (float)a->width;
#pragma omp simd reduction(+ : squares)
    for (int64_t c = 0; c < a->width; c++) {
        squares += (x[c] - mean) * (x[c] - mean);
    }
    float rstd = 1.0f / sqrtf(squares / (float)a->width + a->eps);
    a->mean[r] = mean;
    a->rstd[r] = rstd;
    if (w && b) {
#pragma omp simd
        for (int64_t c = 0; c < a->width; c++) {
            y[c] = (x[c] - mean) * rstd * w[c] + b[c];
        }
        return;
    }
#pragma omp simd
    for (int64_t c = 0; c < a->width; c++) {
        y[c] = (x[c] - mean) * rstd;
    }
    for (int64_t c = 0; w && c < a->width; c++) {
        y[c] *= w[c];
    }
    for (int64_t c = 0; b && c < a->width; c++) {
        y[c] += b[c];
    }
}

static reel_status forward(const reel_layer_norm_args *a)
{
#pragma omp parallel for schedule(static) if (a->rows * a->width > REEL_PARALLEL_MIN)
    for (int64_t r = 0; r < a->rows; r++) {
        forward_row(a, r);
    }
    return REEL_OK;
}

/* With n = (x - mean) * rstd and g = dy * w:
 *     dx = rstd * (g - mean_c(g) - n * mean_c(g * n)),   dw = sum_r dy * n,   db = sum_r dy. */
static void dx_row(const reel_layer_norm_grad_args *a, int64_t r)
{
    const float *x = a->x + r * a->width, *dy = a->dy + r * a->width, *w = a->w;
    float *dx = a->dx + r * a->width;
    float mean = a->mean[r], rstd = a->rstd[r];
    float sum_g = 0.0f, sum_gx = 0.0f;
#pragma omp simd reduction(+ : sum_g, sum_gx)
    for (int64_t c = 0; c < a->width; c++) {
        float g = w ? dy[c] * w[c] : dy[c];
        sum_g += g;
        sum_gx += g * (x[c] - mean);
    }
    float mean_g = sum_g / (float)a->width;
    float of_x = sum_gx * rstd * rstd / (float)a->width;
#pragma omp simd
    for (int64_t c = 0; c < a->width; c++) {
        float g = w ? dy[c] * w[c] : dy[c];
        dx[c] += rstd * (g - mean_g - (x[c] - mean) * of_x);
    }
}

static void dw_row(const reel_layer_norm_grad_args *a, float *dw, float *db, int64_t r)
{
    const float *x = a->x + r * a->width, *dy = a->dy + r * a->width;
    float mean = a->mean[r], rstd = a->rstd[r];
#pragma omp simd
    for (int64_t c = 0; c < a->width; c++) {
        dw[c] += dy[c] * ((x[c] - mean) * rstd);
        db[c] += dy[c];
    }
}

static reel_status backward(const reel_layer_norm_grad_args *a)
{
    int64_t per_chunk = reel_rows_per_chunk(a->rows), chunks = reel_row_chunks(a->rows);
    float *all_db = a->scratch ? a->scratch + chunks * a->width : NULL;
#pragma omp parallel for schedule(static) if (a->rows * a->width > REEL_PARALLEL_MIN)
    for (int64_t k = 0; k < chunks; k++) {
        float *dw = a->scratch ? a->scratch + k * a->width : NULL;
        float *db = dw ? all_db + k * a->width : NULL;
        if (dw) {
            memset(dw, 0, (size_t)a->width * sizeof *dw);
            memset(db, 0, (size_t)a->width * sizeof *db);
        }
        int64_t end = reel_min((k + 1) * per_chunk, a->rows);
        for (int64_t r = k * per_chunk; r < end; r++) {
            if (a->dx) {
                dx_row(a, r);
            }
            if (dw) {
                dw_row(a, dw, db, r);
            }
        }
    }
    if (a->dw) {
        reel_add_chunks(a->dw, a->scratch, chunks, a->width);
    }
    if (a->db) {
        reel_add_chunks(a->db, all_db, chunks, a->width);
    }
    return REEL_OK;
}

const reel_layer_norm_kernels reel_layer_norm_c = { forward, backward };
