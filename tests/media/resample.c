/* Sound keeps its time, pitch and loudness at another rate. */
#include "media/resample.h"
#include "media/flash.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define TURN 6.283185307179586

static reel_clip tone(int sample_rate, int channels, double hertz)
{
    reel_clip clip = { .channels = channels, .sample_rate = sample_rate, .samples = sample_rate };
    assert_int_equal(reel_clip_alloc(&clip), REEL_OK);
    for (int c = 0; c < channels; c++) {
        for (int64_t i = 0; i < clip.samples; i++) {
            clip.pcm[c * clip.samples + i] =
                (float)(0.5 * sin(TURN * hertz * (double)i / sample_rate));
        }
    }
    return clip;
}

static void a_tone_is_the_same_tone_at_every_rate(void **state)
{
    (void)state;
    static const int rates[][2] = {
        { 16000, 48000 }, { 48000, 16000 }, { 44100, 48000 }, { 48000, 44100 }, { 22050, 16000 }
    };
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
        int to = rates[r][1];
        reel_clip clip = tone(rates[r][0], 1, 440.0), expected = tone(to, 1, 440.0);
        assert_int_equal(reel_media_resample(&clip, to, 1), REEL_OK);
        assert_int_equal(clip.sample_rate, to);
        assert_int_equal(clip.samples, expected.samples);
        for (int64_t i = to / 50; i < clip.samples - to / 50; i++) {
            assert_true(fabsf(clip.pcm[i] - expected.pcm[i]) < 2e-3f);
        }
        reel_clip_free(&clip);
        reel_clip_free(&expected);
    }
}

static void clicks_stay_on_their_sample(void **state)
{
    (void)state;
    flash_plan plan = { 16, 8, 1, 1, 48000, 3, 5 };
    reel_clip clip = flash_clip(plan);
    plan.sample_rate = 16000;
    reel_clip expected = flash_clip(plan);
    assert_int_equal(reel_media_resample(&clip, 16000, 1), REEL_OK);
    assert_true(fabs(flash_lag(&clip, &expected, 400)) < 0.05);
    reel_clip_free(&clip);
    reel_clip_free(&expected);
}

static void channels_are_doubled_or_averaged(void **state)
{
    (void)state;
    reel_clip clip = tone(16000, 1, 100.0), mono = tone(16000, 1, 100.0);
    int64_t n = clip.samples;
    assert_int_equal(reel_media_resample(&clip, 16000, 2), REEL_OK);
    assert_int_equal(clip.channels, 2);
    assert_memory_equal(clip.pcm, mono.pcm, sizeof(float) * n);
    assert_memory_equal(clip.pcm + n, mono.pcm, sizeof(float) * n);
    memset(clip.pcm + n, 0, sizeof(float) * n);
    assert_int_equal(reel_media_resample(&clip, 16000, 1), REEL_OK);
    for (int64_t i = 0; i < n; i++) {
        assert_true(clip.pcm[i] == 0.5f * mono.pcm[i]);
    }
    reel_clip_free(&clip);
    reel_clip_free(&mono);
}

static void impossible_rates_are_refused(void **state)
{
    (void)state;
    reel_clip clip = tone(16000, 1, 100.0);
    assert_int_equal(reel_media_resample(&clip, 0, 1), REEL_ERR_INVALID);
    assert_int_equal(reel_media_resample(&clip, 16000, 3), REEL_ERR_INVALID);
    assert_int_equal(clip.samples, 16000);
    reel_clip_free(&clip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tone_is_the_same_tone_at_every_rate),
        cmocka_unit_test(clicks_stay_on_their_sample),
        cmocka_unit_test(channels_are_doubled_or_averaged),
        cmocka_unit_test(impossible_rates_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
