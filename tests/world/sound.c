/* The soundtrack: on time, in its place, clear of the ambience. */
#include "world/sound.h"
#include "world_check.h"

#include "world/modal.h"
#include "world/pan.h"

#include <math.h>
#include <stdlib.h>

enum { RATE = 44100, SAMPLES = 3 * RATE };

static float *rendered(const reel_scene *scene, int layers)
{
    float *pcm = malloc(2 * SAMPLES * sizeof *pcm);
    assert_non_null(pcm);
    assert_int_equal(reel_sound_render(pcm, scene, RATE, SAMPLES, layers), REEL_OK);
    return pcm;
}

static double energy(const float *samples, int64_t from, int64_t count)
{
    double sum = 0.0;
    for (int64_t i = from; i < from + count; i++) {
        sum += (double)samples[i] * samples[i];
    }
    return sum;
}

static double both(const float *pcm, int64_t from, int64_t count)
{
    return energy(pcm, from, count) + energy(pcm + SAMPLES, from, count);
}

static int is_judged(const reel_event *event)
{
    return reel_event_is_impact(event->kind) && event->seconds > 0.03 && event->seconds < 2.9;
}

static void energy_rises_within_two_milliseconds_of_every_impact(void **state)
{
    (void)state;
    int judged = 0;
    for (uint64_t seed = 0; seed < 120; seed++) {
        reel_scene scene = sampled(seed);
        float *pcm = rendered(&scene, REEL_SOUND_EVENTS);
        for (int i = 0; i < scene.event_count; i++) {
            if (is_judged(&scene.events[i])) {
                int64_t at = llround(scene.events[i].seconds * RATE), window = RATE / 500;
                assert_true(both(pcm, at, window) > 8.0 * both(pcm, at - window, window));
                judged++;
            }
        }
        free(pcm);
    }
    assert_true(judged > 200);
}

static void the_first_impact_breaks_a_silence_at_its_sample(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 60; seed++) {
        reel_scene scene = sampled_with(seed, REEL_ATTRIBUTE_MOTION, REEL_MOTION_BOUNCE);
        float *pcm = rendered(&scene, REEL_SOUND_EVENTS);
        int64_t first = 0;
        while (pcm[first] == 0.0f) {
            first++;
        }
        int64_t due = llround(scene.events[0].seconds * RATE);
        assert_in_range(first, due, due + 1);
        free(pcm);
    }
}

static void an_impact_is_heard_where_it_is_seen(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 100; seed++) {
        reel_scene scene = sampled_with(seed, REEL_ATTRIBUTE_MOTION, REEL_MOTION_ROLL);
        float *pcm = rendered(&scene, REEL_SOUND_EVENTS);
        const reel_event *event = &scene.events[0];
        int64_t at = llround(event->seconds * RATE);
        double left = energy(pcm, at, 2000), right = energy(pcm + SAMPLES, at, 2000);
        reel_pan pan = reel_pan_at(event->x);
        assert_true(fabs(right / (left + right) - pan.right * pan.right) < 0.01);
        assert_true(event->x < 0.5 ? left > right : right > left);
        free(pcm);
    }
}

static void a_whoosh_moves_with_the_object(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        reel_scene scene = sampled_with(seed, REEL_ATTRIBUTE_MOTION, REEL_MOTION_FLY);
        float *pcm = rendered(&scene, REEL_SOUND_EVENTS);
        int64_t at = llround(scene.events[0].seconds * RATE), span = RATE / 5;
        if (at > span && at + span < SAMPLES) {
            double before = energy(pcm, at - span, span) / both(pcm, at - span, span);
            double after = energy(pcm, at, span) / both(pcm, at, span);
            int right = scene.actors[0].direction == REEL_DIRECTION_RIGHT;
            assert_true(right ? before > after : before < after);
            assert_true(both(pcm, at - span / 2, span) > 1.5 * both(pcm, at - span, span / 4));
        }
        free(pcm);
    }
}

