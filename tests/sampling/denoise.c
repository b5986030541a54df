/* The sampler on velocities whose answer is known. */
#include "sampling/denoise.h"

#include "base/error.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { VIDEO_COUNT = 5, AUDIO_COUNT = 3 };
static const size_t counts[REEL_MODALITIES] = { VIDEO_COUNT, AUDIO_COUNT };

static float target(int m, size_t i)
{
    return (float)(m + 1) * 0.5f - 0.1f * (float)i;
}

/* The exact velocity of data that is one point: v = (x - x0) / sigma. */
static reel_status to_one_point(void *user, const reel_latents *x,
                                const double sigma[REEL_MODALITIES], reel_latents *cond,
                                reel_latents *uncond)
{
    int *calls = user;
    ++*calls;
    for (int m = 0; m < REEL_MODALITIES; m++) {
        for (size_t i = 0; i < x->count[m]; i++) {
            double s = sigma[m] > 0 ? sigma[m] : 1.0;
            cond->values[m][i] = (float)((x->values[m][i] - target(m, i)) / s);
            if (uncond) {
                uncond->values[m][i] = cond->values[m][i] - 1.0f;
            }
        }
    }
    return REEL_OK;
}

static reel_denoise_options options(int steps)
{
    return (reel_denoise_options){ .steps = steps, .shift = { 1, 1 }, .guidance = { 1, 1 } };
}

static void denoise_reaches_a_single_point_in_any_number_of_steps(void **state)
{
    (void)state;
    for (int steps = 1; steps <= 9; steps += 4) {
        for (int solver = REEL_SOLVER_EULER; solver <= REEL_SOLVER_HEUN; solver++) {
            reel_latents x;
            int calls = 0;
            assert_int_equal(reel_latents_alloc(&x, counts), REEL_OK);
            reel_latents_fill_noise(&x, 3);
            reel_denoise_options o = options(steps);
            o.solver = (reel_solver)solver;
            o.shift[1] = 3;
            assert_int_equal(reel_denoise(&x, to_one_point, &calls, &o), REEL_OK);
            assert_int_equal(calls, solver == REEL_SOLVER_EULER ? steps : 2 * steps - 1);
            for (int m = 0; m < REEL_MODALITIES; m++) {
                for (size_t i = 0; i < counts[m]; i++) {
                    assert_true(fabsf(x.values[m][i] - target(m, i)) < 1e-4f);
                }
            }
            reel_latents_free(&x);
        }
    }
}

/* v = 2 sigma: x moves by the integral, -1 in all; Euler errs by 1/steps, Heun is exact. */
static reel_status twice_sigma(void *user, const reel_latents *x,
                               const double sigma[REEL_MODALITIES], reel_latents *cond,
                               reel_latents *uncond)
{
    (void)user;
    (void)uncond;
    for (int m = 0; m < REEL_MODALITIES; m++) {
        for (size_t i = 0; i < x->count[m]; i++) {
            cond->values[m][i] = (float)(2.0 * sigma[m]);
        }
    }
    return REEL_OK;
}

static void solvers_have_their_order(void **state)
{
    (void)state;
    static const double expected[] = { -1.0 - 1.0 / 8, -1.0 - 1.0 / 64 };
    for (int solver = REEL_SOLVER_EULER; solver <= REEL_SOLVER_HEUN; solver++) {
        reel_latents x;
        assert_int_equal(reel_latents_alloc(&x, counts), REEL_OK);
        reel_denoise_options o = options(8);
        o.solver = (reel_solver)solver;
        assert_int_equal(reel_denoise(&x, twice_sigma, NULL, &o), REEL_OK);
        /* Heun's last step is Euler's: it errs by the square of one step */
        assert_true(fabs(x.values[0][0] - expected[solver]) < 1e-6);
        reel_latents_free(&x);
    }
}

static reel_status two_branches(void *user, const reel_latents *x,
                                const double sigma[REEL_MODALITIES], reel_latents *cond,
                                reel_latents *uncond)
{
    (void)sigma;
    (void)user;
    assert_non_null(uncond);
    for (int m = 0; m < REEL_MODALITIES; m++) {
        for (size_t i = 0; i < x->count[m]; i++) {
            cond->values[m][i] = 1.0f;
            uncond->values[m][i] = 0.25f;
        }
    }
    return REEL_OK;
}

