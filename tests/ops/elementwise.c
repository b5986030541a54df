/* Sums, products and repetition. */
#include "ops/elementwise.h"

#include "check.h"
#include "ops/loss.h"

static reel_tensor *add(reel_rt *rt, reel_tensor **in)
{
    return reel_add(rt, in[0], in[1]);
}

static reel_tensor *sub(reel_rt *rt, reel_tensor **in)
{
    return reel_sub(rt, in[0], in[1]);
}

static reel_tensor *mul(reel_rt *rt, reel_tensor **in)
{
    return reel_mul(rt, in[0], in[1]);
}

static reel_tensor *square(reel_rt *rt, reel_tensor **in)
{
    return reel_mul(rt, in[0], in[0]);
}

static reel_tensor *scale_and_shift(reel_rt *rt, reel_tensor **in)
{
    return reel_add_scalar(rt, reel_scale(rt, in[0], -1.5f), 2.0f);
}

static reel_tensor *add_rows(reel_rt *rt, reel_tensor **in)
{
    return reel_add_rows(rt, in[0], in[1]);
}

static reel_tensor *three_times(reel_rt *rt, reel_tensor **in)
{
    return reel_repeat(rt, in[0], 3);
}

static void elementwise_gives_the_same_bytes_with_every_number_of_threads(void **state)
{
    (void)state;
    check_shape small[] = { { 2, { 3, 17 } }, { 2, { 3, 17 } } };
    check_shape large[] = { { 2, { 300, 257 } }, { 2, { 300, 257 } } };
    static const check_operator binary[] = { add, sub, mul };
    for (int i = 0; i < 3; i++) {
        check_agrees_everywhere(binary[i], small, 2, 1e-6);
        check_agrees_everywhere(binary[i], large, 2, 1e-6);
    }
    check_agrees_everywhere(scale_and_shift, large, 1, 1e-6);
}

static void rows_give_the_same_bytes_with_every_number_of_threads(void **state)
{
    (void)state;
    check_shape bias[] = { { 3, { 8, 600, 33 } }, { 1, { 33 } } };
    check_agrees_everywhere(add_rows, bias, 2, 1e-6);
    check_shape table[] = { { 3, { 8, 60, 192 } }, { 2, { 60, 192 } } };
    check_agrees_everywhere(add_rows, table, 2, 1e-6);
    check_shape repeated[] = { { 3, { 2, 100, 65 } } };
    check_agrees_everywhere(three_times, repeated, 1, 1e-6);
}

static void elementwise_backward_matches_finite_differences(void **state)
{
    (void)state;
    check_shape in[] = { { 2, { 3, 20 } }, { 2, { 3, 20 } } };
    check_gradient(add, in, 2);
    check_gradient(sub, in, 2);
    check_gradient(mul, in, 2);
    check_gradient(square, in, 1);
    check_gradient(scale_and_shift, in, 1);
}

static void rows_backward_match_finite_differences(void **state)
{
    (void)state;
    check_shape bias[] = { { 3, { 2, 3, 5 } }, { 1, { 5 } } };
    check_shape table[] = { { 3, { 2, 3, 5 } }, { 2, { 3, 5 } } };
    check_shape whole[] = { { 2, { 3, 5 } }, { 2, { 3, 5 } } };
    check_gradient(add_rows, bias, 2);
    check_gradient(add_rows, table, 2);
    check_gradient(add_rows, whole, 2);
    check_gradient(three_times, table, 1);
}

static void elementwise_computes_what_it_says(void **state)
{
    (void)state;
    reel_rt *rt = check_rt_new();
    reel_tensor *a = REEL_FROM_HOST(rt, REEL_F32, ((float[]){ 1.0f, 2.0f, 3.0f, 4.0f }), 1, 2, 2);
    reel_tensor *b = REEL_FROM_HOST(rt, REEL_F32, ((float[]){ 5.0f, 7.0f }), 2);
    assert_memory_equal(reel_sub(rt, a, a)->data, ((float[]){ 0.0f, 0.0f, 0.0f, 0.0f }), 16);
    assert_memory_equal(reel_mul(rt, a, a)->data, ((float[]){ 1.0f, 4.0f, 9.0f, 16.0f }), 16);
    assert_memory_equal(reel_add_rows(rt, a, b)->data, ((float[]){ 6.0f, 9.0f, 8.0f, 11.0f }), 16);
    assert_memory_equal(reel_repeat(rt, a, 2)->data,
                        ((float[]){ 1.0f, 2.0f, 1.0f, 2.0f, 3.0f, 4.0f, 3.0f, 4.0f }), 32);
    assert_memory_equal(scale_and_shift(rt, &a)->data, ((float[]){ 0.5f, -1.0f, -2.5f, -4.0f }),
                        16);
    check_rt_free(rt);
}

