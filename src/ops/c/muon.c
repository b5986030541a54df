/* Newton-Schulz orthogonalisation on the matrix products of the linear layer, a matrix per thread.
 */
#include "ops/muon.h"

#include "base/error.h"

#include <math.h>
#include <omp.h>
#include <string.h>

static int64_t shorter(int64_t rows, int64_t columns)
{
    return rows < columns ? rows : columns;
}

static size_t scratch_of(int64_t rows, int64_t columns)
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
                           int64_t columns, int64_t inner, const reel_linear_kernels *linear)
{
    reel_linear_args args = { .y = out, .x = x, .w = y, .rows = rows, .out = columns, .in = inner };
    return linear->forward(&args);
}

/* out += p x; p: [side, side], x: [side, length] */
static reel_status add_product(float *out, const float *p, const float *x, int64_t side,
                               int64_t length, const reel_linear_kernels *linear)
{
    reel_linear_grad_args args = {
        .dx = out,
        .dy = p,
        .w = x,
        .rows = side,
        .out = side,
        .in = length,
    };
    return linear->backward(&args);
}

/* x: [side, length] with side <= length;   P = x x^T,   x := a x + (b P + c P P) x */
static reel_status iterate(float *x, float *next, float *p, float *pp, int64_t side, int64_t length,
                           const reel_linear_kernels *linear)
{
    const float a = REEL_MUON_QUINTIC[0], b = REEL_MUON_QUINTIC[1], c = REEL_MUON_QUINTIC[2];
    for (int n = 0; n < REEL_MUON_ITERATIONS; n++) {
        REEL_TRY(product(p, x, x, side, side, length, linear));
        REEL_TRY(product(pp, p, p, side, side, side, linear));
        for (int64_t i = 0; i < side * side; i++) {
            p[i] = b * p[i] + c * pp[i];
        }
        for (int64_t i = 0; i < side * length; i++) {
            next[i] = a * x[i];
        }
        REEL_TRY(add_product(next, p, x, side, length, linear));
        memcpy(x, next, (size_t)(side * length) * sizeof *x);
    }
    return REEL_OK;
}

static reel_status orthogonalise(float *x, int64_t rows, int64_t columns, float *scratch,
                                 const reel_linear_kernels *linear)
{
    int64_t count = rows * columns, side = shorter(rows, columns);
    float *flat = scratch, *next = flat + count, *p = next + count, *pp = p + side * side;
    normalise(x, count);
    if (rows <= columns) {
        return iterate(x, next, p, pp, side, columns, linear);
    }
    transpose(flat, x, rows, columns);
    REEL_TRY(iterate(flat, next, p, pp, side, rows, linear));
    transpose(x, flat, columns, rows);
    return REEL_OK;
}

static reel_status move(const reel_muon_args *a, const reel_muon_matrix *matrix, float *update)
{
    int64_t rows = matrix->rows, columns = matrix->columns, count = rows * columns;
    float *w = a->weight + matrix->offset, *m = a->momentum + matrix->offset;
    const float *g = a->grad + matrix->offset;
    const float momentum = (float)REEL_MUON_MOMENTUM, scale = (float)a->grad_scale;
    for (int64_t i = 0; i < count; i++) {
        float grad = g[i] * scale;
        m[i] = momentum * m[i] + grad;
        update[i] = grad + momentum * m[i];
    }
    REEL_TRY(orthogonalise(update, rows, columns, update + count, a->linear));
    double taller = rows > columns ? sqrt((double)rows / (double)columns) : 1.0;
    float keep = (float)(1.0 - a->lr * a->decay), rate = (float)(a->lr * taller);
    for (int64_t i = 0; i < count; i++) {
        w[i] = w[i] * keep - rate * update[i];
    }
    return REEL_OK;
}

static size_t largest(const reel_muon_matrix *matrices, int count)
{
    size_t most = 0;
    for (int i = 0; i < count; i++) {
        size_t one = scratch_of(matrices[i].rows, matrices[i].columns);
        most = one > most ? one : most;
    }
    return (most + 15) / 16 * 16;
}

static size_t scratch(const reel_muon_matrix *matrices, int count)
{
    return largest(matrices, count) * (size_t)omp_get_max_threads();
}

/* One matrix per thread: the products inside run on the thread that calls them. */
static reel_status step(const reel_muon_args *a)
{
    size_t each = largest(a->matrices, a->count);
    size_t room = each ? a->scratch_count / each : 1;
    int threads = a->count < omp_get_max_threads() ? a->count : omp_get_max_threads(), failed = 0;
    threads = (size_t)threads < room ? threads : (int)room;
    threads = threads < 1 ? 1 : threads;
#pragma omp parallel for schedule(dynamic) num_threads(threads) reduction(+ : failed)
    for (int i = 0; i < a->count; i++) {
        float *own = a->scratch + each * (size_t)omp_get_thread_num();
        failed += move(a, &a->matrices[i], own) < 0;
    }
    return failed ? REEL_FAIL(REEL_ERR_INTERNAL, "muon: a matrix product failed") : REEL_OK;
}

const reel_muon_kernels reel_muon_c = { scratch, step };
