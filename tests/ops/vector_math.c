/* Elementary functions as vector code, against libm. */
#include "ops/c/vector_math.h"

#include "check.h"

#include <math.h>

enum { COUNT = 200000 };

static float x[COUNT], y[COUNT], z[COUNT];

/* COUNT numbers from low to high. */
static void spread(double low, double high)
{
    for (int i = 0; i < COUNT; i++) {
        x[i] = (float)(low + (high - low) * i / (COUNT - 1));
    }
}

static void assert_relative(double (*exact)(double), double bound)
{
    for (int i = 0; i < COUNT; i++) {
        double expected = exact((double)x[i]);
        if (!(fabs((double)y[i] - expected) <= bound * fabs(expected))) {
            fail_msg("at %.9g: is %.9g, expected %.9g", (double)x[i], (double)y[i], expected);
        }
    }
}

#define APPLY(function)                                                                            \
    _Pragma("omp simd") for (int i = 0; i < COUNT; i++)                                            \
    {                                                                                              \
        y[i] = function(x[i]);                                                                     \
    }

static void vexp_is_good_to_two_units_in_the_last_place(void **state)
{
    (void)state;
    spread(-87.0, 88.0);
    APPLY(reel_vexp)
    assert_relative(exp, 1.5e-7);
    spread(-1.0, 1.0);
    APPLY(reel_vexp)
    assert_relative(exp, 1.5e-7);
}

static void vlog_is_good_to_two_units_in_the_last_place(void **state)
{
    (void)state;
    spread(1.2e-38, 2.0);
    APPLY(reel_vlog)
    assert_relative(log, 1.5e-7);
    spread(0.99, 1.01);
    APPLY(reel_vlog)
    assert_relative(log, 1.5e-7);
    spread(1.0, 3e38);
    APPLY(reel_vlog)
    assert_relative(log, 1.5e-7);
}

static void vtanh_is_good_to_three_units_in_the_last_place(void **state)
{
    (void)state;
    spread(-12.0, 12.0);
    APPLY(reel_vtanh)
    assert_relative(tanh, 2e-7);
    spread(-0.7, 0.7);
    APPLY(reel_vtanh)
    assert_relative(tanh, 2e-7);
}

static double sigmoid(double v)
{
    return 1.0 / (1.0 + exp(-v));
}

static void vsigmoid_is_good_to_three_units_in_the_last_place(void **state)
{
    (void)state;
    spread(-80.0, 80.0);
    APPLY(reel_vsigmoid)
    assert_relative(sigmoid, 2e-7);
}

/* Processors take a hundred times as long for a subnormal quotient. */
static void vsigmoid_is_never_subnormal(void **state)
{
    (void)state;
    spread(-120.0, -80.0);
    APPLY(reel_vsigmoid)
    for (int i = 0; i < COUNT; i++) {
        assert_true(y[i] == 0.0f || isnormal(y[i]));
    }
    assert_true(reel_vsigmoid(-INFINITY) == 0.0f);
    assert_true(reel_vsigmoid(INFINITY) == 1.0f);
    assert_true(isnan(reel_vsigmoid(NAN)));
}

static void vsincos_is_good_up_to_ten_thousand_radians(void **state)
{
    (void)state;
    for (double range = 1.0; range <= 1e4; range *= 10.0) {
        spread(-range, range);
#pragma omp simd
        for (int i = 0; i < COUNT; i++) {
            reel_vsincos(x[i], &y[i], &z[i]);
        }
        for (int i = 0; i < COUNT; i++) {
            assert_true(fabs((double)y[i] - sin((double)x[i])) < 1.5e-7);
            assert_true(fabs((double)z[i] - cos((double)x[i])) < 1.5e-7);
        }
    }
}

static void vector_functions_know_the_ends_of_their_range(void **state)
{
    (void)state;
    assert_true(reel_vexp(-INFINITY) == 0.0f);
    assert_true(reel_vexp(0.0f) == 1.0f);
    assert_true(isfinite(reel_vexp(INFINITY)));
    assert_true(reel_vtanh(INFINITY) == 1.0f);
    assert_true(reel_vtanh(-INFINITY) == -1.0f);
    assert_true(isnan(reel_vexp(NAN)));
    assert_true(isnan(reel_vlog(NAN)));
    assert_true(isnan(reel_vtanh(NAN)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vexp_is_good_to_two_units_in_the_last_place),
        cmocka_unit_test(vlog_is_good_to_two_units_in_the_last_place),
        cmocka_unit_test(vtanh_is_good_to_three_units_in_the_last_place),
        cmocka_unit_test(vsigmoid_is_good_to_three_units_in_the_last_place),
        cmocka_unit_test(vsigmoid_is_never_subnormal),
        cmocka_unit_test(vsincos_is_good_up_to_ten_thousand_radians),
        cmocka_unit_test(vector_functions_know_the_ends_of_their_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
