/* Means over rows and differences of neighbours. */
#include "ops/reduce.h"

#include "check.h"

enum { MAX_MASK = 1200 };

static reel_tensor *mean(reel_rt *rt, reel_tensor **in)
{
    return reel_mean_axis1(rt, in[0], NULL);
}

/* Every third row is left out, one counts half; a second sample counts nothing at all. */
static reel_tensor *masked_mean(reel_rt *rt, reel_tensor **in)
{
    float mask[MAX_MASK];
    int64_t batch = in[0]->dim[0], rows = in[0]->dim[1];
    assert_true(batch * rows <= MAX_MASK);
    for (int64_t i = 0; i < batch * rows; i++) {
        mask[i] = i / rows == 1 || i % 3 == 2 ? 0.0f : i % rows == 0 ? 0.5f : 1.0f;
    }
    return reel_mean_axis1(rt, in[0], REEL_FROM_HOST(rt, REEL_F32, mask, batch, rows));
}

static reel_tensor *difference_0(reel_rt *rt, reel_tensor **in)
{
    return reel_difference(rt, in[0], 0);
}

static reel_tensor *difference_1(reel_rt *rt, reel_tensor **in)
{
    return reel_difference(rt, in[0], 1);
}

static reel_tensor *difference_2(reel_rt *rt, reel_tensor **in)
{
    return reel_difference(rt, in[0], 2);
}

static void reductions_give_the_same_bytes_with_every_number_of_threads(void **state)
{
    (void)state;
    check_shape in[] = { { 3, { 4, 300, 193 } } };
    check_agrees_everywhere(mean, in, 1, 1e-6);
    check_agrees_everywhere(masked_mean, in, 1, 1e-6);
    check_agrees_everywhere(difference_0, in, 1, 1e-6);
    check_agrees_everywhere(difference_1, in, 1, 1e-6);
    check_agrees_everywhere(difference_2, in, 1, 1e-6);
}

static void reductions_backward_match_finite_differences(void **state)
{
    (void)state;
    check_shape in[] = { { 3, { 3, 4, 5 } } };
    check_gradient(mean, in, 1);
    check_gradient(masked_mean, in, 1);
    check_gradient(difference_0, in, 1);
    check_gradient(difference_1, in, 1);
    check_gradient(difference_2, in, 1);
}

static void mean_axis1_of_a_sample_that_counts_nothing_is_zero(void **state)
{
    (void)state;
    reel_rt *rt = check_rt_new();
    reel_tensor *x = REEL_FROM_HOST(rt, REEL_F32, ((float[]){ 4, 1, 9, 5, 5, 5 }), 2, 3, 1);
    const float *y = reel_f32(masked_mean(rt, &x));
    assert_true(y[0] == 2.0f); /* (4 / 2 + 1) / 1.5 */
    assert_true(y[1] == 0.0f);
    check_rt_free(rt);
}

static void difference_subtracts_the_earlier_neighbour(void **state)
{
    (void)state;
    reel_rt *rt = check_rt_new();
    reel_tensor *x = REEL_FROM_HOST(rt, REEL_F32, ((float[]){ 1, 2, 4, 8, 16, 32 }), 2, 3);
    assert_memory_equal(difference_1(rt, &x)->data, ((float[]){ 1, 2, 8, 16 }), 16);
    assert_memory_equal(difference_0(rt, &x)->data, ((float[]){ 7, 14, 28 }), 12);
    check_rt_free(rt);
}

static reel_tensor *mean_with_mask(reel_rt *rt, reel_tensor **in)
{
    return reel_mean_axis1(rt, in[0], in[1]);
}

static void reductions_refuse_shapes_that_do_not_fit(void **state)
{
    (void)state;
    check_shape in[] = { { 3, { 2, 3, 4 } }, { 2, { 2, 4 } } };
    check_refuses(mean_with_mask, in, 2, REEL_ERR_SHAPE,
                  "mean_axis1: mask is [2, 4] f32, x is [2, 3, 4] f32");
    check_shape one[] = { { 2, { 1, 4 } } };
    check_refuses(mean, one, 1, REEL_ERR_SHAPE, "mean_axis1: x is [1, 4] f32");
    check_refuses(difference_0, one, 1, REEL_ERR_SHAPE, "difference: x is [1, 4] f32, axis 0");
    check_refuses(difference_2, one, 1, REEL_ERR_SHAPE, "axis 2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reductions_give_the_same_bytes_with_every_number_of_threads),
        cmocka_unit_test(reductions_backward_match_finite_differences),
        cmocka_unit_test(mean_axis1_of_a_sample_that_counts_nothing_is_zero),
        cmocka_unit_test(difference_subtracts_the_earlier_neighbour),
        cmocka_unit_test(reductions_refuse_shapes_that_do_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
