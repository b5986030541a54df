/* Newton-Schulz orthogonalisation by symmetric products of the Gram matrix, whose polynomials all
 * commute; a matrix per thread. */
#include "ops/muon.h"

#include "base/error.h"
#include "ops/c/symmetric_product.h"

#include <math.h>
#include <omp.h>
#include <string.h>

static int64_t shorter(int64_t rows, int64_t columns)
{
    return rows < columns ? rows : columns;
}

static int64_t longer(int64_t rows, int64_t columns)
{
    return rows < columns ? columns : rows;
}

static size_t scratch_of(int64_t rows, int64_t columns)
{
    int64_t side = shorter(rows, columns), depth = longer(rows, columns);
    return (size_t)(2 * rows * columns + 4 * side * side) +
           reel_symmetric_product_scratch(side, depth);
}

/* What the iteration works in: matrices [side, side]. */
typedef struct {
    float *gram, *factor, *spare;
    float *chain; /* the product of all factors so far */
    float *scratch;
    int64_t side;
} newton_schulz;

/* out = scale a b + add_scale a + diagonal I, of polynomials in the same matrix */
static void multiply(const newton_schulz *n, float *out, const float *a, const float *b,
                     const float polynomial[3])
{
    reel_symmetric_product_args args = {
        .out = out,
        .a = { .data = a, .outer = 1, .inner = n->side },
        .b = { .data = b, .outer = 1, .inner = n->side },
        .add = polynomial[1] != 0.0f ? a : NULL,
        .side = n->side,
        .depth = n->side,
        .scale = polynomial[2],
        .add_scale = polynomial[1],
        .diagonal = polynomial[0],
    };
    reel_symmetric_product(&args, n->scratch);
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

/* G = X X^T along the shorter side */
static void gram_of(const newton_schulz *n, const float *x, int64_t rows, int64_t columns)
{
    int is_wide = rows < columns;
    reel_symmetric_factor factor = { .data = x,
                                     .outer = is_wide ? columns : 1,
                                     .inner = is_wide ? 1 : columns };
    reel_symmetric_product_args args = { .out = n->gram,
                                         .a = factor,
                                         .b = factor,
                                         .side = n->side,
                                         .depth = longer(rows, columns),
                                         .scale = 1.0f };
    reel_symmetric_product(&args, n->scratch);
}

/* out = X p along the shorter side: the product dy w of the linear layer. */
static reel_status apply(float *out, const float *p, const float *x, int64_t rows, int64_t columns,
                         const reel_linear_kernels *linear)
{
    int is_wide = rows < columns;
    reel_linear_grad_args args = { .dx = out,
                                   .dy = is_wide ? p : x,
                                   .w = is_wide ? x : p,
                                   .rows = rows,
                                   .out = shorter(rows, columns),
                                   .in = columns,
                                   .dx_is_new = 1 };
    return linear->backward(&args);
}

/* A step is   R = A I + B G + C G G,   X := R X,   and so   G := R G R.
 *
 * Where X is about square the Gram matrix is taken anew from every X; the last X is in x, `other`
 * is as large. */
static reel_status iterate_square(newton_schulz *n, float *x, float *other, int64_t rows,
                                  int64_t columns, const reel_linear_kernels *linear)
{
    float *from = x, *to = other;
    for (int step = 0; step < REEL_MUON_ITERATIONS; step++) {
        gram_of(n, from, rows, columns);
        multiply(n, n->factor, n->gram, n->gram, REEL_MUON_QUINTIC);
        REEL_TRY(apply(to, n->factor, from, rows, columns, linear));
        float *was = from;
        from = to;
        to = was;
    }
    if (from != x) {
        memcpy(x, from, (size_t)(rows * columns) * sizeof *x);
    }
    return REEL_OK;
}

/* Where X is long its steps are collected, chain := R chain, and it is multiplied once. */
static reel_status iterate_long(newton_schulz *n, float *x, float *other, int64_t rows,
                                int64_t columns, const reel_linear_kernels *linear)
{
    static const float plain[3] = { 0, 0, 1 };
    gram_of(n, x, rows, columns);
    multiply(n, n->chain, n->gram, n->gram, REEL_MUON_QUINTIC);
    float *factor = n->chain;
    for (int step = 1; step < REEL_MUON_ITERATIONS; step++) {
        multiply(n, n->spare, n->gram, factor, plain);
        multiply(n, n->gram, n->spare, factor, plain);
        factor = n->factor;
        multiply(n, factor, n->gram, n->gram, REEL_MUON_QUINTIC);
        float *chain = n->chain;
        multiply(n, n->spare, chain, factor, plain);
        n->chain = n->spare;
        n->spare = chain;
    }
    REEL_TRY(apply(other, n->chain, x, rows, columns, linear));
    memcpy(x, other, (size_t)(rows * columns) * sizeof *x);
    return REEL_OK;
}

/* x := an approximately orthogonal matrix with the singular vectors of x; 0 stays 0. */
static reel_status orthogonalise(float *x, int64_t rows, int64_t columns, float *scratch,
                                 const reel_linear_kernels *linear)
{
    int64_t count = rows * columns, side = shorter(rows, columns), square = side * side;
    float *other = scratch, *own = other + count;
    newton_schulz n = { .gram = own,
                        .factor = own + square,
                        .spare = own + 2 * square,
                        .chain = own + 3 * square,
                        .scratch = own + 4 * square,
                        .side = side };
    normalise(x, count);
    int is_long = 4 * longer(rows, columns) >= 5 * side; /* where fewer operations are needed */
    return (is_long ? iterate_long : iterate_square)(&n, x, other, rows, columns, linear);
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
