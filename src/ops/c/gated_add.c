/* Kernels of the gated residual: fixed chunks of rows, one sample at a time. */
#include "ops/gated_add.h"

#include "ops/c/blocks.h"
#include "ops/scratch.h"

#include <string.h>

static reel_status forward(const reel_gated_add_args *a)
{
    int64_t all_rows = a->batch * a->rows;
#pragma omp parallel for schedule(static) if (all_rows * a->width > REEL_PARALLEL_MIN)
    for (int64_t r = 0; r < all_rows; r++) {
        const float *x = a->x + r * a->width, *y = a->y + r * a->width;
        const float *gate = a->gate + r / a->rows * a->width;
        float *z = a->z + r * a->width;
#pragma omp simd
        for (int64_t d = 0; d < a->width; d++) {
            z[d] = x[d] + gate[d] * y[d];
        }
    }
    return REEL_OK;
}

/* Separate loops: x and y may be one tensor, whose gradient is then added to twice. */
static void backward_row(const reel_gated_add_grad_args *a, float *dgate, int64_t r)
{
    const float *dz = a->dz + r * a->width, *y = a->y + r * a->width;
    if (a->dx) {
        float *dx = a->dx + r * a->width;
#pragma omp simd
        for (int64_t d = 0; d < a->width; d++) {
            dx[d] += dz[d];
        }
    }
    if (a->dy) {
        const float *gate = a->gate + r / a->rows * a->width;
        float *dy = a->dy + r * a->width;
        if (a->dy_is_new) {
            memset(dy, 0, (size_t)a->width * sizeof *dy);
        }
#pragma omp simd
        for (int64_t d = 0; d < a->width; d++) {
            dy[d] += gate[d] * dz[d];
        }
    }
    if (dgate) {
#pragma omp simd
        for (int64_t d = 0; d < a->width; d++) {
            dgate[d] += dz[d] * y[d];
        }
    }
}

/* dx = dz,   dy = gate * dz,   dgate = sum_r dz * y. */
static reel_status backward(const reel_gated_add_grad_args *a)
{
    int64_t per_chunk = reel_rows_per_chunk(a->rows), chunks = reel_row_chunks(a->rows);
    int64_t tasks = a->batch * chunks;
#pragma omp parallel for schedule(static) if (a->batch * a->rows * a->width > REEL_PARALLEL_MIN)
    for (int64_t k = 0; k < tasks; k++) {
        float *dgate = a->dgate ? a->scratch + k * a->width : NULL;
        if (dgate) {
            memset(dgate, 0, (size_t)a->width * sizeof *dgate);
        }
        int64_t first = k / chunks * a->rows, chunk = k % chunks;
        int64_t end = reel_min((chunk + 1) * per_chunk, a->rows);
        for (int64_t r = first + chunk * per_chunk; r < first + end; r++) {
            backward_row(a, dgate, r);
        }
    }
    for (int64_t b = 0; a->dgate && b < a->batch; b++) {
        reel_add_chunks(a->dgate + b * a->width, a->scratch + b * chunks * a->width, chunks,
                        a->width);
    }
    return REEL_OK;
}

const reel_gated_add_kernels reel_gated_add_c = { forward, backward };
