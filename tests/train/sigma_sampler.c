/* Noise levels and tasks: the distributions that are promised, and masks that fit their task. */
#include "train/sigma_sampler.h"
#include "train/task_mix.h"

#include "base/error.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { DRAWS = 40000, FRAMES = 5, HEIGHT = 4, WIDTH = 6, CELLS = FRAMES * HEIGHT * WIDTH, LA = 22 };

static double normal_cdf(double x)
{
    return 0.5 * erfc(-x / sqrt(2.0));
}

/* Share of the draws with t below x, against the mixture's distribution function. */
static void sigma_follows_the_mixture(void **state)
{
    (void)state;
    const reel_sigma_mix mix = reel_sigma_mix_default();
    static const double at[] = { 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8 };
    int below[7] = { 0 };
    reel_rng rng = reel_rng_at(3, 0);
    for (int n = 0; n < DRAWS; n++) {
        double sigma = reel_sigma_sample(&mix, &rng);
        assert_true(sigma > 0 && sigma < 1);
        for (int i = 0; i < 7; i++) {
            below[i] += 1 - sigma < at[i];
        }
    }
    for (int i = 0; i < 7; i++) {
        double logit = log(at[i] / (1 - at[i]));
        double expected = 0.35 * normal_cdf(logit + 2.7) + 0.65 * normal_cdf(logit + 0.8);
        assert_true(fabs((double)below[i] / DRAWS - expected) < 0.01);
    }
}

static void sigma_bins_cover_all_levels(void **state)
{
    (void)state;
    static const struct {
        double sigma;
        int bin;
    } expected[] = { { 0.99, 0 }, { 0.951, 0 }, { 0.949, 1 }, { 0.86, 1 }, { 0.84, 2 },
                     { 0.61, 2 }, { 0.59, 3 },  { 0.31, 3 },  { 0.29, 4 }, { 0, 4 } };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_int_equal(reel_sigma_bin(expected[i].sigma), expected[i].bin);
    }
}

static void sigma_weight_is_flat_unless_a_power_is_given(void **state)
{
    (void)state;
    reel_sigma_mix mix = reel_sigma_mix_default();
    assert_true(reel_sigma_weight(&mix, 0.3) == 1.0);
    mix.loss_power = 0.5;
    assert_true(fabs(reel_sigma_weight(&mix, 0.64) - 0.8) < 1e-12);
    assert_true(reel_sigma_weight(&mix, 0.01) == reel_sigma_weight(&mix, 0.15));
}

typedef struct {
    double sigma[2];
    float video[CELLS], audio[LA];
} task;

static task draw(const reel_task_mix *mix, reel_rng *rng, int with_video, int with_audio)
{
    task t;
    const reel_sigma_mix sigmas = reel_sigma_mix_default();
    const reel_task_shape shape = { .latent_frames = with_video ? FRAMES : 0,
                                    .latent_height = HEIGHT,
                                    .latent_width = WIDTH,
                                    .audio_latents = with_audio ? LA : 0,
                                    .first_seconds = 1.0 / 16,
                                    .frame_seconds = 0.25,
                                    .audio_latents_per_second = 21.533 };
    memset(&t, 0xff, sizeof t);
    reel_task_draw(t.sigma, t.video, t.audio, &shape, mix, &sigmas, rng);
    return t;
}

static int count_given(const float *mask, int count)
{
    int given = 0;
    for (int i = 0; i < count; i++) {
        assert_true(mask[i] == 0.0f || mask[i] == 1.0f);
        given += mask[i] == 1.0f;
    }
    return given;
}

