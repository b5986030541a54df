/* Interpolation between rows. */
#include "ops/interpolate.h"

#include "check.h"

#include <math.h>

/* Positions that repeat, skip, and leave the range on both sides. */
static reel_tensor *at_odd_places(reel_rt *rt, reel_tensor **in)
{
    static const float positions[] = { -2.0f, 0.0f, 0.25f, 0.25f, 1.5f, 2.0f, 1.0f, 2.75f, 1e30f };
    return reel_interpolate(rt, in[0], REEL_FROM_HOST(rt, REEL_F32, positions, 9));
}

static reel_tensor *at_many_places(reel_rt *rt, reel_tensor **in)
{
    static float positions[400];
    for (int i = 0; i < 400; i++) {
        positions[i] = (float)i * 0.37f;
    }
    return reel_interpolate(rt, in[0], REEL_FROM_HOST(rt, REEL_F32, positions, 400));
}

static reel_tensor *at_given_places(reel_rt *rt, reel_tensor **in)
{
    return reel_interpolate(rt, in[0], in[1]);
}

static void interpolate_gives_the_same_bytes_with_every_number_of_threads(void **state)
{
    (void)state;
    check_shape in[] = { { 3, { 2, 120, 193 } } };
    check_agrees_everywhere(at_many_places, in, 1, 1e-6);
}

static void interpolate_backward_matches_finite_differences(void **state)
{
    (void)state;
    check_shape in[] = { { 3, { 2, 4, 3 } } };
    check_gradient(at_odd_places, in, 1);
    check_shape one_row[] = { { 3, { 2, 1, 3 } } };
    check_gradient(at_odd_places, one_row, 1);
}

static void interpolate_mixes_the_two_nearest_rows(void **state)
{
    (void)state;
    reel_rt *rt = check_rt_new();
    reel_tensor *x = REEL_FROM_HOST(rt, REEL_F32, ((float[]){ 10.0f, 20.0f, 40.0f }), 1, 3, 1);
    reel_tensor *y = at_odd_places(rt, &x);
    const float expected[] = { 10.0f, 10.0f, 12.5f, 12.5f, 30.0f, 40.0f, 20.0f, 40.0f, 40.0f };
    assert_memory_equal(y->data, expected, sizeof expected);
    check_rt_free(rt);
}

static void interpolate_takes_what_is_not_a_number_as_the_first_row(void **state)
{
    (void)state;
    reel_rt *rt = check_rt_new();
    reel_tensor *in[] = { check_random(rt, (check_shape){ 3, { 1, 5, 2 } }, 0),
                          REEL_FROM_HOST(rt, REEL_F32, ((float[]){ NAN }), 1) };
    assert_memory_equal(at_given_places(rt, in)->data, in[0]->data, 8);
    check_rt_free(rt);
}

static void interpolate_refuses_a_matrix_of_positions(void **state)
{
    (void)state;
    check_shape in[] = { { 3, { 1, 5, 2 } }, { 2, { 1, 4 } } };
    check_refuses(at_given_places, in, 2, REEL_ERR_SHAPE,
                  "interpolate: x is [1, 5, 2] f32, positions are [1, 4] f32");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interpolate_gives_the_same_bytes_with_every_number_of_threads),
        cmocka_unit_test(interpolate_backward_matches_finite_differences),
        cmocka_unit_test(interpolate_mixes_the_two_nearest_rows),
        cmocka_unit_test(interpolate_takes_what_is_not_a_number_as_the_first_row),
        cmocka_unit_test(interpolate_refuses_a_matrix_of_positions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
