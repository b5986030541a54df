/* The linear layer with weights of 16 bits: as exact as the same weights in f32. */
#include "ops/linear_half.h"

#include "base/error.h"
#include "check.h"
#include "tensor/safetensors.h"

#include <math.h>
#include <stdlib.h>

static float widened(uint16_t h, reel_dtype dtype)
{
    return dtype == REEL_F16 ? reel_f16_to_f32(h) : reel_bf16_to_f32(h);
}

static void widen_gives_every_pattern_its_value(void **state)
{
    (void)state;
    enum { PATTERNS = 1 << 16 };
    static const reel_dtype types[] = { REEL_F16, REEL_BF16 };
    static uint16_t x[PATTERNS];
    static float y[PATTERNS];
    for (int i = 0; i < PATTERNS; i++) {
        x[i] = (uint16_t)i;
    }
    for (int k = 0; k < 2; k++) {
        const reel_widen_args args = { .y = y, .x = x, .count = PATTERNS, .dtype = types[k] };
        assert_int_equal(reel_kernels_get()->widen.forward(&args), REEL_OK);
        for (int i = 0; i < PATTERNS; i++) {
            const float expected = widened((uint16_t)i, types[k]);
            assert_true(isnan(expected) ? isnan(y[i])
                                        : memcmp(&y[i], &expected, sizeof expected) == 0);
        }
    }
}

/* The layer with the weight [37, 21] in both types, x of `rows` rows. */
static void assert_same(reel_rt *rt, int64_t rows, reel_dtype dtype)
{
    const reel_tensor *random = check_random(rt, (check_shape){ 2, { 37, 21 } }, 1);
    reel_tensor *x = check_random(rt, (check_shape){ 3, { 2, rows, 21 } }, 2);
    reel_tensor *b = check_random(rt, (check_shape){ 1, { 37 } }, 3);
    reel_tensor *w = REEL_NEW(rt, REEL_F32, 37, 21), *half = REEL_NEW(rt, dtype, 37, 21);
    for (int i = 0; i < 37 * 21; i++) {
        const float value = reel_f32(random)[i];
        uint16_t h = dtype == REEL_F16 ? reel_f32_to_f16(value) : reel_f32_to_bf16(value);
        ((uint16_t *)half->data)[i] = h;
        reel_f32(w)[i] = widened(h, dtype);
    }
    const reel_tensor *expected = reel_linear(rt, x, &(reel_linear_params){ w, b });
    const size_t used = rt->arena.used;
    const reel_tensor *y = reel_linear(rt, x, &(reel_linear_params){ half, b });
    assert_int_equal(rt->status, REEL_OK);
    assert_memory_equal(y->data, expected->data, reel_size_bytes(y));
    assert_true(rt->arena.used - used < reel_size_bytes(y) + 64); /* the rest was given back */
}

static void linear_gives_the_same_bytes_for_a_weight_of_16_bits(void **state)
{
    (void)state;
    reel_rt *rt = check_rt_new();
    assert_same(rt, 3, REEL_F16);
    assert_same(rt, 3, REEL_BF16);
    assert_same(rt, 400, REEL_F16);
    check_rt_free(rt);
}

static void linear_refuses_to_train_a_weight_of_16_bits(void **state)
{
    (void)state;
    reel_rt *rt = check_rt_new();
    reel_tensor *x = REEL_NEW(rt, REEL_F32, 2, 8), *w = REEL_NEW(rt, REEL_F16, 4, 8);
    rt->recording = 1;
    x->wants_grad = 1;
    reel_linear(rt, x, &(reel_linear_params){ .weight = w });
    assert_int_equal(rt->status, REEL_ERR_UNSUPPORTED);
    assert_non_null(strstr(reel_error_message(), "[4, 8] f16, training needs f32"));
    check_rt_free(rt);
}

static void linear_refuses_a_weight_of_16_bits_of_another_width(void **state)
{
    (void)state;
    reel_rt *rt = check_rt_new();
    reel_tensor *x = REEL_NEW(rt, REEL_F32, 2, 7), *w = REEL_NEW(rt, REEL_BF16, 4, 8);
    reel_linear(rt, x, &(reel_linear_params){ .weight = w });
    assert_int_equal(rt->status, REEL_ERR_SHAPE);
    assert_non_null(strstr(reel_error_message(), "linear: weight is [4, 8] bf16, x is [2, 7] f32"));
    check_rt_free(rt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(widen_gives_every_pattern_its_value),
        cmocka_unit_test(linear_gives_the_same_bytes_for_a_weight_of_16_bits),
        cmocka_unit_test(linear_refuses_to_train_a_weight_of_16_bits),
        cmocka_unit_test(linear_refuses_a_weight_of_16_bits_of_another_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