static void tasks_come_in_their_shares(void **state)
{
    (void)state;
    reel_task_mix mix = reel_task_mix_default();
    mix.first_frame = mix.first_last = mix.key_frames = mix.extension = mix.inpaint = 0;
    int video = 0, audio = 0, same = 0, independent = 0, n = DRAWS / 4;
    reel_rng rng = reel_rng_at(5, 0);
    for (int i = 0; i < n; i++) {
        task t = draw(&mix, &rng, 1, 1);
        int v = count_given(t.video, CELLS), a = count_given(t.audio, LA);
        assert_true((t.sigma[0] == 0) == (v == CELLS) && (t.sigma[1] == 0) == (a == LA));
        assert_true((v == 0 || v == CELLS) && (a == 0 || a == LA) && (v == 0 || a == 0));
        video += v > 0;
        audio += a > 0;
        same += t.sigma[0] == t.sigma[1];
        independent += v == 0 && a == 0 && t.sigma[0] != t.sigma[1];
    }
    assert_true(fabs((double)video / n - 0.20) < 0.015);
    assert_true(fabs((double)audio / n - 0.15) < 0.015);
    assert_true(fabs((double)same / n - 0.40) < 0.015);
    assert_true(fabs((double)independent / n - 0.25) < 0.015);
}

static void one_modality_alone_is_always_made(void **state)
{
    (void)state;
    const reel_task_mix mix = { .video_given = 0.5, .audio_given = 0.5 };
    reel_rng rng = reel_rng_at(6, 0);
    for (int i = 0; i < 200; i++) {
        task t = draw(&mix, &rng, i % 2, !(i % 2));
        assert_true(t.sigma[0] > 0 && t.sigma[1] > 0);
        assert_int_equal(count_given(i % 2 ? t.video : t.audio, i % 2 ? CELLS : LA), 0);
    }
}

static void masks_fit_their_task(void **state)
{
    (void)state;
    enum { FRAME = HEIGHT * WIDTH };
    reel_rng rng = reel_rng_at(7, 0);
    for (int i = 0; i < 300; i++) {
        task t = draw(&(reel_task_mix){ .first_frame = 1 }, &rng, 1, 1);
        assert_int_equal(count_given(t.video, FRAME), FRAME);
        assert_int_equal(count_given(t.video, CELLS), FRAME);
        assert_int_equal(count_given(t.audio, LA), 0);
        t = draw(&(reel_task_mix){ .first_last = 1 }, &rng, 1, 1);
        assert_int_equal(count_given(t.video + CELLS - FRAME, FRAME), FRAME);
        assert_int_equal(count_given(t.video, CELLS), 2 * FRAME);
        t = draw(&(reel_task_mix){ .extension = 1 }, &rng, 1, 1);
        int frames = count_given(t.video, CELLS) / FRAME, sounds = count_given(t.audio, LA);
        assert_true(frames >= 1 && frames < FRAMES);
        assert_int_equal(count_given(t.video, frames * FRAME), frames * FRAME);
        assert_int_equal(sounds, (int)((1.0 / 16 + 0.25 * (frames - 1)) * 21.533));
        assert_int_equal(count_given(t.audio, sounds), sounds);
        t = draw(&(reel_task_mix){ .inpaint = 1 }, &rng, 1, 1);
        int made = CELLS - count_given(t.video, CELLS);
        assert_true(made > 0 && made % FRAMES == 0);
        assert_memory_equal(t.video, t.video + FRAME, FRAME * sizeof(float));
        t = draw(&(reel_task_mix){ .key_frames = 1 }, &rng, 1, 1);
        int keys = count_given(t.video, CELLS);
        assert_true(keys % FRAME == 0 && keys >= FRAME && keys <= 3 * FRAME);
    }
}

static void shares_over_one_are_refused(void **state)
{
    (void)state;
    reel_task_mix mix = reel_task_mix_default();
    json_t *object = json_pack("{s:f, s:f}", "video_given", 0.7, "audio_given", 0.6);
    assert_int_equal(reel_task_mix_read(&mix, object), REEL_ERR_FORMAT);
    json_decref(object);
    object = json_pack("{s:f}", "last_frame", 0.1);
    assert_int_equal(reel_task_mix_read(&mix, object), REEL_ERR_FORMAT);
    assert_string_equal(reel_error_message(), "last_frame: is no known key");
    json_decref(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sigma_follows_the_mixture),
        cmocka_unit_test(sigma_bins_cover_all_levels),
        cmocka_unit_test(sigma_weight_is_flat_unless_a_power_is_given),
        cmocka_unit_test(tasks_come_in_their_shares),
        cmocka_unit_test(one_modality_alone_is_always_made),
        cmocka_unit_test(masks_fit_their_task),
        cmocka_unit_test(shares_over_one_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
