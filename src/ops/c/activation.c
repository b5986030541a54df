/* Kernels of SwiGLU: one row at a time. */
#include "ops/activation.h"

#include "ops/c/blocks.h"
#include "ops/c/gate.h"

/* A row's two halves are read side by side, which processors do not foresee as they do one stream
 * of numbers: the row after the next of `rows` is asked for by hand. */
static void foresee(const float *all, int64_t row, int64_t rows, int64_t width)
{
    enum { AHEAD = 2, LINE = 16 };
    for (int64_t c = 0; row + AHEAD < rows && c < width; c += LINE) {
        __builtin_prefetch(all + (row + AHEAD) * width + c);
    }
}

static reel_status forward(const reel_swiglu_args *a)
{
#pragma omp parallel for schedule(static) if (a->rows * a->width > REEL_PARALLEL_MIN)
    for (int64_t r = 0; r < a->rows; r++) {
        const float *gate = a->x + 2 * r * a->width, *value = gate + a->width;
        float *y = a->y + r * a->width;
        foresee(a->x, r, a->rows, 2 * a->width);
#pragma omp simd
        for (int64_t c = 0; c < a->width; c++) {
            y[c] = reel_vsilu(gate[c]) * value[c];
        }
    }
    return REEL_OK;
}

static reel_status backward(const reel_swiglu_grad_args *a)
{
#pragma omp parallel for schedule(static) if (a->rows * a->width > REEL_PARALLEL_MIN)
    for (int64_t r = 0; r < a->rows; r++) {
        const float *gate = a->x + 2 * r * a->width, *value = gate + a->width;
        const float *dy = a->dy + r * a->width;
        float *dgate = a->dx + 2 * r * a->width, *dvalue = dgate + a->width;
        foresee(a->x, r, a->rows, 2 * a->width);
        foresee(a->dx, r, a->rows, 2 * a->width);
#pragma omp simd
        for (int64_t c = 0; c < a->width; c++) {
            float s = reel_vsigmoid(gate[c]);
            dgate[c] += dy[c] * value[c] * (s + gate[c] * s * (1.0f - s));
            dvalue[c] += dy[c] * gate[c] * s;
        }
    }
    return REEL_OK;
}

const reel_swiglu_kernels reel_swiglu_c = { forward, backward };
