/* Complex spectra. */
#include "ops/spectrum.h"

#include "check.h"

#include <math.h>

static reel_tensor *magnitude(reel_rt *rt, reel_tensor **in)
{
    return reel_magnitude(rt, in[0]);
}

static reel_tensor *with_magnitude(reel_rt *rt, reel_tensor **in)
{
    return reel_with_magnitude(rt, in[0], in[1]);
}

static void magnitude_gives_the_same_bytes_with_every_number_of_threads(void **state)
{
    (void)state;
    check_shape in[] = { { 3, { 2, 100, 514 } } };
    check_agrees_everywhere(magnitude, in, 1, 2e-6);
}

static void magnitude_backward_matches_finite_differences(void **state)
{
    (void)state;
    check_shape in[] = { { 2, { 2, 10 } } };
    check_gradient(magnitude, in, 1);
}

static void magnitude_pairs_the_first_half_with_the_second(void **state)
{
    (void)state;
    reel_rt *rt = check_rt_new();
    reel_tensor *z = REEL_FROM_HOST(rt, REEL_F32, ((float[]){ 3.0f, 0.0f, 4.0f, 0.0f }), 1, 4);
    const float *m = reel_f32(reel_magnitude(rt, z));
    assert_true(fabsf(m[0] - 5.0f) < 1e-6f);
    assert_true(fabsf(m[1] - 1e-6f) < 1e-12f);
    check_rt_free(rt);
}

static void with_magnitude_keeps_the_phase(void **state)
{
    (void)state;
    reel_rt *rt = check_rt_new();
    reel_tensor *in[] = { REEL_FROM_HOST(rt, REEL_F32, ((float[]){ 3.0f, 0.0f, -4.0f, 0.0f }), 1,
                                         4),
                          REEL_FROM_HOST(rt, REEL_F32, ((float[]){ 10.0f, 7.0f }), 1, 2) };
    const float expected[] = { 6.0f, 7.0f, -8.0f, 0.0f };
    assert_true(check_distance(reel_f32(with_magnitude(rt, in)), expected, 4) < 1e-6);
    check_rt_free(rt);
}

static void with_magnitude_refuses_to_be_trained(void **state)
{
    (void)state;
    reel_rt *rt = check_rt_new();
    reel_tensor *in[] = { check_random(rt, (check_shape){ 2, { 2, 4 } }, 0),
                          check_random(rt, (check_shape){ 2, { 2, 2 } }, 1) };
    in[1]->wants_grad = 1;
    rt->recording = 1;
    with_magnitude(rt, in);
    assert_int_equal(rt->status, REEL_ERR_UNSUPPORTED);
    check_rt_free(rt);
}

static void spectra_refuse_shapes_that_do_not_fit(void **state)
{
    (void)state;
    check_shape odd[] = { { 2, { 2, 5 } } };
    check_refuses(magnitude, odd, 1, REEL_ERR_SHAPE, "magnitude: z is [2, 5] f32");
    check_shape in[] = { { 2, { 2, 4 } }, { 2, { 2, 3 } } };
    check_refuses(with_magnitude, in, 2, REEL_ERR_SHAPE,
                  "with_magnitude: z is [2, 4] f32, m is [2, 3] f32");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(magnitude_gives_the_same_bytes_with_every_number_of_threads),
        cmocka_unit_test(magnitude_backward_matches_finite_differences),
        cmocka_unit_test(magnitude_pairs_the_first_half_with_the_second),
        cmocka_unit_test(with_magnitude_keeps_the_phase),
        cmocka_unit_test(with_magnitude_refuses_to_be_trained),
        cmocka_unit_test(spectra_refuse_shapes_that_do_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
