/* Eigenvectors of symmetric matrices. */
#include "ops/symmetric_eigen.h"

#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

enum { MOST = 130 };
static double matrix[MOST * MOST], spoilt[MOST * MOST], vector[MOST * MOST], value[MOST];

static double dot(const double *a, const double *b, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

/* Orthonormal, falling, upright, and the sum of their products is the matrix. */
static void check(int n, double scale)
{
    memcpy(spoilt, matrix, sizeof matrix);
    reel_symmetric_eigen(value, vector, spoilt, n);
    for (int i = 0; i < n; i++) {
        double largest = 0;
        assert_true(i == 0 || value[i] <= value[i - 1]);
        for (int j = 0; j < n; j++) {
            double along = dot(vector + i * n, vector + j * n, n);
            assert_true(fabs(along - (i == j)) < 1e-12);
            double component = vector[i * n + j];
            largest = fabs(component) > fabs(largest) ? component : largest;
            double sum = 0;
            for (int k = 0; k < n; k++) {
                sum += value[k] * vector[k * n + i] * vector[k * n + j];
            }
            assert_true(fabs(sum - matrix[i * n + j]) <= 1e-12 * scale);
        }
        assert_true(largest > 0);
    }
}

static void matrices_of_any_size_come_apart(void **state)
{
    (void)state;
    static const int sizes[] = { 1, 2, 3, 12, 32, MOST };
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        int n = sizes[s];
        reel_rng rng = reel_rng_at(5, (uint64_t)n);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                matrix[i * n + j] = matrix[j * n + i] = reel_rng_range(&rng, -1, 1);
            }
        }
        check(n, n);
    }
}

static void known_values_are_found(void **state)
{
    (void)state;
    static const double known[9] = { 2, -1, 0, -1, 2, -1, 0, -1, 2 };
    memcpy(matrix, known, sizeof known);
    check(3, 1);
    assert_true(fabs(value[0] - (2 + sqrt(2))) < 1e-14);
    assert_true(fabs(value[1] - 2) < 1e-14);
    assert_true(fabs(value[2] - (2 - sqrt(2))) < 1e-14);
    assert_true(fabs(vector[1] - sqrt(0.5)) < 1e-14);
}

static void zeros_equal_values_and_very_unequal_ones_are_no_trouble(void **state)
{
    (void)state;
    const int n = 8;
    memset(matrix, 0, sizeof matrix);
    check(n, 1);
    for (int i = 0; i < n; i++) {
        matrix[i * n + i] = 3;
    }
    check(n, 3);
    assert_true(value[0] == 3 && value[n - 1] == 3);
    for (int i = 0; i < n; i++) { /* of rank 1: all values but one are 0 */
        for (int j = 0; j < n; j++) {
            matrix[i * n + j] = 1e200 * (i + 1) * (j + 1);
        }
    }
    check(n, 64e200);
    assert_true(fabs(value[0] / 204e200 - 1) < 1e-14);
    assert_true(fabs(value[1]) < 1e-12 * value[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matrices_of_any_size_come_apart),
        cmocka_unit_test(known_values_are_found),
        cmocka_unit_test(zeros_equal_values_and_very_unequal_ones_are_no_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
