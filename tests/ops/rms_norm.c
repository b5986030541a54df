/* The RMS norm. */
#include "ops/rms_norm.h"

#include "check.h"

static reel_tensor *weighted(reel_rt *rt, reel_tensor **in)
{
    return reel_rms_norm(rt, in[0], in[1], 1e-6f);
}

static reel_tensor *unweighted(reel_rt *rt, reel_tensor **in)
{
    return reel_rms_norm(rt, in[0], NULL, 1e-6f);
}

static void rms_norm_gives_the_same_bytes_with_every_number_of_threads(void **state)
{
    (void)state;
    /* around one vector register, a head, a stream; enough rows for two threads and many chunks;
     * not one column, where the gradient is the rounding error of zero */
    static const int64_t sizes[][2] = { { 3, 2 },    { 7, 15 },     { 5, 17 },
                                        { 700, 64 }, { 4800, 192 }, { 65, 768 } };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        check_shape in[] = { { 2, { sizes[i][0], sizes[i][1] } }, { 1, { sizes[i][1] } } };
        check_agrees_everywhere(weighted, in, 2, 2e-6);
        check_agrees_everywhere(unweighted, in, 1, 2e-6);
    }
}

static void rms_norm_backward_matches_finite_differences(void **state)
{
    (void)state;
    check_shape in[] = { { 3, { 2, 3, 8 } }, { 1, { 8 } } };
    check_gradient(weighted, in, 2);
    check_gradient(unweighted, in, 1);
}

static void rms_norm_matches_pytorch(void **state)
{
    (void)state;
    check_golden("ops/rms_norm", weighted, 1e-6);
}

static void rms_norm_of_zeros_is_zeros(void **state)
{
    (void)state;
    reel_rt *rt = check_rt_new();
    reel_tensor *y = reel_rms_norm(rt, reel_zeros(rt, REEL_F32, 1, (int64_t[]){ 5 }), NULL, 1e-6f);
    for (int i = 0; i < 5; i++) {
        assert_true(reel_f32(y)[i] == 0.0f);
    }
    check_rt_free(rt);
}

static void rms_norm_refuses_a_weight_of_another_width(void **state)
{
    (void)state;
    check_shape in[] = { { 2, { 4, 8 } }, { 1, { 7 } } };
    check_refuses(weighted, in, 2, REEL_ERR_SHAPE, "rms_norm: w is [7] f32, x is [4, 8] f32");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rms_norm_gives_the_same_bytes_with_every_number_of_threads),
        cmocka_unit_test(rms_norm_backward_matches_finite_differences),
        cmocka_unit_test(rms_norm_matches_pytorch),
        cmocka_unit_test(rms_norm_of_zeros_is_zeros),
        cmocka_unit_test(rms_norm_refuses_a_weight_of_another_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