static void guidance_has_a_scale_for_each_modality(void **state)
{
    (void)state;
    reel_latents x;
    assert_int_equal(reel_latents_alloc(&x, counts), REEL_OK);
    reel_denoise_options o = options(1);
    o.guidance[0] = 3;
    assert_int_equal(reel_denoise(&x, two_branches, NULL, &o), REEL_OK);
    assert_true(fabsf(x.values[0][0] + 2.5f) < 1e-6f); /* -(0.25 + 3 * 0.75) */
    assert_true(fabsf(x.values[1][0] + 1.0f) < 1e-6f); /* the audio is not guided */
    reel_latents_free(&x);
}

static reel_status checks_given_audio(void *user, const reel_latents *x,
                                      const double sigma[REEL_MODALITIES], reel_latents *cond,
                                      reel_latents *uncond)
{
    assert_true(sigma[1] == 0.0);
    for (size_t i = 0; i < x->count[1]; i++) {
        assert_true(x->values[1][i] == 0.75f);
    }
    return to_one_point(user, x, sigma, cond, uncond);
}

static void known_content_stays_and_a_given_modality_is_clean_throughout(void **state)
{
    (void)state;
    reel_latents x, mask, clean;
    int calls = 0;
    assert_int_equal(reel_latents_alloc(&x, counts), REEL_OK);
    assert_int_equal(reel_latents_alloc(&mask, counts), REEL_OK);
    assert_int_equal(reel_latents_alloc(&clean, counts), REEL_OK);
    reel_latents_fill_noise(&x, 1);
    mask.values[0][2] = 1.0f;
    clean.values[0][2] = -4.0f;
    for (size_t i = 0; i < AUDIO_COUNT; i++) {
        mask.values[1][i] = 1.0f;
        clean.values[1][i] = 0.75f;
    }
    reel_denoise_options o = options(4);
    o.mask = &mask;
    o.clean = &clean;
    assert_int_equal(reel_denoise(&x, checks_given_audio, &calls, &o), REEL_OK);
    assert_true(x.values[0][2] == -4.0f);
    assert_true(x.values[1][0] == 0.75f);
    assert_true(fabsf(x.values[0][1] - target(0, 1)) < 1e-4f);
    reel_latents_free(&x);
    reel_latents_free(&mask);
    reel_latents_free(&clean);
}

static int stop_after_two(void *user, int done, int total)
{
    (void)user;
    (void)total;
    return done == 2;
}

static void denoise_stops_within_a_step(void **state)
{
    (void)state;
    reel_latents x;
    int calls = 0;
    assert_int_equal(reel_latents_alloc(&x, counts), REEL_OK);
    reel_denoise_options o = options(10);
    o.progress = stop_after_two;
    assert_int_equal(reel_denoise(&x, to_one_point, &calls, &o), REEL_ERR_CANCELLED);
    assert_int_equal(calls, 2);
    assert_string_equal(reel_error_message(), "stopped after step 2 of 10");
    reel_latents_free(&x);
}

static void switching_the_sound_off_leaves_the_noise_of_the_picture(void **state)
{
    (void)state;
    static const size_t silent[REEL_MODALITIES] = { VIDEO_COUNT, 0 };
    reel_latents with, without;
    assert_int_equal(reel_latents_alloc(&with, counts), REEL_OK);
    assert_int_equal(reel_latents_alloc(&without, silent), REEL_OK);
    reel_latents_fill_noise(&with, 11);
    reel_latents_fill_noise(&without, 11);
    for (size_t i = 0; i < VIDEO_COUNT; i++) {
        assert_true(with.values[0][i] == without.values[0][i]);
    }
    assert_true(with.values[0][0] != with.values[1][0]);
    reel_latents_free(&with);
    reel_latents_free(&without);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(denoise_reaches_a_single_point_in_any_number_of_steps),
        cmocka_unit_test(solvers_have_their_order),
        cmocka_unit_test(guidance_has_a_scale_for_each_modality),
        cmocka_unit_test(known_content_stays_and_a_given_modality_is_clean_throughout),
        cmocka_unit_test(denoise_stops_within_a_step),
        cmocka_unit_test(switching_the_sound_off_leaves_the_noise_of_the_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
