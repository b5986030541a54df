/* Kernels of the interpolation between rows. */
#include "ops/interpolate.h"

#include "ops/c/blocks.h"

enum { TILE = 128 }; /* columns that one thread scatters */

typedef struct {
    int64_t row, next; /* next == row at the end */
    float fraction;
} place;

static place place_of(float position, int64_t rows)
{
    float last = (float)(rows - 1);
    float clamped = position > 0.0f ? position : 0.0f;
    clamped = clamped < last ? clamped : last;
    int64_t row = reel_min((int64_t)clamped, rows - 1);
    return (place){ row, reel_min(row + 1, rows - 1), clamped - (float)row };
}

static reel_status forward(const reel_interpolate_args *a)
{
#pragma omp parallel for collapse(2)                                                               \
    schedule(static) if (a->batch * a->count * a->width > REEL_PARALLEL_MIN)
    for (int64_t b = 0; b < a->batch; b++) {
        for (int64_t n = 0; n < a->count; n++) {
            place p = place_of(a->positions[n], a->rows);
            const float *low = a->x + (b * a->rows + p.row) * a->width;
            const float *high = a->x + (b * a->rows + p.next) * a->width;
            float *y = a->y + (b * a->count + n) * a->width;
#pragma omp simd
            for (int64_t c = 0; c < a->width; c++) {
                y[c] = (1.0f - p.fraction) * low[c] + p.fraction * high[c];
            }
        }
    }
    return REEL_OK;
}

static void scatter_tile(const reel_interpolate_grad_args *a, int64_t b, int64_t at)
{
    int64_t tile = reel_min(TILE, a->width - at);
    for (int64_t n = 0; n < a->count; n++) {
        place p = place_of(a->positions[n], a->rows);
        const float *dy = a->dy + (b * a->count + n) * a->width + at;
        float *low = a->dx + (b * a->rows + p.row) * a->width + at;
        float *high = a->dx + (b * a->rows + p.next) * a->width + at;
#pragma omp simd
        for (int64_t c = 0; c < tile; c++) {
            low[c] += (1.0f - p.fraction) * dy[c];
        }
#pragma omp simd
        for (int64_t c = 0; c < tile; c++) {
            high[c] += p.fraction * dy[c];
        }
    }
}

static reel_status backward(const reel_interpolate_grad_args *a)
{
#pragma omp parallel for collapse(2)                                                               \
    schedule(static) if (a->batch * a->count * a->width > REEL_PARALLEL_MIN)
    for (int64_t b = 0; b < a->batch; b++) {
        for (int64_t at = 0; at < a->width; at += TILE) {
            scatter_tile(a, b, at);
        }
    }
    return REEL_OK;
}

const reel_interpolate_kernels reel_interpolate_c = { forward, backward };
