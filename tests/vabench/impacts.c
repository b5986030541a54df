/* Impacts in tracks that are written down. */
#include "vabench/impacts.h"

#include "world/motion.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { FRAMES = 48 };

typedef struct {
    reel_track track;
    reel_sighting at[FRAMES];
} stage;

static void stage_init(stage *s)
{
    s->track =
        (reel_track){ .frames = FRAMES, .fps = 16.0, .width = 1.8, .height = 1.0, .at = s->at };
    for (int f = 0; f < FRAMES; f++) {
        s->at[f] = (reel_sighting){ .is_found = 1,
                                    .is_whole = 1,
                                    .x = 0.9,
                                    .y = 0.5,
                                    .bottom = REEL_GROUND_LINE,
                                    .area = 0.03 };
    }
}

/* The lower edge z over the ground. */
static void set_height(stage *s, int frame, double z)
{
    s->at[frame].bottom = REEL_GROUND_LINE - z;
}

static void a_landing_is_timed_between_the_frames(void **state)
{
    (void)state;
    for (int k = 0; k < 16; k++) {
        stage s;
        double landing = 1.0 + k / 256.0, rise = 1.5;
        stage_init(&s);
        for (int f = 0; f < FRAMES; f++) {
            double t = landing - f / 16.0; /* before the landing */
            double z = rise * t - 0.5 * REEL_GRAVITY * t * t;
            set_height(&s, f, t > 0.0 && z > 0.0 ? z : 0.0);
        }
        reel_impacts impacts = reel_impacts_find(&s.track, REEL_MOTION_JUMP);
        assert_int_equal(impacts.count, 1);
        assert_true(fabs(impacts.at[0].seconds - landing) < 0.003);
    }
}

static void a_bounce_is_timed_from_both_sides(void **state)
{
    (void)state;
    for (int k = 0; k < 16; k++) {
        stage s;
        double contact = 1.0 + k / 256.0;
        stage_init(&s);
        for (int f = 0; f < FRAMES; f++) {
            double t = f / 16.0 - contact, speed = t < 0.0 ? 1.6 : 1.4;
            /* Seen a little too high throughout, as a pale rim is. */
            set_height(&s, f, 0.02 + fmax(0.0, speed * fabs(t) - 0.5 * REEL_GRAVITY * t * t));
        }
        reel_impacts impacts = reel_impacts_find(&s.track, REEL_MOTION_BOUNCE);
        assert_true(impacts.count >= 1);
        int hits = 0;
        for (int i = 0; i < impacts.count; i++) {
            hits += fabs(impacts.at[i].seconds - contact) < 0.003;
        }
        assert_int_equal(hits, 1);
    }
}

static void a_wall_is_struck_where_the_way_turns_sharply(void **state)
{
    (void)state;
    for (int k = 0; k < 16; k++) {
        stage s;
        double contact = 1.5 + k / 256.0;
        stage_init(&s);
        for (int f = 0; f < FRAMES; f++) {
            s.at[f].x = 1.4 - 0.6 * fabs(f / 16.0 - contact);
        }
        reel_impacts impacts = reel_impacts_find(&s.track, REEL_MOTION_ROLL);
        assert_int_equal(impacts.count, 1);
        assert_true(fabs(impacts.at[0].seconds - contact) < 0.002);
    }
}

static void a_pendulum_that_turns_smoothly_strikes_nothing(void **state)
{
    (void)state;
    stage s;
    stage_init(&s);
    for (int f = 0; f < FRAMES; f++) {
        s.at[f].x = 0.9 + 0.4 * cos(2.9 * f / 16.0);
    }
    assert_int_equal(reel_impacts_find(&s.track, REEL_MOTION_SWING).count, 0);
}

static void impacts_need_a_motion_that_strikes_and_frames_that_show_it(void **state)
{
    (void)state;
    stage s;
    stage_init(&s);
    for (int f = 0; f < FRAMES; f++) {
        s.at[f].x = 1.4 - 0.6 * fabs(f / 16.0 - 1.5);
    }
    assert_int_equal(reel_impacts_find(&s.track, REEL_MOTION_FLY).count, 0);
    assert_int_equal(reel_impacts_find(&s.track, -1).count, 0);
    s.at[24].is_whole = s.at[23].is_whole = 0;
    assert_int_equal(reel_impacts_find(&s.track, REEL_MOTION_ROLL).count, 0);
    s.track.frames = 2;
    assert_int_equal(reel_impacts_find(&s.track, REEL_MOTION_ROLL).count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_landing_is_timed_between_the_frames),
        cmocka_unit_test(a_bounce_is_timed_from_both_sides),
        cmocka_unit_test(a_wall_is_struck_where_the_way_turns_sharply),
        cmocka_unit_test(a_pendulum_that_turns_smoothly_strikes_nothing),
        cmocka_unit_test(impacts_need_a_motion_that_strikes_and_frames_that_show_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
