/* Kernels that count: the operations of products, forward and backward. */
#include "bench/arithmetic.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static reel_tensor *input(reel_rt *rt, int rank, const int64_t *dim)
{
    reel_tensor *t = reel_zeros(rt, REEL_F32, rank, dim);
    t->wants_grad = 1;
    return t;
}
#define INPUT(rt, ...)                                                                             \
    input((rt), (int)(sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)),                       \
          (int64_t[]){ __VA_ARGS__ })

/* Operations of the forward and of the backward pass of what `y` was made by. */
static void assert_counts(reel_rt *rt, reel_tensor *y, double forward, double backward)
{
    assert_int_equal(rt->status, REEL_OK);
    assert_true(reel_arithmetic_take() == forward);
    assert_int_equal(reel_backward(rt, reel_mean_square(rt, y), 1.0f), REEL_OK);
    assert_true(reel_arithmetic_take() == backward);
}

static int setup(void **state)
{
    static reel_rt rt;
    *state = &rt;
    reel_arithmetic_take();
    if (reel_rt_init(&rt, reel_arithmetic_kernels(), (size_t)1 << 24) < 0) {
        return -1;
    }
    rt.recording = 1;
    return 0;
}

static int teardown(void **state)
{
    reel_rt_deinit(*state);
    return 0;
}

static void arithmetic_of_a_linear_layer_is_two_per_weight_and_row(void **state)
{
    reel_rt *rt = *state;
    reel_tensor *x = INPUT(rt, 2, 5, 7), *w = INPUT(rt, 11, 7);
    assert_counts(rt, reel_linear(rt, x, &(reel_linear_params){ .weight = w }), 2 * 10 * 7 * 11,
                  4 * 10 * 7 * 11);
}

static void arithmetic_leaves_out_gradients_that_nobody_wants(void **state)
{
    reel_rt *rt = *state;
    reel_tensor *x = INPUT(rt, 10, 7), *w = INPUT(rt, 11, 7);
    x->wants_grad = 0;
    assert_counts(rt, reel_linear(rt, x, &(reel_linear_params){ .weight = w }), 2 * 10 * 7 * 11,
                  2 * 10 * 7 * 11);
}

static void arithmetic_of_attention_is_two_products_and_then_five(void **state)
{
    reel_rt *rt = *state;
    reel_tensor *q = INPUT(rt, 2, 5, 12), *k = INPUT(rt, 2, 9, 12), *v = INPUT(rt, 2, 9, 12);
    reel_tensor *y = reel_attention(rt, q, k, v, &(reel_attention_options){ .heads = 3 });
    assert_counts(rt, y, 4 * 2 * 5 * 9 * 12, 10 * 2 * 5 * 9 * 12);
}

static void arithmetic_of_attention_in_bytes_is_two_products(void **state)
{
    reel_rt *rt = *state;
    reel_tensor *q = INPUT(rt, 2, 50, 12), *k = INPUT(rt, 2, 90, 12), *v = INPUT(rt, 2, 90, 12);
    rt->recording = 0;
    reel_attention(rt, q, k, v, &(reel_attention_options){ .heads = 3, .in_bytes = 1 });
    assert_int_equal(rt->status, REEL_OK);
    assert_true(reel_arithmetic_take() == 4 * 2 * 50 * 90 * 12);
}

static void arithmetic_of_a_convolution_counts_outputs_and_taps(void **state)
{
    reel_rt *rt = *state;
    reel_tensor *x = INPUT(rt, 1, 6, 5, 4, 3), *w = INPUT(rt, 8, 2, 3, 3, 3);
    reel_tensor *y = reel_conv(rt, x, &(reel_conv_params){ .weight = w },
                               &(reel_conv_options){ .stride = { 1, 2, 1 } });
    const double taps = 2.0 * 5 * 2 * 2 * 8 * (2 * 3 * 3 * 3);
    assert_counts(rt, y, taps, 2 * taps);
}

#define WITH_RT(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_RT(arithmetic_of_a_linear_layer_is_two_per_weight_and_row),
        WITH_RT(arithmetic_leaves_out_gradients_that_nobody_wants),
        WITH_RT(arithmetic_of_attention_is_two_products_and_then_five),
        WITH_RT(arithmetic_of_attention_in_bytes_is_two_products),
        WITH_RT(arithmetic_of_a_convolution_counts_outputs_and_taps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
