/* Trajectories and events. */
#include "world/motion.h"
#include "world_check.h"

#include <math.h>

static const double aspects[] = { 144.0 / 80, 80.0 / 144, 4.0 / 3, 3.0 / 4, 1.0 };
enum { ASPECTS = sizeof aspects / sizeof *aspects, SEEDS = 150 };

static reel_scene moving(uint64_t seed, int motion, double seconds, double aspect)
{
    reel_scene scene;
    reel_scene_choice choice = reel_scene_choice_any();
    choice.value[REEL_ATTRIBUTE_MOTION] = motion;
    assert_int_equal(reel_scene_sample(&scene, &choice, seed, seconds, aspect), REEL_OK);
    return scene;
}

static void every_clip_of_three_seconds_has_an_event(void **state)
{
    (void)state;
    for (int m = 0; m < REEL_MOTION_COUNT; m++) {
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            reel_scene scene = moving(seed, m, 3.0, aspects[seed % ASPECTS]);
            assert_true(scene.event_count >= 1);
        }
    }
}

static void events_are_in_order_inside_the_clip_and_inside_the_frame(void **state)
{
    (void)state;
    for (int m = 0; m < REEL_MOTION_COUNT; m++) {
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            reel_scene scene = moving(seed, m, 15.0, aspects[seed % ASPECTS]);
            double last = -1.0;
            for (int i = 0; i < scene.event_count; i++) {
                const reel_event *e = &scene.events[i];
                assert_true(e->seconds >= 0.0 && e->seconds < 15.0 && e->seconds > last);
                assert_true(e->x > 0.0 && e->x < 1.0 && e->y > 0.0 && e->y < 1.0);
                assert_true(e->strength > 0.0 && e->strength <= 1.0);
                last = e->seconds;
            }
        }
    }
}

static void long_clips_stay_eventful_to_the_end(void **state)
{
    (void)state;
    for (int m = 0; m < REEL_MOTION_COUNT; m++) {
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            reel_scene scene = moving(seed, m, 30.0, aspects[seed % ASPECTS]);
            double last = 0.0;
            for (int i = 0; i < scene.event_count; i++) {
                assert_true(scene.events[i].seconds - last < 3.0);
                last = scene.events[i].seconds;
            }
            assert_true(30.0 - last < 3.0);
        }
    }
}

static void bounces_and_jumps_strike_when_the_object_is_on_the_ground(void **state)
{
    (void)state;
    static const int motions[] = { REEL_MOTION_BOUNCE, REEL_MOTION_JUMP };
    for (int m = 0; m < 2; m++) {
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            reel_scene scene = moving(seed, motions[m], 8.0, 1.8);
            for (int i = 0; i < scene.event_count; i++) {
                double t = scene.events[i].seconds;
                assert_true(reel_motion_pose(&scene, 0, t).clearance < 1e-6);
                assert_true(reel_motion_pose(&scene, 0, t - 0.05).clearance > 0.02);
            }
        }
    }
}

/* The object turns round at every wall and post: the way before and after have opposite signs. */
static void rolls_and_swings_strike_when_the_object_turns_back(void **state)
{
    (void)state;
    static const int motions[] = { REEL_MOTION_ROLL, REEL_MOTION_SWING };
    for (int m = 0; m < 2; m++) {
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            reel_scene scene = moving(seed, motions[m], 8.0, aspects[seed % ASPECTS]);
            for (int i = 0; i < scene.event_count; i++) {
                double t = scene.events[i].seconds, x = reel_motion_pose(&scene, 0, t).x;
                double before = x - reel_motion_pose(&scene, 0, t - 0.02).x;
                double after = reel_motion_pose(&scene, 0, t + 0.02).x - x;
                assert_true(before * after < 0.0);
                assert_true(fabs(before + after) < 1e-3);
            }
        }
    }
}

static void directions_say_where_it_goes_first(void **state)
{
    (void)state;
    static const int motions[] = { REEL_MOTION_BOUNCE, REEL_MOTION_ROLL, REEL_MOTION_FLY };
    for (int m = 0; m < 3; m++) {
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            reel_scene scene = moving(seed, motions[m], 3.0, aspects[seed % ASPECTS]);
            double way = reel_motion_pose(&scene, 0, 0.05).x - reel_motion_pose(&scene, 0, 0.0).x;
            int right = scene.actors[0].direction == REEL_DIRECTION_RIGHT;
            assert_true(right ? way > 0.0 : way < 0.0);
        }
    }
}

static void an_object_that_does_not_fly_stays_in_the_frame(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 4 * SEEDS; seed++) {
        int motion = (int)(seed % REEL_MOTION_COUNT);
        reel_scene scene = moving(seed, motion, 15.0, aspects[seed % ASPECTS]);
        double half = 0.45 * reel_sizes[scene.actors[0].size].diameter;
        for (double t = 0.0; t < 15.0 && motion != REEL_MOTION_FLY; t += 0.11) {
            reel_pose pose = reel_motion_pose(&scene, 0, t);
            assert_true(pose.x > half && pose.x < scene.width - half);
            assert_true(pose.y > half && pose.y < scene.height - half);
        }
    }
}

static void a_flying_object_is_seen_in_the_first_frame(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        reel_scene scene = moving(seed, REEL_MOTION_FLY, 3.0, aspects[seed % ASPECTS]);
        reel_pose pose = reel_motion_pose(&scene, 0, 0.0);
        assert_true(pose.x > 0.0 && pose.x < scene.width);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_clip_of_three_seconds_has_an_event),
        cmocka_unit_test(events_are_in_order_inside_the_clip_and_inside_the_frame),
        cmocka_unit_test(long_clips_stay_eventful_to_the_end),
        cmocka_unit_test(bounces_and_jumps_strike_when_the_object_is_on_the_ground),
        cmocka_unit_test(rolls_and_swings_strike_when_the_object_turns_back),
        cmocka_unit_test(directions_say_where_it_goes_first),
        cmocka_unit_test(an_object_that_does_not_fly_stays_in_the_frame),
        cmocka_unit_test(a_flying_object_is_seen_in_the_first_frame),
    };
    return cmocka_run_group_tests_name("world.motion", tests, NULL, NULL);
}
