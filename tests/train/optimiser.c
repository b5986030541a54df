/* AdamW and Muon against PyTorch, and which weight is moved by which. */
#include "train/optimiser.h"

#include "base/rng.h"
#include "tensor/safetensors.h"

#include <math.h>
#include <omp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static double distance(const float *a, const float *b, int64_t count)
{
    double difference = 0, length = 0;
    for (int64_t i = 0; i < count; i++) {
        difference += pow((double)a[i] - (double)b[i], 2);
        length += pow((double)b[i], 2);
    }
    return sqrt(difference / length);
}

static const reel_tensor *find(const reel_safetensors *file, const char *name)
{
    const reel_tensor *t = reel_safetensors_find(file, name);
    assert_non_null(t);
    return t;
}

static void adamw_takes_the_steps_of_pytorch(void **state)
{
    (void)state;
    reel_safetensors file;
    assert_int_equal(reel_safetensors_open(&file, "golden/train/adamw.safetensors"), REEL_OK);
    const reel_tensor *grads = find(&file, "grads"), *after = find(&file, "after");
    size_t count = (size_t)grads->dim[1];
    float weight[64], first[64] = { 0 }, second[64] = { 0 };
    assert_true(count <= 64);
    memcpy(weight, reel_f32(find(&file, "weight")), count * sizeof *weight);
    for (int64_t step = 0; step < grads->dim[0]; step++) {
        reel_adamw_span span = { weight, first, second, reel_f32(grads) + step * (int64_t)count,
                                 count };
        reel_adamw_rule rule = {
            .step = step, .lr = 0.02, .decay = 0.1, .beta1 = 0.9, .beta2 = 0.99, .grad_scale = 1
        };
        reel_adamw_step(&span, &rule);
        const float *expected = reel_f32(after) + step * (int64_t)count;
        assert_true(distance(weight, expected, (int64_t)count) < 1e-6);
    }
    reel_safetensors_close(&file);
}

static void check_muon(const reel_safetensors *file, const char *name)
{
    char key[64];
    snprintf(key, sizeof key, "%s.weight", name);
    const reel_tensor *weight = find(file, key);
    snprintf(key, sizeof key, "%s.grads", name);
    const reel_tensor *grads = find(file, key);
    snprintf(key, sizeof key, "%s.after", name);
    const reel_tensor *after = find(file, key);
    int64_t count = reel_count(weight), rows = weight->dim[0], columns = weight->dim[1];
    float *w = malloc((size_t)count * sizeof *w), *m = calloc((size_t)count, sizeof *m);
    float *scratch = malloc(reel_muon_scratch(rows, columns) * sizeof *scratch);
    assert_true(w && m && scratch);
    memcpy(w, reel_f32(weight), (size_t)count * sizeof *w);
    for (int64_t step = 0; step < grads->dim[0]; step++) {
        reel_muon_matrix matrix = { .weight = w,
                                    .momentum = m,
                                    .grad = reel_f32(grads) + step * count,
                                    .rows = rows,
                                    .columns = columns };
        reel_muon_rule rule = { .lr = 0.02, .decay = 0.1, .grad_scale = 1 };
        assert_int_equal(reel_muon_step(&matrix, &rule, scratch, reel_kernels_get()), REEL_OK);
        assert_true(distance(w, reel_f32(after) + step * count, count) < 1e-5);
    }
    free(w);
    free(m);
    free(scratch);
}

static void muon_takes_the_steps_of_its_formulas(void **state)
{
    (void)state;
    reel_safetensors file;
    assert_int_equal(reel_safetensors_open(&file, "golden/train/muon.safetensors"), REEL_OK);
    check_muon(&file, "wide");
    check_muon(&file, "tall");
    reel_safetensors_close(&file);
}

