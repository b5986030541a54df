/* Seconds, frames, samples, latents and pixels, by tables. */
#include "pipeline/geometry.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const reel_model_geometry mini = {
    .fps_num = 16,
    .fps_den = 1,
    .temporal_stride = 4,
    .spatial_stride = 8,
    .video_channels = 8,
    .patch = 2,
    .sample_rate = 44100,
    .samples_per_latent = 2048,
    .audio_channels = 32,
};

static void geometry_of_three_and_fifteen_seconds(void **state)
{
    (void)state;
    reel_geometry g;
    assert_int_equal(reel_geometry_build(&g, &mini, 3.0, "16:9", "480p"), REEL_OK);
    assert_int_equal(g.kept_frames, 48);
    assert_int_equal(g.latent_frames, 13);
    assert_int_equal(g.frames, 49);
    assert_int_equal(g.width, 144);
    assert_int_equal(g.height, 80);
    assert_int_equal(g.latent_width, 18);
    assert_int_equal(g.latent_height, 10);
    assert_int_equal(g.samples, 132300);
    assert_int_equal(g.audio_latents, 65);
    assert_int_equal(g.out_width, 848);
    assert_int_equal(g.out_height, 480);
    assert_int_equal(reel_geometry_build(&g, &mini, 15.0, "1:1", "base"), REEL_OK);
    assert_int_equal(g.kept_frames, 240);
    assert_int_equal(g.frames, 241);
    assert_int_equal(g.out_width, 112);
}

static void base_frames_have_nearly_the_aspect_that_is_asked(void **state)
{
    (void)state;
    static const char *const aspects[] = { "16:9", "9:16", "4:3", "3:4", "1:1" };
    static const char *const resolutions[] = { "480p", "720p", "1080p" };
    for (int a = 0; a < 5; a++) {
        for (int r = 0; r < 3; r++) {
            reel_geometry g;
            assert_int_equal(reel_geometry_build(&g, &mini, 5.0, aspects[a], resolutions[r]),
                             REEL_OK);
            double base = (double)g.width / g.height, out = (double)g.out_width / g.out_height;
            assert_true(fabs(base / out - 1.0) < 0.025);
            assert_true(g.width % 16 == 0 && g.height % 16 == 0);
            assert_true(g.out_width % 2 == 0 && g.out_height % 2 == 0);
        }
    }
}

static void latents_cover_every_frame_and_sample(void **state)
{
    (void)state;
    for (int frames = 1; frames < 60; frames++) {
        int latents = reel_latent_frames(frames, 4), covered = 1 + 4 * (latents - 1);
        assert_true(covered >= frames && covered - frames < 4);
    }
    assert_int_equal(reel_audio_latents(2048, 2048), 1);
    assert_int_equal(reel_audio_latents(2049, 2048), 2);
}

static void geometry_names_the_field_it_refuses(void **state)
{
    (void)state;
    static const struct {
        double seconds;
        const char *aspect, *resolution, *message;
    } bad[] = {
        { 2, "16:9", "480p", "seconds: is 2, expected 3 to 15" },
        { 16, "16:9", "480p", "seconds: is 16, expected 3 to 15" },
        { NAN, "16:9", "480p", "seconds: is nan, expected 3 to 15" },
        { 5, "2:1", "480p", "aspect: is \"2:1\", expected 16:9, 9:16, 4:3, 3:4 or 1:1" },
        { 5, "16:9", "4k", "resolution: is \"4k\", expected base, 480p, 720p or 1080p" },
        { 5, NULL, "480p", "aspect: is \"(none)\", expected 16:9, 9:16, 4:3, 3:4 or 1:1" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        reel_geometry g;
        assert_int_equal(
            reel_geometry_build(&g, &mini, bad[i].seconds, bad[i].aspect, bad[i].resolution),
            REEL_ERR_INVALID);
        assert_string_equal(reel_error_message(), bad[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(geometry_of_three_and_fifteen_seconds),
        cmocka_unit_test(base_frames_have_nearly_the_aspect_that_is_asked),
        cmocka_unit_test(latents_cover_every_frame_and_sample),
        cmocka_unit_test(geometry_names_the_field_it_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
