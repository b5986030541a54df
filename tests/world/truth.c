/* The truth about a scene. */
#include "world/truth.h"
#include "world/motion.h"
#include "world_check.h"

#include <math.h>
#include <string.h>

static const reel_world_format base = REEL_WORLD_FORMAT_BASE;

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    assert_non_null(text);
    return text;
}

static void truth_names_everything_the_scene_holds(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        reel_scene scene = sampled(seed);
        json_t *truth;
        assert_int_equal(reel_scene_truth(&truth, &scene, &base), REEL_OK);
        const json_t *actor = json_array_get(json_object_get(truth, "actors"), 0);
        for (int a = 0; a < REEL_ATTRIBUTE_COUNT; a++) {
            const char *name = reel_attribute_name(a);
            const json_t *where = json_object_get(truth, name) ? truth : actor;
            int value = reel_scene_value(&scene, (reel_attribute)a);
            assert_string_equal(text_of(where, name), reel_attribute_value_name(a, value));
        }
        const json_t *captions = json_object_get(truth, "captions");
        assert_non_null(strstr(text_of(captions, "structured"), "<sfx>"));
        assert_true(strlen(text_of(captions, "long")) > strlen(text_of(captions, "short")));
        json_decref(truth);
    }
}

static void truth_has_every_event_and_a_place_for_every_frame(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        reel_scene scene = sampled(seed);
        json_t *truth;
        assert_int_equal(reel_scene_truth(&truth, &scene, &base), REEL_OK);
        const json_t *events = json_object_get(truth, "events");
        assert_int_equal(json_array_size(events), scene.event_count);
        for (int i = 0; i < scene.event_count; i++) {
            const json_t *event = json_array_get(events, (size_t)i);
            double seconds = json_real_value(json_object_get(event, "seconds"));
            assert_true(fabs(seconds - scene.events[i].seconds) < 1e-6);
            assert_string_equal(text_of(event, "kind"), reel_event_kind_name(scene.events[i].kind));
        }
        const json_t *actor = json_array_get(json_object_get(truth, "actors"), 0);
        const json_t *track = json_object_get(actor, "track");
        assert_int_equal(json_array_size(track), 48);
        double x = json_real_value(json_array_get(json_array_get(track, 20), 0));
        assert_true(fabs(x - reel_motion_pose(&scene, 0, 20.0 / 16.0).x / scene.width) < 1e-6);
        json_decref(truth);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(truth_names_everything_the_scene_holds),
        cmocka_unit_test(truth_has_every_event_and_a_place_for_every_frame),
    };
    return cmocka_run_group_tests_name("world.truth", tests, NULL, NULL);
}
