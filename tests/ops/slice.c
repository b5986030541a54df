/* Slicing. */
#include "ops/slice.h"

#include "check.h"

static reel_tensor *rows(reel_rt *rt, reel_tensor **in)
{
    return reel_slice(rt, in[0], 1, 1, in[0]->dim[1] - 2);
}

static reel_tensor *columns(reel_rt *rt, reel_tensor **in)
{
    return reel_slice(rt, in[0], 2, 2, 3);
}

static reel_tensor *one_sample(reel_rt *rt, reel_tensor **in)
{
    return reel_slice(rt, in[0], 0, 1, 1);
}

static void slice_gives_the_same_bytes_with_every_number_of_threads(void **state)
{
    (void)state;
    check_shape in[] = { { 3, { 3, 300, 165 } } };
    check_agrees_everywhere(rows, in, 1, 1e-7);
    check_agrees_everywhere(columns, in, 1, 1e-7);
    check_agrees_everywhere(one_sample, in, 1, 1e-7);
}

static void slice_backward_matches_finite_differences(void **state)
{
    (void)state;
    check_shape in[] = { { 3, { 2, 4, 6 } } };
    check_gradient(rows, in, 1);
    check_gradient(columns, in, 1);
    check_gradient(one_sample, in, 1);
}

static void slice_takes_the_range(void **state)
{
    (void)state;
    reel_rt *rt = check_rt_new();
    reel_tensor *x = REEL_FROM_HOST(rt, REEL_F32, ((float[]){ 1, 2, 3, 4, 5, 6 }), 2, 3);
    assert_memory_equal(reel_slice(rt, x, 1, 1, 2)->data, ((float[]){ 2, 3, 5, 6 }), 16);
    check_rt_free(rt);
}

static reel_tensor *too_long(reel_rt *rt, reel_tensor **in)
{
    return reel_slice(rt, in[0], 0, 1, INT64_MAX);
}

static reel_tensor *too_early(reel_rt *rt, reel_tensor **in)
{
    return reel_slice(rt, in[0], 0, -1, 1);
}

static void slice_refuses_a_range_outside_the_tensor(void **state)
{
    (void)state;
    check_shape in[] = { { 1, { 4 } } };
    check_refuses(too_long, in, 1, REEL_ERR_SHAPE, "slice: x is [4] f32, axis 0 from 1");
    check_refuses(too_early, in, 1, REEL_ERR_SHAPE, "axis 0 from -1, 1 long");
    check_refuses(columns, in, 1, REEL_ERR_SHAPE, "axis 2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slice_gives_the_same_bytes_with_every_number_of_threads),
        cmocka_unit_test(slice_backward_matches_finite_differences),
        cmocka_unit_test(slice_takes_the_range),
        cmocka_unit_test(slice_refuses_a_range_outside_the_tensor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