/* Several pieces of work; whole numbers, so that sums are exact. */
static void elementwise_reaches_every_element_of_a_large_tensor(void **state)
{
    (void)state;
    enum { ROWS = 20, WIDTH = 9001, COUNT = ROWS * WIDTH };
    reel_rt *rt = check_rt_new();
    reel_tensor *x = REEL_NEW(rt, REEL_F32, ROWS, WIDTH), *y = REEL_NEW(rt, REEL_F32, WIDTH);
    for (int i = 0; i < COUNT; i++) {
        reel_f32(x)[i] = (float)(i % 1000);
        reel_f32(y)[i % WIDTH] = (float)(i % WIDTH);
    }
    x->wants_grad = y->wants_grad = rt->recording = 1;
    reel_tensor *z = reel_add_rows(rt, reel_add(rt, x, reel_scale(rt, x, 2.0f)), y);
    for (int i = 0; i < COUNT; i++) {
        assert_true(reel_f32(z)[i] == (float)(i % 1000 * 3 + i % WIDTH));
    }
    reel_tensor *loss = reel_scale(rt, reel_mean_square(rt, z), 0.5f * (float)COUNT);
    assert_int_equal(reel_backward(rt, loss, 1.0f), REEL_OK); /* dz = z */
    for (int i = 0; i < COUNT; i++) {
        assert_true(reel_f32(x->grad)[i] == 3.0f * reel_f32(z)[i]);
    }
    for (int i = 0; i < WIDTH; i++) {
        float sum = 0.0f;
        for (int r = 0; r < ROWS; r++) {
            sum += reel_f32(z)[r * WIDTH + i];
        }
        assert_true(reel_f32(y->grad)[i] == sum);
    }
    check_rt_free(rt);
}

static void elementwise_refuses_other_shapes(void **state)
{
    (void)state;
    check_shape in[] = { { 2, { 3, 4 } }, { 2, { 4, 3 } } };
    check_refuses(add, in, 2, REEL_ERR_SHAPE, "add: a is [3, 4] f32, b is [4, 3] f32");
    check_refuses(mul, in, 2, REEL_ERR_SHAPE, "mul: a is [3, 4] f32, b is [4, 3] f32");
    check_refuses(add_rows, in, 2, REEL_ERR_SHAPE, "add_rows: x is [3, 4] f32, y is [4, 3] f32");
    check_refuses(three_times, in, 1, REEL_ERR_SHAPE, "repeat: x is [3, 4] f32");
}

static void elementwise_does_nothing_after_a_failure(void **state)
{
    (void)state;
    reel_rt *rt = check_rt_new();
    reel_tensor *a = check_random(rt, (check_shape){ 1, { 3 } }, 0);
    reel_tensor *b = check_random(rt, (check_shape){ 1, { 4 } }, 0);
    reel_tensor *bad = reel_add(rt, a, b);
    size_t used = rt->arena.used;
    assert_ptr_equal(reel_scale(rt, reel_mul(rt, bad, bad), 2.0f), &rt->poison);
    assert_int_equal(rt->arena.used, used);
    assert_non_null(strstr(reel_error_message(), "add: a is [3] f32"));
    check_rt_free(rt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elementwise_gives_the_same_bytes_with_every_number_of_threads),
        cmocka_unit_test(rows_give_the_same_bytes_with_every_number_of_threads),
        cmocka_unit_test(elementwise_backward_matches_finite_differences),
        cmocka_unit_test(rows_backward_match_finite_differences),
        cmocka_unit_test(elementwise_computes_what_it_says),
        cmocka_unit_test(elementwise_reaches_every_element_of_a_large_tensor),
        cmocka_unit_test(elementwise_refuses_other_shapes),
        cmocka_unit_test(elementwise_does_nothing_after_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