/* Rows of an orthogonal matrix are unit vectors at right angles; Muon's stay within 0.7 to 1.2. */
static void muon_orthogonalises(void **state)
{
    (void)state;
    enum { ROWS = 20, COLUMNS = 48 };
    float x[ROWS * COLUMNS];
    float *scratch = malloc(reel_muon_scratch(ROWS, COLUMNS) * sizeof *scratch);
    assert_non_null(scratch);
    reel_rng_fill_normal(x, ROWS * COLUMNS, 5, 0);
    assert_int_equal(reel_muon_orthogonalise(x, ROWS, COLUMNS, scratch, reel_kernels_get()),
                     REEL_OK);
    for (int r = 0; r < ROWS; r++) {
        for (int s = 0; s <= r; s++) {
            double product = 0;
            for (int c = 0; c < COLUMNS; c++) {
                product += (double)x[r * COLUMNS + c] * (double)x[s * COLUMNS + c];
            }
            assert_true(r == s ? product > 0.4 && product < 1.5 : fabs(product) < 0.4);
        }
    }
    free(scratch);
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

static void muon_iterates_its_quintic_on_any_shape(void **state)
{
    (void)state;
    static const int shapes[][2] = { { 1, 1 },   { 20, 20 }, { 33, 40 }, { 40, 33 },
                                     { 24, 64 }, { 64, 24 }, { 64, 64 }, { 1, 50 } };
    float x[SIDE_MAX * SIDE_MAX];
    double expected[SIDE_MAX * SIDE_MAX];
    for (size_t n = 0; n < sizeof shapes / sizeof *shapes; n++) {
        int rows = shapes[n][0], columns = shapes[n][1];
        float *scratch = malloc(reel_muon_scratch(rows, columns) * sizeof *scratch);
        assert_non_null(scratch);
        reel_rng_fill_normal(x, (size_t)(rows * columns), 6, n);
        for (int i = 0; i < rows * columns; i++) {
            expected[i] = (double)x[i];
        }
        newton_schulz(expected, rows, columns);
        assert_int_equal(reel_muon_orthogonalise(x, rows, columns, scratch, reel_kernels_get()),
                         REEL_OK);
        for (int i = 0; i < rows * columns; i++) {
            assert_true(fabs((double)x[i] - expected[i]) < 1e-4);
        }
        free(scratch);
    }
}

/* A set of one weight of each group, all values and all gradients 1. */
static void make_set(reel_weights *set, reel_tensor *t[4])
{
    reel_weights_init_set(set);
    REEL_WEIGHT(set, &t[0], "matrix", REEL_INIT_ONE, REEL_GROUP_MATRIX, 4, 6);
    REEL_WEIGHT(set, &t[1], "edge", REEL_INIT_ONE, REEL_GROUP_EDGE, 5, 3);
    REEL_WEIGHT(set, &t[2], "plain", REEL_INIT_ONE, REEL_GROUP_PLAIN, 7);
    REEL_WEIGHT(set, &t[3], "frozen", REEL_INIT_ONE, REEL_GROUP_MATRIX, 4, 4);
    assert_int_equal(reel_weights_alloc(set), REEL_OK);
    assert_int_equal(reel_weights_alloc_grads(set), REEL_OK);
    reel_weights_randomise(set, 0);
    for (size_t i = 0; i < set->elements; i++) {
        set->grads[i] = 1;
    }
    reel_weights_want_grads(set, "frozen", 0);
}

static void optimiser_moves_each_group_by_its_rule(void **state)
{
    (void)state;
    reel_weights set;
    reel_tensor *t[4];
    make_set(&set, t);
    reel_recipe recipe = {
        .lr = 0.1f, .muon_lr = 0.01f, .weight_decay = 0.5f, .beta1 = 0.9f, .beta2 = 0.99f
    };
    reel_optimiser o;
    assert_int_equal(reel_optimiser_init(&o, &set, &recipe), REEL_OK);
    assert_int_equal(o.matrix_count, 1);
    assert_int_equal(reel_optimiser_step(&o, 0, 1, 1), REEL_OK);
    assert_true(fabsf(*reel_f32(t[1]) - (1 - 0.1f * 0.5f - 0.1f)) < 1e-5f);
    assert_true(fabsf(*reel_f32(t[2]) - (1 - 0.1f)) < 1e-5f);
    assert_true(*reel_f32(t[3]) == 1.0f);
    /* a matrix of equal gradients has one singular value: U = about 1 / sqrt(4 * 6) */
    float moved = 1 - 0.01f * 0.5f - *reel_f32(t[0]);
    assert_true(moved > 0.01f * 0.6f / sqrtf(24) && moved < 0.01f * 1.3f / sqrtf(24));
    reel_optimiser_deinit(&o);
    recipe.muon_lr = 0;
    assert_int_equal(reel_optimiser_init(&o, &set, &recipe), REEL_OK);
    assert_int_equal(o.matrix_count, 0);
    reel_optimiser_deinit(&o);
    reel_weights_deinit(&set);
}

static void optimiser_gives_the_same_weights_on_any_number_of_threads(void **state)
{
    (void)state;
    float kept[2][64];
    int threads = omp_get_max_threads();
    for (int n = 0; n < 2; n++) {
        reel_weights set;
        reel_tensor *t[4];
        reel_optimiser o;
        reel_recipe recipe = { .lr = 0.1f, .muon_lr = 0.01f, .beta1 = 0.9f, .beta2 = 0.99f };
        omp_set_num_threads(n + 1);
        make_set(&set, t);
        reel_rng_fill_normal(set.grads, set.elements, 3, 0);
        assert_int_equal(reel_optimiser_init(&o, &set, &recipe), REEL_OK);
        for (int step = 0; step < 3; step++) {
            assert_int_equal(reel_optimiser_step(&o, step, 1, 0.5), REEL_OK);
        }
        assert_true(set.elements >= 64);
        memcpy(kept[n], set.values, sizeof kept[n]);
        reel_optimiser_deinit(&o);
        reel_weights_deinit(&set);
    }
    omp_set_num_threads(threads);
    assert_memory_equal(kept[0], kept[1], sizeof kept[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adamw_takes_the_steps_of_pytorch),
        cmocka_unit_test(muon_takes_the_steps_of_its_formulas),
        cmocka_unit_test(muon_orthogonalises),
        cmocka_unit_test(muon_iterates_its_quintic_on_any_shape),
        cmocka_unit_test(optimiser_moves_each_group_by_its_rule),
        cmocka_unit_test(optimiser_gives_the_same_weights_on_any_number_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
