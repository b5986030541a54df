/* Activations. */
#include "ops/activation.h"

#include "check.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"

#include <float.h>
#include <math.h>

static reel_tensor *silu(reel_rt *rt, reel_tensor **in)
{
    return reel_silu(rt, in[0]);
}

static reel_tensor *gelu(reel_rt *rt, reel_tensor **in)
{
    return reel_gelu(rt, in[0]);
}

static reel_tensor *tanh_of(reel_rt *rt, reel_tensor **in)
{
    return reel_tanh(rt, in[0]);
}

static reel_tensor *exp_of(reel_rt *rt, reel_tensor **in)
{
    return reel_exp(rt, in[0]);
}

/* Most normal numbers lie below this floor, some above. */
static reel_tensor *log_floor(reel_rt *rt, reel_tensor **in)
{
    return reel_log_floor(rt, in[0], 0.8f);
}

static reel_tensor *swiglu(reel_rt *rt, reel_tensor **in)
{
    return reel_swiglu(rt, in[0]);
}

static const check_operator all[] = { silu, gelu, tanh_of, exp_of, log_floor, swiglu };
enum { COUNT = sizeof all / sizeof *all };

static void activations_give_the_same_bytes_with_every_number_of_threads(void **state)
{
    (void)state;
    check_shape small[] = { { 2, { 3, 34 } } }, large[] = { { 2, { 300, 258 } } };
    for (int i = 0; i < COUNT; i++) {
        check_agrees_everywhere(all[i], small, 1, 2e-6);
        check_agrees_everywhere(all[i], large, 1, 2e-6);
    }
}

static void activations_backward_match_finite_differences(void **state)
{
    (void)state;
    check_shape in[] = { { 2, { 3, 20 } } };
    for (int i = 0; i < COUNT; i++) {
        check_gradient(all[i], in, 1);
    }
}

static void activations_match_pytorch(void **state)
{
    (void)state;
    check_golden("ops/silu", silu, 1e-6);
    check_golden("ops/gelu", gelu, 1e-6);
    check_golden("ops/swiglu", swiglu, 1e-6);
}

static void activations_stay_finite_far_out(void **state)
{
    (void)state;
    static const float far[] = { -FLT_MAX, -1e30f, -1000.0f, -90.0f, 90.0f, 1000.0f, 1e18f };
    enum { FAR = sizeof far / sizeof *far };
    reel_rt *rt = check_rt_new();
    rt->recording = 1;
    for (int i = 0; i < 5; i++) {
        reel_tensor *x = REEL_FROM_HOST(rt, REEL_F32, far, FAR);
        x->wants_grad = 1;
        reel_tensor *y = all[i](rt, &x);
        reel_tensor *total =
            REEL_VIEW(rt, reel_add_rows(rt, reel_zeros(rt, REEL_F32, 2, (int64_t[]){ 1, FAR }), y),
                      1, FAR, 1);
        reel_tensor *loss = reel_mean_axis1(rt, total, NULL);
        assert_int_equal(reel_backward(rt, loss, 1.0f), REEL_OK);
        for (int j = 0; j < FAR; j++) {
            assert_true(isfinite(reel_f32(y)[j]));
            assert_true(isfinite(reel_f32(x->grad)[j]));
        }
    }
    check_rt_free(rt);
}

static void activations_pass_on_what_is_not_a_number(void **state)
{
    (void)state;
    static const float not_a_number[2] = { NAN, NAN };
    reel_rt *rt = check_rt_new();
    for (int i = 0; i < COUNT; i++) {
        reel_tensor *x = REEL_FROM_HOST(rt, REEL_F32, not_a_number, 1, 2);
        reel_tensor *y = all[i](rt, &x);
        assert_int_equal(rt->status, REEL_OK);
        assert_true(isnan(reel_f32(y)[0]));
    }
    check_rt_free(rt);
}

static reel_tensor *no_floor(reel_rt *rt, reel_tensor **in)
{
    return reel_log_floor(rt, in[0], 0.0f);
}

static void log_floor_refuses_a_floor_of_zero(void **state)
{
    (void)state;
    check_shape in[] = { { 1, { 4 } } };
    check_refuses(no_floor, in, 1, REEL_ERR_INVALID, "log_floor: floor is 0");
}

static void swiglu_refuses_an_odd_width(void **state)
{
    (void)state;
    check_shape in[] = { { 2, { 3, 5 } } };
    check_refuses(swiglu, in, 1, REEL_ERR_SHAPE, "swiglu: x is [3, 5] f32");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(activations_give_the_same_bytes_with_every_number_of_threads),
        cmocka_unit_test(activations_backward_match_finite_differences),
        cmocka_unit_test(activations_match_pytorch),
        cmocka_unit_test(activations_stay_finite_far_out),
        cmocka_unit_test(activations_pass_on_what_is_not_a_number),
        cmocka_unit_test(log_floor_refuses_a_floor_of_zero),
        cmocka_unit_test(swiglu_refuses_an_odd_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
