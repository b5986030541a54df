/* Picture and sound stay on one clock through every container. */
#include "media/decode.h"
#include "media/encode.h"
#include "media/flash.h"
#include "reel/status.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect_ok(reel_status status)
{
    if (status != REEL_OK) {
        fail_msg("%s", reel_error_message());
    }
}

/* Write, read back, and find every flash on its frame and every click on its sample. */
static void check_round_trip(const char *name, flash_plan plan)
{
    reel_clip played = flash_clip(plan), seen;
    expect_ok(reel_media_write_clip(path_in(name), &played, NULL));
    reel_decode_options options = { .sample_rate = plan.sample_rate };
    expect_ok(reel_media_read_clip(&seen, path_in(name), &options));

    assert_int_equal(seen.frames, played.frames);
    assert_int_equal(seen.width, played.width);
    assert_int_equal(seen.height, played.height);
    assert_int_equal((int64_t)seen.fps_num * plan.fps_den, (int64_t)seen.fps_den * plan.fps_num);
    for (int i = 0; i < seen.frames; i++) {
        assert_int_equal(flash_is_on(&seen, i), flash_is_on(&played, i));
    }
    assert_int_equal(seen.channels, played.channels);
    assert_int_equal(seen.sample_rate, played.sample_rate);
    double lag = flash_lag(&seen, &played, 2400);
    double longer = (double)(seen.samples - played.samples) / plan.sample_rate;
    print_message("%s: sound is %.3f samples late, %.1f ms longer\n", name, lag, 1e3 * longer);
    assert_true(fabs(lag) < 0.5);
    assert_true(fabs(longer) <= 0.001);
    reel_clip_free(&seen);
    reel_clip_free(&played);
}

static const flash_plan film = { 36, 24, 1, 1, 48000, 5, 8 };
static const flash_plan slow = { 24, 8, 1, 1, 16000, 3, 5 };
static const flash_plan broadcast = { 45, 30000, 1001, 2, 44100, 7, 9 };

static void mp4_keeps_flashes_and_clicks_together(void **state)
{
    (void)state;
    check_round_trip("film.mp4", film);
    check_round_trip("slow.mp4", slow);
    check_round_trip("broadcast.mp4", broadcast);
}

static void mov_keeps_flashes_and_clicks_together(void **state)
{
    (void)state;
    check_round_trip("film.mov", film);
    check_round_trip("broadcast.mov", broadcast);
}

static void webm_keeps_flashes_and_clicks_together(void **state)
{
    (void)state;
    check_round_trip("film.webm", film);
    check_round_trip("slow.webm", slow);
}

static void wav_keeps_every_sample(void **state)
{
    (void)state;
    reel_clip played = flash_clip(slow), heard;
    expect_ok(reel_media_write_clip(path_in("sound.wav"), &played, NULL));
    expect_ok(reel_media_read_clip(&heard, path_in("sound.wav"), NULL));
    assert_int_equal(heard.frames, 0);
    assert_int_equal(heard.samples, played.samples);
    assert_int_equal(heard.sample_rate, played.sample_rate);
    for (int64_t i = 0; i < heard.samples; i++) {
        assert_true(fabsf(heard.pcm[i] - played.pcm[i]) <= 1.0f / 32768.0f);
    }
    reel_clip_free(&heard);
    reel_clip_free(&played);
}

static void reading_at_another_rate_shows_what_is_on_screen_then(void **state)
{
    (void)state;
    static const int rates[] = { 8, 12, 48 };
    flash_plan plan = film;
    plan.channels = 0;
    reel_clip played = flash_clip(plan), seen;
    expect_ok(reel_media_write_clip(path_in("rate.mp4"), &played, NULL));
    expect_ok(reel_media_write_clip(path_in("rate.webm"), &played, NULL));
    for (int r = 0; r < 6; r++) {
        reel_decode_options options = { .fps_num = rates[r / 2], .fps_den = 1 };
        expect_ok(reel_media_read_clip(&seen, path_in(r % 2 ? "rate.webm" : "rate.mp4"), &options));
        assert_int_equal(seen.frames, 36 * rates[r / 2] / 24);
        for (int i = 0; i < seen.frames; i++) {
            assert_int_equal(flash_is_on(&seen, i), flash_is_on(&played, i * 24 / rates[r / 2]));
        }
        reel_clip_free(&seen);
    }
    reel_clip_free(&played);
}

static void reading_the_beginning_cuts_both_tracks(void **state)
{
    (void)state;
    reel_clip played = flash_clip(film), seen;
    expect_ok(reel_media_write_clip(path_in("cut.mp4"), &played, NULL));
    reel_decode_options options = { .take_seconds = 0.5 };
    expect_ok(reel_media_read_clip(&seen, path_in("cut.mp4"), &options));
    assert_int_equal(seen.frames, 12);
    assert_int_equal(seen.samples, 24000);
    assert_true(flash_is_on(&seen, 5));
    reel_clip_free(&seen);
    reel_clip_free(&played);
}

static void one_track_can_be_left_out(void **state)
{
    (void)state;
    reel_clip played = flash_clip(film), seen;
    expect_ok(reel_media_write_clip(path_in("both.mp4"), &played, NULL));
    expect_ok(reel_media_read_clip(&seen, path_in("both.mp4"),
                                   &(reel_decode_options){ .without_audio = 1 }));
    assert_int_equal(seen.frames, 36);
    assert_int_equal(seen.samples, 0);
    reel_clip_free(&seen);
    expect_ok(reel_media_read_clip(&seen, path_in("both.mp4"),
                                   &(reel_decode_options){ .without_video = 1 }));
    assert_int_equal(seen.frames, 0);
    assert_true(fabs(flash_lag(&seen, &played, 2400)) < 0.5);
    reel_clip_free(&seen);
    reel_clip_free(&played);
}

static int teardown(void **state)
{
    (void)state;
    scratch_remove();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mp4_keeps_flashes_and_clicks_together),
        cmocka_unit_test(mov_keeps_flashes_and_clicks_together),
        cmocka_unit_test(webm_keeps_flashes_and_clicks_together),
        cmocka_unit_test(wav_keeps_every_sample),
        cmocka_unit_test(reading_at_another_rate_shows_what_is_on_screen_then),
        cmocka_unit_test(reading_the_beginning_cuts_both_tracks),
        cmocka_unit_test(one_track_can_be_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, teardown);
}
