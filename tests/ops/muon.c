/* Muon against its formulas, alone and in a row of matrices of equal and of other shapes. */
#include "check.h"

#include "base/rng.h"
#include "tensor/safetensors.h"

#include <math.h>
#include <stdio.h>

typedef struct {
    float *weight, *momentum, *grad, *scratch;
    size_t scratch_count;
    const reel_kernels *kernels;
    const reel_muon_matrix *matrices;
    int count;
} muon;

static muon muon_of(const reel_kernels *kernels, const reel_muon_matrix *matrices, int count)
{
    const reel_muon_matrix *last = &matrices[count - 1];
    size_t elements = last->offset + (size_t)(last->rows * last->columns);
    size_t scratch = kernels->muon.scratch(matrices, count);
    return (muon){ .weight = check_buffer(elements),
                   .momentum = check_buffer(elements),
                   .grad = check_buffer(elements),
                   .scratch = check_buffer(scratch),
                   .scratch_count = scratch,
                   .kernels = kernels,
                   .matrices = matrices,
                   .count = count };
}

static void release(muon *m)
{
    reel_device_release(m->weight);
    reel_device_release(m->momentum);
    reel_device_release(m->grad);
    reel_device_release(m->scratch);
}

static void take_step(muon *m, double lr, double decay)
{
    const reel_muon_args args = { .weight = m->weight,
                                  .momentum = m->momentum,
                                  .grad = m->grad,
                                  .matrices = m->matrices,
                                  .count = m->count,
                                  .scratch = m->scratch,
                                  .scratch_count = m->scratch_count,
                                  .linear = &m->kernels->linear,
                                  .lr = lr,
                                  .decay = decay,
                                  .grad_scale = 1 };
    assert_int_equal(m->kernels->muon.step(&args), REEL_OK);
}

static const reel_tensor *find(const reel_safetensors *file, const char *name, const char *what)
{
    char key[64];
    snprintf(key, sizeof key, "%s.%s", name, what);
    const reel_tensor *t = reel_safetensors_find(file, key);
    assert_non_null(t);
    return t;
}

static void check_golden_muon(const reel_safetensors *file, const char *name)
{
    const reel_tensor *weight = find(file, name, "weight"), *grads = find(file, name, "grads");
    const reel_tensor *after = find(file, name, "after");
    const reel_muon_matrix matrix = { .rows = weight->dim[0], .columns = weight->dim[1] };
    int64_t count = reel_count(weight);
    muon m = muon_of(reel_kernels_get(), &matrix, 1);
    memcpy(m.weight, weight->data, reel_size_bytes(weight));
    for (int64_t step = 0; step < grads->dim[0]; step++) {
        memcpy(m.grad, reel_f32(grads) + step * count, reel_size_bytes(weight));
        take_step(&m, 0.02, 0.1);
        assert_true(check_distance(m.weight, reel_f32(after) + step * count, count) <
                    check_tolerance(1e-5));
    }
    release(&m);
}

static void muon_takes_the_steps_of_its_formulas(void **state)
{
    (void)state;
    reel_safetensors file;
    assert_int_equal(reel_safetensors_open(&file, "golden/train/muon.safetensors"), REEL_OK);
    check_golden_muon(&file, "wide");
    check_golden_muon(&file, "tall");
    reel_safetensors_close(&file);
}

/* Rows of an orthogonal matrix are unit vectors at right angles; Muon's stay within 0.7 to 1.2. */
static void muon_orthogonalises(void **state)
{
    (void)state;
    enum { ROWS = 20, COLUMNS = 48 };
    const reel_muon_matrix matrix = { .rows = ROWS, .columns = COLUMNS };
    muon m = muon_of(reel_kernels_get(), &matrix, 1);
    reel_rng_fill_normal(m.grad, ROWS * COLUMNS, 5, 0);
    take_step(&m, 1, 0); /* from 0: the weight becomes the negative factor */
    for (int r = 0; r < ROWS; r++) {
        for (int s = 0; s <= r; s++) {
            double product = 0;
            for (int c = 0; c < COLUMNS; c++) {
                product += (double)m.weight[r * COLUMNS + c] * (double)m.weight[s * COLUMNS + c];
            }
            assert_true(r == s ? product > 0.4 && product < 1.5 : fabs(product) < 0.4);
        }
    }
    release(&m);
}

/* out = x y in double; x: [rows, depth], y: [depth, columns] */
static void multiply(double *out, const double *x, const double *y, int rows, int columns,
                     int depth)
{
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
            out[i * columns + j] = 0;
            for (int k = 0; k < depth; k++) {
                out[i * columns + j] += x[i * depth + k] * y[k * columns + j];
            }
        }
    }
}

