/* Drawing a scene from its seed. */
#include "world_check.h"

#include <string.h>

static void a_seed_always_gives_the_same_scene(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        reel_scene a = sampled(seed), b = sampled(seed);
        assert_memory_equal(&a, &b, sizeof a);
    }
}

static void every_value_of_every_attribute_comes_up(void **state)
{
    (void)state;
    int seen[REEL_ATTRIBUTE_COUNT][16] = { { 0 } };
    for (uint64_t seed = 0; seed < 400; seed++) {
        reel_scene scene = sampled(seed);
        for (int a = 0; a < REEL_ATTRIBUTE_COUNT; a++) {
            seen[a][reel_scene_value(&scene, (reel_attribute)a)]++;
        }
    }
    for (int a = 0; a < REEL_ATTRIBUTE_COUNT; a++) {
        for (int v = 0; v < reel_attribute_size(a); v++) {
            assert_true(seen[a][v] >= 20);
        }
    }
}

static void a_fixed_attribute_is_kept_and_leaves_the_others(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 60; seed++) {
        reel_scene any = sampled(seed);
        reel_scene red = sampled_with(seed, REEL_ATTRIBUTE_COLOUR, REEL_COLOUR_RED);
        assert_int_equal(red.actors[0].colour, REEL_COLOUR_RED);
        any.actors[0].colour = REEL_COLOUR_RED;
        assert_memory_equal(&any, &red, sizeof any);
    }
}

static void a_room_has_no_weather(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 60; seed++) {
        reel_scene room = sampled_with(seed, REEL_ATTRIBUTE_PLACE, REEL_PLACE_ROOM);
        assert_int_equal(room.weather, REEL_WEATHER_NONE);
        reel_scene rain = sampled_with(seed, REEL_ATTRIBUTE_WEATHER, REEL_WEATHER_RAIN);
        assert_int_not_equal(rain.place, REEL_PLACE_ROOM);
        assert_int_equal(rain.weather, REEL_WEATHER_RAIN);
    }
}

static void rain_in_a_room_is_refused(void **state)
{
    (void)state;
    reel_scene scene;
    reel_scene_choice choice = reel_scene_choice_any();
    choice.value[REEL_ATTRIBUTE_PLACE] = REEL_PLACE_ROOM;
    choice.value[REEL_ATTRIBUTE_WEATHER] = REEL_WEATHER_RAIN;
    assert_int_equal(reel_scene_sample(&scene, &choice, 1, 3.0, 1.8), REEL_ERR_INVALID);
    assert_string_equal(reel_error_message(), "scene: weather is rain, but a room has none");
}

static void numbers_out_of_range_are_refused(void **state)
{
    (void)state;
    reel_scene scene;
    reel_scene_choice choice = reel_scene_choice_any();
    assert_int_equal(reel_scene_sample(&scene, NULL, 1, 0.1, 1.8), REEL_ERR_INVALID);
    assert_int_equal(reel_scene_sample(&scene, NULL, 1, 31.0, 1.8), REEL_ERR_INVALID);
    assert_int_equal(reel_scene_sample(&scene, NULL, 1, 3.0, 5.0), REEL_ERR_INVALID);
    choice.value[REEL_ATTRIBUTE_OBJECT] = REEL_OBJECT_COUNT;
    assert_int_equal(reel_scene_sample(&scene, &choice, 1, 3.0, 1.8), REEL_ERR_INVALID);
    assert_non_null(strstr(reel_error_message(), "object is 6"));
}

static void names_and_values_are_each_others_inverse(void **state)
{
    (void)state;
    for (int a = 0; a < REEL_ATTRIBUTE_COUNT; a++) {
        for (int v = 0; v < reel_attribute_size(a); v++) {
            assert_int_equal(reel_attribute_find(a, reel_attribute_value_name(a, v)), v);
        }
        assert_null(reel_attribute_value_name(a, reel_attribute_size(a)));
        assert_int_equal(reel_attribute_find(a, "no such value"), -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seed_always_gives_the_same_scene),
        cmocka_unit_test(every_value_of_every_attribute_comes_up),
        cmocka_unit_test(a_fixed_attribute_is_kept_and_leaves_the_others),
        cmocka_unit_test(a_room_has_no_weather),
        cmocka_unit_test(rain_in_a_room_is_refused),
        cmocka_unit_test(numbers_out_of_range_are_refused),
        cmocka_unit_test(names_and_values_are_each_others_inverse),
    };
    return cmocka_run_group_tests_name("world.scene", tests, NULL, NULL);
}
