/* Evaluations of the transformer that reuse what another has computed. */
#include "base/error.h"
#include "pipeline/velocity.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scratch.h"
#include "tiny_model.h"

static reel_model model;
static reel_geometry geometry;
static reel_prompt prompt;

static int setup(void **state)
{
    return scratch_setup(state) == 0 && tiny_model_make(scratch_dir) == REEL_OK &&
                   reel_model_open(&model, scratch_dir) == REEL_OK &&
                   reel_geometry_build(&geometry, &model.geometry, 3.0, "16:9", "base") ==
                       REEL_OK &&
                   reel_prompt_encode(&prompt, &model, "a red ball", "night") == REEL_OK
               ? 0
               : -1;
}

static int teardown(void **state)
{
    reel_prompt_free(&prompt);
    reel_model_close(&model);
    return scratch_teardown(state);
}

static reel_latents film(void)
{
    reel_latents x;
    size_t count[REEL_MODALITIES];
    reel_velocity_counts(count, &model, &geometry, 1);
    assert_int_equal(reel_latents_alloc(&x, count), REEL_OK);
    reel_latents_fill_noise(&x, 6);
    return x;
}

/* |a - b| / |b| in the Euclidean norm. */
static double apart(const reel_latents *a, const reel_latents *b, int m)
{
    double difference = 0.0, size = 0.0;
    for (size_t i = 0; i < b->count[m]; i++) {
        const double x = (double)a->values[m][i], y = (double)b->values[m][i];
        difference += (x - y) * (x - y);
        size += y * y;
    }
    return sqrt(difference / size);
}

/* Two evaluations at neighbouring noise levels, the second at 0.69. */
static void evaluate_twice(const reel_latents *x, reel_latents *out, int full_every)
{
    reel_velocity v = { 0 };
    const double sigma[2][REEL_MODALITIES] = { { 0.7, 0.6 }, { 0.69, 0.59 } };
    assert_int_equal(reel_velocity_init(&v, &model, &geometry, &prompt, 1, 0, full_every), REEL_OK);
    assert_int_equal(reel_velocity_at(&v, x, sigma[0], &out[0], NULL), REEL_OK);
    assert_int_equal(reel_velocity_at(&v, x, sigma[1], &out[1], NULL), REEL_OK);
    reel_velocity_deinit(&v);
}

static void a_step_cache_leaves_full_evaluations_exact_and_the_others_near(void **state)
{
    (void)state;
    reel_latents x = film();
    reel_latents exact[2] = { film(), film() }, cached[2] = { film(), film() };
    evaluate_twice(&x, exact, 1);
    evaluate_twice(&x, cached, 2);
    for (int m = 0; m < REEL_MODALITIES; m++) {
        assert_true(apart(&cached[0], &exact[0], m) == 0.0);
        double near = apart(&cached[1], &exact[1], m);
        assert_true(near > 1e-6 && near < 0.25);
    }
    reel_velocity v = { 0 };
    assert_int_equal(reel_velocity_init(&v, &model, &geometry, &prompt, 1, 0, 0), REEL_ERR_INVALID);
    assert_string_equal(reel_error_message(), "step_cache: is 0, expected 1 to 16");
    reel_velocity_deinit(&v);
    for (int i = 0; i < 2; i++) {
        reel_latents_free(&exact[i]);
        reel_latents_free(&cached[i]);
    }
    reel_latents_free(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_step_cache_leaves_full_evaluations_exact_and_the_others_near, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
