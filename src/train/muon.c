/* Newton-Schulz orthogonalisation on the matrix products of the linear layer. */
#include "train/muon.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

enum { ITERATIONS = 5 };

static const float A = 3.4445f, B = -4.7750f, C = 2.0315f;

static int64_t shorter(int64_t rows, int64_t columns)
{
    return rows < columns ? rows : columns;
}

size_t reel_muon_scratch(int64_t rows, int64_t columns)
{
    int64_t side = shorter(rows, columns);
    return (size_t)(3 * rows * columns + 2 * side * side);
}

static void transpose(float *out, const float *x, int64_t rows, int64_t columns)
{
    enum { TILE = 16 };
    for (int64_t r = 0; r < rows; r += TILE) {
        for (int64_t c = 0; c < columns; c++) {
            for (int64_t i = r; i < rows && i < r + TILE; i++) {
                out[c * rows + i] = x[i * columns + c];
            }
        }
    }
}

static void normalise(float *x, int64_t count)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < count; i++) {
        sum += (double)x[i] * (double)x[i];
    }
    float scale = (float)(1.0 / (sqrt(sum) + 1e-7));
    for (int64_t i = 0; i < count; i++) {
        x[i] *= scale;
    }
}

/* out = x y^T; x: [rows, inner], y: [columns, inner] */
static reel_status product(float *out, const float *x, const float *y, int64_t rows,
                           int64_t columns, int64_t inner, const reel_kernels *kernels)
{
    reel_linear_args args = { .y = out, .x = x, .w = y, .rows = rows, .out = columns, .in = inner };
    return kernels->linear.forward(&args);
}

/* out += p x; p: [side, side], x: [side, length] */
static reel_status add_product(float *out, const float *p, const float *x, int64_t side,
                               int64_t length, const reel_kernels *kernels)
{
    reel_linear_grad_args args = {
        .dx = out,
        .dy = p,
        .w = x,
        .rows = side,
        .out = side,
        .in = length,
    };
    return kernels->linear.backward(&args);
}

/* x: [side, length] with side <= length;   P = x x^T,   x := a x + (b P + c P P) x */
static reel_status iterate(float *x, float *next, float *p, float *pp, int64_t side, int64_t length,
                           const reel_kernels *kernels)
{
    for (int n = 0; n < ITERATIONS; n++) {
        REEL_TRY(product(p, x, x, side, side, length, kernels));
        REEL_TRY(product(pp, p, p, side, side, side, kernels));
        for (int64_t i = 0; i < side * side; i++) {
            p[i] = B * p[i] + C * pp[i];
        }
        for (int64_t i = 0; i < side * length; i++) {
            next[i] = A * x[i];
        }
        REEL_TRY(add_product(next, p, x, side, length, kernels));
        memcpy(x, next, (size_t)(side * length) * sizeof *x);
    }
    return REEL_OK;
}

reel_status reel_muon_orthogonalise(float *x, int64_t rows, int64_t columns, float *scratch,
                                    const reel_kernels *kernels)
{
    int64_t count = rows * columns, side = shorter(rows, columns);
    float *flat = scratch, *next = flat + count, *p = next + count, *pp = p + side * side;
    normalise(x, count);
    if (rows <= columns) {
        return iterate(x, next, p, pp, side, columns, kernels);
    }
    transpose(flat, x, rows, columns);
    REEL_TRY(iterate(flat, next, p, pp, side, rows, kernels));
    transpose(x, flat, columns, rows);
    return REEL_OK;
}

reel_status reel_muon_step(const reel_muon_matrix *matrix, const reel_muon_rule *rule,
                           float *scratch, const reel_kernels *kernels)
{
    int64_t rows = matrix->rows, columns = matrix->columns, count = rows * columns;
    float *update = scratch, *w = matrix->weight, *m = matrix->momentum;
    const float momentum = (float)REEL_MUON_MOMENTUM, scale = (float)rule->grad_scale;
    for (int64_t i = 0; i < count; i++) {
        float grad = matrix->grad[i] * scale;
        m[i] = momentum * m[i] + grad;
        update[i] = grad + momentum * m[i];
    }
    REEL_TRY(reel_muon_orthogonalise(update, rows, columns, scratch + count, kernels));
    double taller = rows > columns ? sqrt((double)rows / (double)columns) : 1.0;
    float keep = (float)(1.0 - rule->lr * rule->decay), rate = (float)(rule->lr * taller);
    for (int64_t i = 0; i < count; i++) {
        w[i] = w[i] * keep - rate * update[i];
    }
    return REEL_OK;
}