static void a_whirr_beats_with_the_rotation(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        reel_scene scene = sampled_with(seed, REEL_ATTRIBUTE_MOTION, REEL_MOTION_SPIN);
        float *pcm = rendered(&scene, REEL_SOUND_EVENTS);
        int64_t half = llround(0.5 * scene.actors[0].half_period * RATE), span = RATE / 10;
        for (int i = 0; i < scene.event_count; i++) {
            int64_t at = llround(scene.events[i].seconds * RATE), trough = at - half;
            if (trough > span && at + span < SAMPLES) {
                assert_true(both(pcm, at - span / 2, span) >
                            10.0 * both(pcm, trough - span / 2, span));
            }
        }
        free(pcm);
    }
}

static void nothing_clips_and_the_ends_are_silent(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 120; seed++) {
        reel_scene scene = sampled(seed);
        float *pcm = rendered(&scene, REEL_SOUND_ALL);
        float peak = 0.0f;
        for (int i = 0; i < 2 * SAMPLES; i++) {
            peak = fmaxf(peak, fabsf(pcm[i]));
        }
        assert_true(peak < 1.0f && peak > 0.05f);
        for (int c = 0; c < 2; c++) {
            assert_true(pcm[c * SAMPLES] == 0.0f && pcm[(c + 1) * SAMPLES - 1] == 0.0f);
        }
        free(pcm);
    }
}

static void ambience_is_steady_and_soft(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 100; seed++) {
        reel_scene scene = sampled(seed);
        float *pcm = rendered(&scene, REEL_SOUND_AMBIENCE);
        double all = both(pcm, 0, SAMPLES), level = 10.0 * log10(all / (2.0 * SAMPLES));
        assert_true(level > -50.0 && level < -26.0);
        int64_t window = RATE / 50;
        for (int64_t at = 2 * window; at + window < SAMPLES; at += window) {
            double mean = all * (double)window / SAMPLES;
            assert_true(both(pcm, at, window) < 12.0 * mean);
        }
        free(pcm);
    }
}

static void each_size_has_its_pitch_and_each_material_its_own(void **state)
{
    (void)state;
    for (int o = 0; o < REEL_OBJECT_COUNT; o++) {
        for (int z = 1; z < REEL_SIZE_COUNT; z++) {
            assert_true(reel_strike_pitch((reel_object)o, reel_sizes[z].diameter) <
                        reel_strike_pitch((reel_object)o, reel_sizes[z - 1].diameter) / 1.2);
        }
    }
}

static void a_strike_sounds_at_the_pitch_it_promises(void **state)
{
    (void)state;
    for (int o = 0; o < REEL_OBJECT_COUNT; o++) {
        reel_strike strike;
        assert_int_equal(reel_strike_init(&strike, (reel_object)o, 0.25, RATE), REEL_OK);
        double best = 0.0, best_ratio = 0.0;
        for (double ratio = 0.7; ratio < 1.4; ratio += 0.01) {
            double w = 2.0 * M_PI * ratio * reel_strike_pitch((reel_object)o, 0.25) / RATE;
            double re = 0.0, im = 0.0;
            for (int n = 0; n < strike.count; n++) {
                re += strike.body[n] * cos(w * n);
                im += strike.body[n] * sin(w * n);
            }
            if (hypot(re, im) > best) {
                best = hypot(re, im);
                best_ratio = ratio;
            }
        }
        assert_true(fabs(best_ratio - 1.0) < 0.08);
        reel_strike_deinit(&strike);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(energy_rises_within_two_milliseconds_of_every_impact),
        cmocka_unit_test(the_first_impact_breaks_a_silence_at_its_sample),
        cmocka_unit_test(an_impact_is_heard_where_it_is_seen),
        cmocka_unit_test(a_whoosh_moves_with_the_object),
        cmocka_unit_test(a_whirr_beats_with_the_rotation),
        cmocka_unit_test(nothing_clips_and_the_ends_are_silent),
        cmocka_unit_test(ambience_is_steady_and_soft),
        cmocka_unit_test(each_size_has_its_pitch_and_each_material_its_own),
        cmocka_unit_test(a_strike_sounds_at_the_pitch_it_promises),
    };
    return cmocka_run_group_tests_name("world.sound", tests, NULL, NULL);
}
