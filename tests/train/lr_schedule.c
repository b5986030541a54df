/* The learning rate by step, the average's decay, and clipping, by tables. */
#include "train/lr_schedule.h"

#include "train/ema.h"
#include "train/grad_clip.h"

#include <math.h>
#include <omp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void lr_warms_up_stays_and_falls(void **state)
{
    (void)state;
    const reel_lr_schedule s = { .steps = 101, .warmup = 4, .decay_from = 0.5, .end = 0.1 };
    static const struct {
        int64_t step;
        double factor;
    } expected[] = { { 0, 0.25 }, { 1, 0.5 },        { 3, 1 },     { 4, 1 },
                     { 50, 1 },   { 51, 0.9909091 }, { 100, 0.1 }, { 500, 0.1 } };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_true(fabs(reel_lr_factor(&s, expected[i].step) - expected[i].factor) < 1e-6);
    }
    for (int64_t step = 51; step < 101; step++) {
        assert_true(reel_lr_factor(&s, step) < reel_lr_factor(&s, step - 1));
    }
}

static void lr_without_warmup_or_decay_is_constant(void **state)
{
    (void)state;
    const reel_lr_schedule s = { .steps = 10, .decay_from = 1, .end = 0 };
    for (int64_t step = 0; step < 10; step++) {
        assert_true(reel_lr_factor(&s, step) == 1.0);
    }
}

static void ema_decay_rises_to_its_limit(void **state)
{
    (void)state;
    assert_true(fabs(reel_ema_decay(0.998, 0) - 0.1) < 1e-12);
    assert_true(fabs(reel_ema_decay(0.998, 90) - 0.91) < 1e-12);
    assert_true(reel_ema_decay(0.998, 100000) == 0.998);
}

static void ema_moves_towards_the_weights_and_swaps_with_them(void **state)
{
    (void)state;
    float average[3] = { 0, 1, 2 }, value[3] = { 4, 1, -2 };
    reel_ema_update(average, value, 3, 0.75);
    assert_true(average[0] == 1 && average[1] == 1 && average[2] == 1);
    reel_ema_swap(average, value, 3);
    assert_true(value[0] == 1 && average[0] == 4 && average[2] == -2);
}

static void grad_norm_is_the_same_on_any_number_of_threads(void **state)
{
    (void)state;
    enum { COUNT = 100003 };
    float *grad = malloc(COUNT * sizeof *grad);
    assert_non_null(grad);
    double exact = 0;
    for (int i = 0; i < COUNT; i++) {
        grad[i] = (float)sin(i);
        exact += (double)grad[i] * (double)grad[i];
    }
    double one, two;
    int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    assert_int_equal(reel_grad_norm(&one, grad, COUNT), REEL_OK);
    omp_set_num_threads(2);
    assert_int_equal(reel_grad_norm(&two, grad, COUNT), REEL_OK);
    omp_set_num_threads(threads);
    assert_true(one == two);
    assert_true(fabs(one - sqrt(exact)) < 1e-9 * one);
    grad[77] = NAN;
    assert_int_equal(reel_grad_norm(&one, grad, COUNT), REEL_OK);
    assert_true(isnan(one));
    free(grad);
}

static void grad_clip_scales_only_what_is_too_long(void **state)
{
    (void)state;
    assert_true(reel_grad_clip_scale(4, 1) == 0.25f);
    assert_true(reel_grad_clip_scale(0.5, 1) == 1.0f);
    assert_true(reel_grad_clip_scale(100, 0) == 1.0f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lr_warms_up_stays_and_falls),
        cmocka_unit_test(lr_without_warmup_or_decay_is_constant),
        cmocka_unit_test(ema_decay_rises_to_its_limit),
        cmocka_unit_test(ema_moves_towards_the_weights_and_swaps_with_them),
        cmocka_unit_test(grad_norm_is_the_same_on_any_number_of_threads),
        cmocka_unit_test(grad_clip_scales_only_what_is_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
