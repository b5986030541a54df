/* Backdrops: muted, distinct, painted to the last pixel. */
#include "world/places.h"
#include "world_check.h"

#include <stdlib.h>

static const int sizes[][2] = { { 144, 80 }, { 80, 144 }, { 128, 96 }, { 96, 128 }, { 112, 112 } };
enum { SIZES = sizeof sizes / sizeof *sizes };

static uint8_t *painted(int place, int daytime, int width, int height)
{
    reel_scene scene;
    reel_scene_choice choice = reel_scene_choice_any();
    choice.value[REEL_ATTRIBUTE_PLACE] = place;
    choice.value[REEL_ATTRIBUTE_DAYTIME] = daytime;
    assert_int_equal(reel_scene_sample(&scene, &choice, 1, 3.0, (double)width / height), REEL_OK);
    uint8_t *rgb = malloc((size_t)width * (size_t)height * 3);
    assert_non_null(rgb);
    assert_int_equal(reel_place_draw(rgb, &scene, width, height), REEL_OK);
    return rgb;
}

static void no_backdrop_is_as_bright_or_as_colourful_as_an_object(void **state)
{
    (void)state;
    for (int i = 0; i < REEL_PLACE_COUNT * REEL_DAYTIME_COUNT * SIZES; i++) {
        int w = sizes[i % SIZES][0], h = sizes[i % SIZES][1];
        uint8_t *rgb =
            painted(i / SIZES / REEL_DAYTIME_COUNT, i / SIZES % REEL_DAYTIME_COUNT, w, h);
        for (int p = 0; p < w * h; p++) {
            const uint8_t *c = rgb + 3 * p;
            int high = c[0] > c[1] ? c[0] : c[1], low = c[0] < c[1] ? c[0] : c[1];
            high = c[2] > high ? c[2] : high;
            low = c[2] < low ? c[2] : low;
            assert_true(high <= 222 && high - low <= 80);
        }
        free(rgb);
    }
}

static void every_pixel_is_painted(void **state)
{
    (void)state;
    for (int i = 0; i < REEL_PLACE_COUNT * REEL_DAYTIME_COUNT * SIZES; i++) {
        int w = sizes[i % SIZES][0], h = sizes[i % SIZES][1];
        uint8_t *rgb =
            painted(i / SIZES / REEL_DAYTIME_COUNT, i / SIZES % REEL_DAYTIME_COUNT, w, h);
        for (int p = 0; p < w * h; p++) {
            assert_true(rgb[3 * p] + rgb[3 * p + 1] + rgb[3 * p + 2] > 50);
        }
        free(rgb);
    }
}

static void places_and_hours_differ_over_much_of_the_frame(void **state)
{
    (void)state;
    enum { ALL = REEL_PLACE_COUNT * REEL_DAYTIME_COUNT, PIXELS = 144 * 80 };
    uint8_t *rgb[ALL];
    for (int i = 0; i < ALL; i++) {
        rgb[i] = painted(i / 2, i % 2, 144, 80);
    }
    for (int a = 0; a < ALL; a++) {
        for (int b = 0; b < a; b++) {
            int different = 0;
            for (int p = 0; p < PIXELS; p++) {
                int distance = 0;
                for (int c = 0; c < 3; c++) {
                    distance += abs(rgb[a][3 * p + c] - rgb[b][3 * p + c]);
                }
                different += distance > 24;
            }
            assert_true(different > PIXELS / 4);
        }
    }
    for (int i = 0; i < ALL; i++) {
        free(rgb[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_backdrop_is_as_bright_or_as_colourful_as_an_object),
        cmocka_unit_test(every_pixel_is_painted),
        cmocka_unit_test(places_and_hours_differ_over_much_of_the_frame),
    };
    return cmocka_run_group_tests_name("world.places", tests, NULL, NULL);
}
