/* The layer norm. */
#include "ops/layer_norm.h"

#include "check.h"

static reel_tensor *full(reel_rt *rt, reel_tensor **in)
{
    return reel_layer_norm(rt, in[0], in[1], in[2], 1e-5f);
}

static reel_tensor *weight_only(reel_rt *rt, reel_tensor **in)
{
    return reel_layer_norm(rt, in[0], in[1], NULL, 1e-5f);
}

static reel_tensor *bias_only(reel_rt *rt, reel_tensor **in)
{
    return reel_layer_norm(rt, in[0], NULL, in[1], 1e-5f);
}

static reel_tensor *plain(reel_rt *rt, reel_tensor **in)
{
    return reel_layer_norm(rt, in[0], NULL, NULL, 1e-5f);
}

static void layer_norm_gives_the_same_bytes_with_every_number_of_threads(void **state)
{
    (void)state;
    static const int64_t sizes[][2] = { { 7, 15 }, { 5, 17 }, { 700, 64 }, { 4800, 192 } };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        check_shape in[] = { { 2, { sizes[i][0], sizes[i][1] } },
                             { 1, { sizes[i][1] } },
                             { 1, { sizes[i][1] } } };
        check_agrees_everywhere(full, in, 3, 2e-6);
        check_agrees_everywhere(plain, in, 1, 2e-6);
    }
}

static void layer_norm_backward_matches_finite_differences(void **state)
{
    (void)state;
    check_shape in[] = { { 3, { 2, 3, 8 } }, { 1, { 8 } }, { 1, { 8 } } };
    check_gradient(full, in, 3);
    check_gradient(weight_only, in, 2);
    check_gradient(bias_only, in, 2);
    check_gradient(plain, in, 1);
}

static void layer_norm_matches_pytorch(void **state)
{
    (void)state;
    check_golden("ops/layer_norm", full, 1e-6);
}

static void layer_norm_survives_a_large_offset(void **state)
{
    (void)state;
    reel_rt *rt = check_rt_new();
    const float x[4] = { 10001.0f, 9999.0f, 10001.0f, 9999.0f };
    reel_tensor *y = reel_layer_norm(rt, REEL_FROM_HOST(rt, REEL_F32, x, 4), NULL, NULL, 0.0f);
    const float expected[4] = { 1.0f, -1.0f, 1.0f, -1.0f };
    assert_true(check_distance(reel_f32(y), expected, 4) < 1e-6);
    check_rt_free(rt);
}

static void layer_norm_refuses_weights_of_another_width(void **state)
{
    (void)state;
    check_shape bad_w[] = { { 2, { 4, 8 } }, { 1, { 7 } }, { 1, { 8 } } };
    check_refuses(full, bad_w, 3, REEL_ERR_SHAPE, "layer_norm: w is [7] f32, x is [4, 8] f32");
    check_shape bad_b[] = { { 2, { 4, 8 } }, { 1, { 8 } }, { 2, { 1, 8 } } };
    check_refuses(full, bad_b, 3, REEL_ERR_SHAPE, "layer_norm: b is [1, 8] f32, x is [4, 8] f32");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layer_norm_gives_the_same_bytes_with_every_number_of_threads),
        cmocka_unit_test(layer_norm_backward_matches_finite_differences),
        cmocka_unit_test(layer_norm_matches_pytorch),
        cmocka_unit_test(layer_norm_survives_a_large_offset),
        cmocka_unit_test(layer_norm_refuses_weights_of_another_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
