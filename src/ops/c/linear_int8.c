/* Plain kernel of the linear layer in 8 bits: loops, exact sums. */
#include "ops/linear_int8.h"

#include <math.h>
#include <string.h>

/* Bytes of one row, the filling included, and its scale. */
static float quantise(int8_t *to, const float *x, int64_t in)
{
    float largest = 0.0f;
    int is_finite = 1;
    for (int64_t i = 0; i < in; i++) {
        is_finite &= isfinite(x[i]) != 0;
        largest = fmaxf(largest, fabsf(x[i]));
    }
    memset(to, 0, (size_t)(reel_int8_groups(in) * REEL_INT8_GROUP));
    if (!is_finite || largest < REEL_INT8_ZERO) {
        return is_finite ? 0.0f : NAN;
    }
    const float inverse = 127.0f / largest;
    for (int64_t i = 0; i < in; i++) {
        to[i] = (int8_t)rintf(x[i] * inverse);
    }
    return largest / 127.0f;
}

/* Sums of one row with the 16 outputs of a panel. */
static void multiply(int32_t sum[REEL_INT8_PANEL], const int8_t *row, const int8_t *panel,
                     int64_t groups)
{
    memset(sum, 0, REEL_INT8_PANEL * sizeof *sum);
    for (int64_t g = 0; g < groups; g++) {
        const int8_t *a = row + g * REEL_INT8_GROUP;
        const int8_t *w = panel + g * REEL_INT8_PANEL * REEL_INT8_GROUP;
        for (int o = 0; o < REEL_INT8_PANEL; o++) {
            const int8_t *q = w + o * REEL_INT8_GROUP;
            sum[o] += a[0] * q[0] + a[1] * q[1] + a[2] * q[2] + a[3] * q[3];
        }
    }
}

static void multiply_row(const reel_linear_int8_args *a, int64_t r)
{
    const int64_t groups = reel_int8_groups(a->w.in), out = a->w.out;
    int8_t *row = (int8_t *)a->row_byte + r * groups * REEL_INT8_GROUP;
    const float scale = quantise(row, a->x + r * a->w.in, a->w.in);
    for (int64_t first = 0; first < out; first += REEL_INT8_PANEL) {
        int32_t sum[REEL_INT8_PANEL];
        multiply(sum, row, a->w.panels + first * groups * REEL_INT8_GROUP, groups);
        for (int64_t o = first; o < out && o < first + REEL_INT8_PANEL; o++) {
            a->y[r * out + o] =
                fmaf((float)sum[o - first], scale * a->w.scale[o], a->b ? a->b[o] : 0.0f);
        }
    }
}

static reel_status forward(const reel_linear_int8_args *a)
{
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < a->rows; r++) {
        multiply_row(a, r);
    }
    return REEL_OK;
}

const reel_linear_int8_kernels reel_linear_int8_c = { forward };
