/* The transformer as the sampler sees it: given content stays, branches agree, towers alone. */
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

static int open_model(void)
{
    return reel_model_open(&model, scratch_dir) == REEL_OK &&
                   reel_geometry_build(&geometry, &model.geometry, 3.0, "16:9", "base") ==
                       REEL_OK &&
                   reel_prompt_encode(&prompt, &model, "a red ball", "night") == REEL_OK
               ? 0
               : -1;
}

static int model_setup(void **state)
{
    return scratch_setup(state) == 0 && tiny_model_make(scratch_dir) == REEL_OK ? open_model() : -1;
}

static int model_teardown(void **state)
{
    reel_prompt_free(&prompt);
    reel_model_close(&model);
    return scratch_teardown(state);
}

static reel_latents noise(int has_audio, uint64_t seed)
{
    reel_latents x;
    size_t count[REEL_MODALITIES];
    reel_velocity_counts(count, &model, &geometry, has_audio);
    assert_int_equal(reel_latents_alloc(&x, count), REEL_OK);
    reel_latents_fill_noise(&x, seed);
    return x;
}

static reel_latents like(const reel_latents *x)
{
    reel_latents out;
    assert_int_equal(reel_latents_alloc(&out, x->count), REEL_OK);
    return out;
}

static int is_same(const reel_latents *a, const reel_latents *b, int m)
{
    return a->count[m] == b->count[m] &&
           memcmp(a->values[m], b->values[m], a->count[m] * sizeof(float)) == 0;
}

static void counts_follow_the_geometry(void **state)
{
    (void)state;
    size_t count[REEL_MODALITIES];
    reel_velocity_counts(count, &model, &geometry, 1);
    assert_int_equal(count[0], 13 * 10 * 18 * 3);
    assert_int_equal(count[1], 47 * 3);
    reel_velocity_counts(count, &model, &geometry, 0);
    assert_int_equal(count[0], 13 * 10 * 18 * 3);
    assert_int_equal(count[1], 0);
}

/* Denoise two steps with `clean` given where the options' mask is 1. */
static reel_latents denoise(const reel_latents *mask, const reel_latents *clean)
{
    reel_velocity v = { 0 };
    assert_int_equal(reel_velocity_init(&v, &model, &geometry, &prompt, 1, 1, 1), REEL_OK);
    const int channels[] = { model.geometry.video_channels, model.geometry.audio_channels };
    for (int m = 0; m < REEL_MODALITIES; m++) {
        for (size_t i = 0; i < v.mask.count[m]; i++) { /* one mask value for all channels */
            const size_t at = i * (size_t)channels[m];
            v.mask.values[m][i] = mask->values[m][at];
            if (mask->values[m][at] == 1.0f) {
                memcpy(v.condition.values[m] + at, clean->values[m] + at,
                       (size_t)channels[m] * sizeof(float));
            }
        }
    }
    reel_latents x = noise(1, 3);
    reel_denoise_options options = {
        .steps = 2, .shift = { 1, 1 }, .guidance = { 2.0f, 2.0f }, .mask = mask, .clean = clean
    };
    assert_int_equal(reel_denoise(&x, reel_velocity_at, &v, &options), REEL_OK);
    reel_velocity_deinit(&v);
    return x;
}

static void a_given_first_frame_stays_and_changes_the_rest(void **state)
{
    (void)state;
    reel_latents clean = noise(1, 11), mask = like(&clean), nothing = like(&clean);
    const size_t frame = 10 * 18 * 3;
    for (size_t i = 0; i < frame; i++) {
        mask.values[0][i] = 1.0f;
    }
    reel_latents given = denoise(&mask, &clean), free_film = denoise(&nothing, &clean);
    assert_memory_equal(given.values[0], clean.values[0], frame * sizeof(float));
    assert_memory_not_equal(given.values[0] + frame, free_film.values[0] + frame,
                            frame * sizeof(float));
    assert_false(is_same(&given, &free_film, 1));
    reel_latents_free(&clean);
    reel_latents_free(&mask);
    reel_latents_free(&nothing);
    reel_latents_free(&given);
    reel_latents_free(&free_film);
}

static void a_given_modality_stays_and_changes_the_other(void **state)
{
    (void)state;
    reel_latents clean = noise(1, 12), mask = like(&clean), nothing = like(&clean);
    for (size_t i = 0; i < mask.count[1]; i++) {
        mask.values[1][i] = 1.0f;
    }
    reel_latents given = denoise(&mask, &clean), free_film = denoise(&nothing, &clean);
    assert_true(is_same(&given, &clean, 1));
    assert_false(is_same(&given, &free_film, 0));
    reel_latents_free(&clean);
    reel_latents_free(&mask);
    reel_latents_free(&nothing);
    reel_latents_free(&given);
    reel_latents_free(&free_film);
}

