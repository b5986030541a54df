/* Kernels of sums, products and repetition. */
#include "ops/elementwise.h"

#include "ops/c/blocks.h"
#include "ops/scratch.h"

#include <string.h>

enum { TILE = 1024 }; /* columns of one piece of a sum over rows */

static void add_to(float *y, const float *x, int64_t count)
{
#pragma omp simd
    for (int64_t i = 0; i < count; i++) {
        y[i] += x[i];
    }
}

static void subtract_from(float *y, const float *x, int64_t count)
{
#pragma omp simd
    for (int64_t i = 0; i < count; i++) {
        y[i] -= x[i];
    }
}

static void add_product(float *y, const float *a, const float *b, int64_t count)
{
#pragma omp simd
    for (int64_t i = 0; i < count; i++) {
        y[i] += a[i] * b[i];
    }
}

/* --- two tensors of one shape --------------------------------------------------------------- */

static void binary_block(reel_binary_kind kind, float *z, const float *a, const float *b,
                         int64_t count)
{
    if (kind == REEL_BINARY_ADD) {
#pragma omp simd
        for (int64_t i = 0; i < count; i++) {
            z[i] = a[i] + b[i];
        }
    } else if (kind == REEL_BINARY_SUB) {
#pragma omp simd
        for (int64_t i = 0; i < count; i++) {
            z[i] = a[i] - b[i];
        }
    } else {
#pragma omp simd
        for (int64_t i = 0; i < count; i++) {
            z[i] = a[i] * b[i];
        }
    }
}

static reel_status binary_forward(const reel_binary_args *a)
{
#pragma omp parallel for schedule(static) if (a->count > REEL_PARALLEL_MIN)
    for (int64_t at = 0; at < a->count; at += REEL_BLOCK) {
        binary_block(a->kind, a->z + at, a->a + at, a->b + at, reel_min(REEL_BLOCK, a->count - at));
    }
    return REEL_OK;
}

static void binary_grad_block(const reel_binary_grad_args *a, int64_t at, int64_t count)
{
    const float *dz = a->dz + at;
    int is_product = a->kind == REEL_BINARY_MUL;
    if (a->da && is_product) {
        add_product(a->da + at, dz, a->b + at, count);
    } else if (a->da) {
        add_to(a->da + at, dz, count);
    }
    if (a->db && is_product) {
        add_product(a->db + at, dz, a->a + at, count);
    } else if (a->db && a->kind == REEL_BINARY_SUB) {
        subtract_from(a->db + at, dz, count);
    } else if (a->db) {
        add_to(a->db + at, dz, count);
    }
}

static reel_status binary_backward(const reel_binary_grad_args *a)
{
#pragma omp parallel for schedule(static) if (a->count > REEL_PARALLEL_MIN)
    for (int64_t at = 0; at < a->count; at += REEL_BLOCK) {
        binary_grad_block(a, at, reel_min(REEL_BLOCK, a->count - at));
    }
    return REEL_OK;
}

const reel_binary_kernels reel_binary_c = { binary_forward, binary_backward };

/* --- a tensor added to every leading index of another ----------------------------------------- */

static reel_status add_rows_forward(const reel_add_rows_args *a)
{
#pragma omp parallel for collapse(2) schedule(static) if (a->rows * a->width > REEL_PARALLEL_MIN)
    for (int64_t r = 0; r < a->rows; r++) {
        for (int64_t at = 0; at < a->width; at += REEL_BLOCK) {
            binary_block(REEL_BINARY_ADD, a->z + r * a->width + at, a->x + r * a->width + at,
                         a->y + at, reel_min(REEL_BLOCK, a->width - at));
        }
    }
    return REEL_OK;
}

/* dx = dz,   dy = sum over rows of dz: chunks of rows by tiles of columns. */
static reel_status add_rows_backward(const reel_add_rows_grad_args *a)
{
    int64_t count = a->rows * a->width;
#pragma omp parallel for schedule(static) if (count > REEL_PARALLEL_MIN)
    for (int64_t at = 0; at < (a->dx ? count : 0); at += REEL_BLOCK) {
        add_to(a->dx + at, a->dz + at, reel_min(REEL_BLOCK, count - at));
    }
    int64_t per_chunk = reel_rows_per_chunk(a->rows), chunks = reel_row_chunks(a->rows);
#pragma omp parallel for collapse(2) schedule(static) if (count > REEL_PARALLEL_MIN)
    for (int64_t k = 0; k < (a->dy ? chunks : 0); k++) {
        for (int64_t at = 0; at < a->width; at += TILE) {
            float *sum = a->scratch + k * a->width + at;
            int64_t tile = reel_min(TILE, a->width - at);
            memset(sum, 0, (size_t)tile * sizeof *sum);
            int64_t end = reel_min((k + 1) * per_chunk, a->rows);
            for (int64_t r = k * per_chunk; r < end; r++) {
                add_to(sum, a->dz + r * a->width + at, tile);
            }
        }
    }
    if (a->dy) {
        reel_add_chunks(a->dy, a->scratch, chunks, a->width);
    }
    return REEL_OK;
}

const reel_add_rows_kernels reel_add_rows_c = { add_rows_forward, add_rows_backward };

/* --- rows repeated ---------------------------------------------------------------------------- */

static reel_status repeat_forward(const reel_repeat_args *a)
{
#pragma omp parallel for schedule(static) if (a->rows * a->times * a->width > REEL_PARALLEL_MIN)
    for (int64_t r = 0; r < a->rows * a->times; r++) {
        memcpy(a->y + r * a->width, a->x + r / a->times * a->width,
               (size_t)a->width * sizeof(float));
    }
    return REEL_OK;
}

static reel_status repeat_backward(const reel_repeat_grad_args *a)
{
#pragma omp parallel for schedule(static) if (a->rows * a->times * a->width > REEL_PARALLEL_MIN)
    for (int64_t r = 0; r < a->rows; r++) {
        for (int64_t j = 0; j < a->times; j++) {
            add_to(a->dx + r * a->width, a->dy + (r * a->times + j) * a->width, a->width);
        }
    }
    return REEL_OK;
}

const reel_repeat_kernels reel_repeat_c = { repeat_forward, repeat_backward };
