/* The noise levels, by table. */
#include "sampling/sigma_schedule.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void sigma_schedule_falls_from_one_to_zero(void **state)
{
    (void)state;
    static const double shifts[] = { 0.3, 1.0, 3.0, 7.0 };
    double sigma[51];
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(reel_sigma_schedule_build(sigma, 50, shifts[i]), REEL_OK);
        assert_true(sigma[0] == 1.0 && sigma[50] == 0.0);
        for (int j = 0; j < 50; j++) {
            assert_true(sigma[j + 1] < sigma[j]);
        }
    }
}

static void sigma_schedule_matches_the_formula_by_hand(void **state)
{
    (void)state;
    /* shift 3: 3s / (1 + 2s) at s = 3/4, 1/2, 1/4 */
    static const double expected[] = { 1.0, 0.9, 0.75, 0.5, 0.0 };
    double sigma[5];
    assert_int_equal(reel_sigma_schedule_build(sigma, 4, 3.0), REEL_OK);
    for (int i = 0; i < 5; i++) {
        assert_true(fabs(sigma[i] - expected[i]) < 1e-12);
    }
}

static void sigma_schedule_refuses_steps_and_shifts_out_of_range(void **state)
{
    (void)state;
    double sigma[2];
    assert_int_equal(reel_sigma_schedule_build(sigma, 0, 1.0), REEL_ERR_INVALID);
    assert_string_equal(reel_error_message(), "steps: is 0, expected 1 to 1000");
    assert_int_equal(reel_sigma_schedule_build(sigma, 1001, 1.0), REEL_ERR_INVALID);
    assert_int_equal(reel_sigma_schedule_build(sigma, 1, 0.0), REEL_ERR_INVALID);
    assert_int_equal(reel_sigma_schedule_build(sigma, 1, NAN), REEL_ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sigma_schedule_falls_from_one_to_zero),
        cmocka_unit_test(sigma_schedule_matches_the_formula_by_hand),
        cmocka_unit_test(sigma_schedule_refuses_steps_and_shifts_out_of_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