static void evaluate(const reel_latents *x, reel_latents *cond, reel_latents *uncond, int guided)
{
    reel_velocity v = { 0 };
    const double sigma[] = { 0.7, 0.6 };
    assert_int_equal(reel_velocity_init(&v, &model, &geometry, &prompt, x->count[1] > 0, guided, 1),
                     REEL_OK);
    assert_int_equal(reel_velocity_at(&v, x, sigma, cond, uncond), REEL_OK);
    reel_velocity_deinit(&v);
}

static double distance(const reel_latents *a, const reel_latents *b, int m)
{
    double difference = 0.0, size = 0.0;
    for (size_t i = 0; i < a->count[m]; i++) {
        const double d = (double)a->values[m][i] - (double)b->values[m][i];
        difference += d * d;
        size += (double)b->values[m][i] * (double)b->values[m][i];
    }
    return sqrt(difference / size);
}

static void both_branches_as_one_batch_are_each_what_it_is_alone(void **state)
{
    (void)state;
    reel_latents x = noise(1, 4), cond = like(&x), uncond = like(&x), alone = like(&x);
    evaluate(&x, &cond, &uncond, 1);
    evaluate(&x, &alone, NULL, 0);
    for (int m = 0; m < REEL_MODALITIES; m++) {
        assert_true(distance(&cond, &alone, m) < 1e-5);
        assert_true(distance(&uncond, &alone, m) > 1e-3);
    }
    reel_latents_free(&x);
    reel_latents_free(&cond);
    reel_latents_free(&uncond);
    reel_latents_free(&alone);
}

static void zero(reel_dit *dit, const char *part_of_name)
{
    int found = 0;
    for (int i = 0; i < dit->weights.count; i++) {
        const reel_weight *w = &dit->weights.items[i];
        if (strstr(w->name, part_of_name)) {
            memset(dit->weights.values + w->offset, 0, (size_t)reel_count(w->tensor) * 4);
            found++;
        }
    }
    assert_true(found > 0);
}

/* Sound moves the picture, through the coupling and the shared noise levels and nowhere else. */
static void the_picture_hears_the_sound_through_the_coupling_alone(void **state)
{
    (void)state;
    reel_latents both = noise(1, 5), silent = noise(0, 5);
    reel_latents with = like(&both), without = like(&silent);
    evaluate(&both, &with, NULL, 0);
    evaluate(&silent, &without, NULL, 0);
    assert_true(distance(&with, &without, 0) > 1e-3);
    zero(&model.dit, "coupling.");
    zero(&model.dit, "timestep.other");
    evaluate(&both, &with, NULL, 0);
    evaluate(&silent, &without, NULL, 0);
    assert_true(distance(&with, &without, 0) < 1e-5);
    reel_latents_free(&both);
    reel_latents_free(&silent);
    reel_latents_free(&with);
    reel_latents_free(&without);
}

static void hidden_matrices_in_8_bits_change_the_velocity_by_little(void **state)
{
    (void)state;
    reel_model small, exact_model = model;
    reel_latents x = noise(1, 3), exact = like(&x), near = like(&x), uncond = like(&x);
    assert_int_equal(reel_model_open_as(&small, scratch_dir, REEL_WEIGHTS_INT8), REEL_OK);
    assert_true(reel_weights_bytes(&small.dit.weights) < reel_weights_bytes(&model.dit.weights));
    assert_int_equal(small.dit.video.blocks[0].x.feed_forward.up.weight->dtype, REEL_I8);
    assert_int_equal(small.dit.video.connector.weight->dtype, REEL_F32); /* an edge stays */
    evaluate(&x, &exact, &uncond, 1);
    model = small;
    evaluate(&x, &near, &uncond, 1);
    model = exact_model;
    for (int m = 0; m < REEL_MODALITIES; m++) {
        assert_true(distance(&near, &exact, m) > 1e-5); /* it did compute in 8 bits */
        assert_true(distance(&near, &exact, m) < 0.03);
    }
    reel_model_close(&small);
    reel_latents_free(&x);
    reel_latents_free(&exact);
    reel_latents_free(&near);
    reel_latents_free(&uncond);
}

#define VELOCITY_TEST(f) cmocka_unit_test_setup_teardown(f, model_setup, model_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        VELOCITY_TEST(hidden_matrices_in_8_bits_change_the_velocity_by_little),
        VELOCITY_TEST(counts_follow_the_geometry),
        VELOCITY_TEST(a_given_first_frame_stays_and_changes_the_rest),
        VELOCITY_TEST(a_given_modality_stays_and_changes_the_other),
        VELOCITY_TEST(both_branches_as_one_batch_are_each_what_it_is_alone),
        VELOCITY_TEST(the_picture_hears_the_sound_through_the_coupling_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
