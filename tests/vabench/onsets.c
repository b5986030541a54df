/* Onsets in sounds whose beginnings are known. */
#include "vabench/onsets.h"

#include "base/rng.h"
#include "world/scene.h"
#include "world/sound.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { RATE = 44100, SAMPLES = 3 * RATE };

static reel_onsets onsets_of(const float *mono)
{
    reel_onsets onsets;
    assert_int_equal(reel_onsets_find(&onsets, mono, SAMPLES, RATE), REEL_OK);
    return onsets;
}

static float *silence(void)
{
    float *mono = calloc(SAMPLES, sizeof *mono);
    assert_non_null(mono);
    return mono;
}

/* A burst of noise that dies away, with its first sample at `seconds`. */
static void add_burst(float *mono, double seconds, double level)
{
    reel_rng rng = reel_rng_at(9, (uint64_t)(1e6 * seconds));
    for (int i = 0; i < RATE / 10; i++) {
        double fade = exp(-60.0 * i / RATE);
        mono[(int)(seconds * RATE) + i] += (float)(level * fade * reel_rng_range(&rng, -1.0, 1.0));
    }
}

static void onsets_of_bursts_are_found_to_two_milliseconds(void **state)
{
    (void)state;
    static const double times[] = { 0.2003, 0.5, 0.7517, 1.9, 2.4321 };
    float *mono = silence();
    for (int i = 0; i < 5; i++) {
        add_burst(mono, times[i], i % 2 ? 0.1 : 0.6);
    }
    reel_onsets onsets = onsets_of(mono);
    assert_int_equal(onsets.count, 5);
    for (int i = 0; i < 5; i++) {
        assert_true(fabs(onsets.at[i].seconds - times[i]) < 0.002);
    }
    free(mono);
}

static void onsets_of_a_tone_that_beats_is_only_its_beginning(void **state)
{
    (void)state;
    float *mono = silence();
    for (int i = RATE / 2; i < SAMPLES; i++) {
        double t = (double)i / RATE;
        mono[i] =
            (float)(0.3 * (sin(2.0 * M_PI * 3100.0 * t) + 0.6 * sin(2.0 * M_PI * 3112.4 * t)));
    }
    reel_onsets onsets = onsets_of(mono);
    for (int i = 0; i < onsets.count; i++) {
        assert_true(fabs(onsets.at[i].seconds - 0.5) < 0.01);
    }
    free(mono);
}

/* Ambience, weather, whoosh and whirr of every place and motion without impacts. */
static void onsets_are_not_heard_in_ambience_and_air(void **state)
{
    (void)state;
    float *pcm = calloc(2 * SAMPLES, sizeof *pcm);
    assert_non_null(pcm);
    int count = 0;
    for (int i = 0; i < 40; i++) {
        reel_scene scene;
        reel_scene_choice choice = reel_scene_choice_any();
        choice.value[REEL_ATTRIBUTE_MOTION] = i % 2 ? REEL_MOTION_FLY : REEL_MOTION_SPIN;
        assert_int_equal(reel_scene_sample(&scene, &choice, (uint64_t)i, 3.0, 1.8), REEL_OK);
        assert_int_equal(reel_sound_render(pcm, &scene, RATE, SAMPLES, REEL_SOUND_ALL), REEL_OK);
        for (int k = 0; k < SAMPLES; k++) {
            pcm[k] += pcm[SAMPLES + k];
        }
        count += onsets_of(pcm).count;
    }
    assert_int_equal(count, 0);
    free(pcm);
}

static void onsets_of_silence_and_of_a_very_short_sound_are_none(void **state)
{
    (void)state;
    float *mono = silence();
    reel_onsets onsets = onsets_of(mono);
    assert_int_equal(onsets.count, 0);
    assert_int_equal(reel_onsets_find(&onsets, mono, 1, RATE), REEL_OK);
    assert_int_equal(onsets.count, 0);
    free(mono);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(onsets_of_bursts_are_found_to_two_milliseconds),
        cmocka_unit_test(onsets_of_a_tone_that_beats_is_only_its_beginning),
        cmocka_unit_test(onsets_are_not_heard_in_ambience_and_air),
        cmocka_unit_test(onsets_of_silence_and_of_a_very_short_sound_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