enum { SIDE_MAX = 64 };

/* X := a X + (b P + c P P) X with P = X X^T, five times, as it is written down; x: [rows, columns].
 */
static void newton_schulz(double *x, int rows, int columns)
{
    static double turned[SIDE_MAX * SIDE_MAX], p[SIDE_MAX * SIDE_MAX], pp[SIDE_MAX * SIDE_MAX],
        px[SIDE_MAX * SIDE_MAX];
    double length = 0;
    for (int i = 0; i < rows * columns; i++) {
        length += x[i] * x[i];
    }
    for (int i = 0; i < rows * columns; i++) {
        x[i] /= sqrt(length) + 1e-7;
    }
    for (int step = 0; step < 5; step++) {
        for (int i = 0; i < rows * columns; i++) {
            turned[i % columns * rows + i / columns] = x[i];
        }
        multiply(p, x, turned, rows, rows, columns);
        multiply(pp, p, p, rows, rows, rows);
        for (int i = 0; i < rows * rows; i++) {
            p[i] = -4.7750 * p[i] + 2.0315 * pp[i];
        }
        multiply(px, p, x, rows, columns, rows);
        for (int i = 0; i < rows * columns; i++) {
            x[i] = 3.4445 * x[i] + px[i];
        }
    }
}

static void check_quintic(int rows, int columns, uint64_t sequence)
{
    const reel_muon_matrix matrix = { .rows = rows, .columns = columns };
    const int count = rows * columns;
    muon m = muon_of(reel_kernels_get(), &matrix, 1);
    double expected[SIDE_MAX * SIDE_MAX], away = 0;
    reel_rng_fill_normal(m.grad, (size_t)count, 6, sequence);
    for (int i = 0; i < count; i++) {
        expected[i] = (double)m.grad[i];
    }
    newton_schulz(expected, rows, columns);
    take_step(&m, 1, 0); /* from 0: the weight becomes the negative factor */
    double taller = rows > columns ? sqrt((double)rows / columns) : 1.0;
    for (int i = 0; i < count; i++) {
        away = fmax(away, fabs((double)m.weight[i] / taller + expected[i]));
    }
    assert_true(away < (check_is_exact() ? 1e-4 : 3e-2));
    release(&m);
}

static void muon_iterates_its_quintic_on_any_shape(void **state)
{
    (void)state;
    static const int shapes[][2] = { { 1, 1 },   { 20, 20 }, { 33, 40 }, { 40, 33 },
                                     { 24, 64 }, { 64, 24 }, { 64, 64 }, { 1, 50 } };
    for (size_t n = 0; n < sizeof shapes / sizeof *shapes; n++) {
        check_quintic(shapes[n][0], shapes[n][1], n);
    }
}

/* Matrices of one shape, one alone, tall ones; with gaps between them that nobody touches. */
static void muon_moves_each_matrix_of_a_row_as_if_it_were_alone(void **state)
{
    (void)state;
    static const reel_muon_matrix row[] = {
        { 0, 33, 70 },    { 2320, 33, 70 }, { 4640, 33, 70 }, { 7000, 40, 33 },
        { 8400, 40, 33 }, { 9800, 24, 24 }, { 10400, 1, 9 },
    };
    enum { COUNT = sizeof row / sizeof *row, ELEMENTS = 10409 };
    reel_kernels plain;
    reel_kernels_init_c(&plain);
    muon all = muon_of(reel_kernels_get(), row, COUNT), slow = muon_of(&plain, row, COUNT);
    for (int step = 0; step < 2; step++) {
        reel_rng_fill_normal(all.grad, ELEMENTS, 7, (uint64_t)step);
        memcpy(slow.grad, all.grad, ELEMENTS * sizeof(float));
        take_step(&all, 0.1, 0.01);
        for (int i = 0; i < COUNT; i++) {
            slow.matrices = &row[i];
            slow.count = 1;
            take_step(&slow, 0.1, 0.01);
        }
    }
    double tolerance = check_is_exact() ? 1e-4 : 3e-2; /* five steps of a steep polynomial */
    for (int i = 0; i < COUNT; i++) {
        assert_true(check_distance(all.weight + row[i].offset, slow.weight + row[i].offset,
                                   row[i].rows * row[i].columns) < tolerance);
    }
    assert_true(all.weight[2310] == 0 && all.weight[6999] == 0);
    release(&all);
    release(&slow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(muon_takes_the_steps_of_its_formulas),
        cmocka_unit_test(muon_orthogonalises),
        cmocka_unit_test(muon_iterates_its_quintic_on_any_shape),
        cmocka_unit_test(muon_moves_each_matrix_of_a_row_as_if_it_were_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
