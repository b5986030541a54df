/* Weights in 8 bits: what a row keeps, and the bytes that files hold. */
#include "tensor/int8_matrix.h"

#include "base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static reel_int8_matrix matrix_new(int64_t out, int64_t in)
{
    const size_t bytes = reel_int8_matrix_bytes(out, in);
    void *memory = aligned_alloc(64, bytes);
    assert_non_null(memory);
    assert_int_equal(bytes % 64, 0);
    memset(memory, 0, bytes);
    return reel_int8_matrix_view(memory, out, in);
}

static void matrix_free(reel_int8_matrix *m)
{
    free(m->scale); /* the begin of its memory */
}

static void int8_matrix_rounds_each_weight_to_the_nearest_step_of_its_row(void **state)
{
    (void)state;
    enum { OUT = 19, IN = 23 };
    float values[IN];
    int8_t bytes[IN];
    reel_int8_matrix m = matrix_new(OUT, IN);
    for (int o = 0; o < OUT; o++) {
        reel_rng_fill_normal(values, IN, 4, (uint64_t)o);
        reel_int8_matrix_set_row(&m, o, values);
        const float scale = reel_int8_matrix_get_bytes(bytes, &m, o);
        int sum = 0, largest = 0;
        for (int i = 0; i < IN; i++) {
            assert_true(fabsf(bytes[i] * scale - values[i]) <= 0.5001f * scale);
            sum += bytes[i];
            largest = abs(bytes[i]) > largest ? abs(bytes[i]) : largest;
        }
        assert_int_equal(largest, 127);
        assert_int_equal(m.sum[o], sum);
    }
    matrix_free(&m);
}

static void int8_matrix_gives_back_the_bytes_it_was_given(void **state)
{
    (void)state;
    static const int8_t given[5] = { -127, 0, 3, 127, -128 };
    int8_t back[5];
    reel_int8_matrix m = matrix_new(2, 5);
    reel_int8_matrix_set_bytes(&m, 1, given, 0.25f);
    assert_true(reel_int8_matrix_get_bytes(back, &m, 1) == 0.25f);
    assert_memory_equal(back, given, 4);
    assert_int_equal(back[4], -127); /* kernels rely on it */
    assert_int_equal(m.sum[1], -127 + 3 + 127 - 127);
    assert_true(reel_int8_matrix_get_bytes(back, &m, 0) == 0.0f);
    matrix_free(&m);
}

static void int8_matrix_keeps_rows_of_zeros_of_denormals_and_of_no_numbers(void **state)
{
    (void)state;
    static const float rows[3][4] = { { 0 }, { 1e-40f, -1e-41f, 0, 5e-41f }, { 1, NAN, 2, 3 } };
    int8_t bytes[4];
    reel_int8_matrix m = matrix_new(3, 4);
    for (int r = 0; r < 3; r++) {
        reel_int8_matrix_set_row(&m, r, rows[r]);
    }
    assert_true(reel_int8_matrix_get_bytes(bytes, &m, 0) == 0.0f);
    assert_memory_equal(bytes, "\0\0\0\0", 4);
    reel_int8_matrix_get_bytes(bytes, &m, 1);
    assert_int_equal(bytes[0], 127);
    assert_int_equal(bytes[1], -13);
    assert_true(isnan(reel_int8_matrix_get_bytes(bytes, &m, 2)));
    assert_memory_equal(bytes, "\0\0\0\0", 4);
    matrix_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(int8_matrix_rounds_each_weight_to_the_nearest_step_of_its_row),
        cmocka_unit_test(int8_matrix_gives_back_the_bytes_it_was_given),
        cmocka_unit_test(int8_matrix_keeps_rows_of_zeros_of_denormals_and_of_no_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
