/* Silhouettes and their hulls. */
#include "world/objects.h"
#include "world_check.h"

#include <math.h>

enum { DIAMETER = 100 };

/* The lowest row of a sprite whose pixels are mostly opaque, in diameters below the centre. */
static double lowest_opaque(const reel_sprite *sprite)
{
    for (int y = sprite->size - 1; y >= 0; y--) {
        for (int x = 0; x < sprite->size; x++) {
            if (sprite->bgra[4 * (y * sprite->size + x) + 3] > 128) {
                return (y + 1 - 0.5 * sprite->size) / (sprite->zoom * DIAMETER);
            }
        }
    }
    return -1.0;
}

static void the_hull_ends_where_the_drawing_ends(void **state)
{
    (void)state;
    for (int o = 0; o < REEL_OBJECT_COUNT; o++) {
        reel_sprite sprite;
        assert_int_equal(reel_object_draw(&sprite, (reel_object)o, REEL_COLOUR_RED, DIAMETER), 0);
        double outline = 0.5 * 0.04;
        double drawn = lowest_opaque(&sprite) - outline;
        assert_true(fabs(drawn - reel_object_reach((reel_object)o, 0.0, 0.0, 1.0)) < 0.015);
        reel_sprite_deinit(&sprite);
    }
}

static void turning_the_object_turns_its_reach(void **state)
{
    (void)state;
    for (int o = 0; o < REEL_OBJECT_COUNT; o++) {
        reel_object object = (reel_object)o;
        /* Upside down the top is the lowest point; a quarter turn clockwise puts it to the right.
         */
        double top = reel_object_reach(object, 0.0, 0.0, -1.0);
        assert_true(fabs(reel_object_reach(object, M_PI, 0.0, 1.0) - top) < 1e-9);
        assert_true(fabs(reel_object_reach(object, M_PI_2, 1.0, 0.0) - top) < 1e-9);
        assert_true(fabs(reel_object_top(object) - top) < 1e-9);
    }
}

static void no_two_silhouettes_are_alike(void **state)
{
    (void)state;
    reel_sprite sprites[REEL_OBJECT_COUNT];
    for (int o = 0; o < REEL_OBJECT_COUNT; o++) {
        assert_int_equal(reel_object_draw(&sprites[o], (reel_object)o, REEL_COLOUR_RED, 20.0), 0);
    }
    int pixels = sprites[0].size * sprites[0].size;
    for (int a = 0; a < REEL_OBJECT_COUNT; a++) {
        for (int b = 0; b < a; b++) {
            int both = 0, either = 0;
            for (int i = 0; i < pixels; i++) {
                int in_a = sprites[a].bgra[4 * i + 3] > 128,
                    in_b = sprites[b].bgra[4 * i + 3] > 128;
                both += in_a && in_b;
                either += in_a || in_b;
            }
            assert_true(both < 0.80 * either);
        }
    }
    for (int o = 0; o < REEL_OBJECT_COUNT; o++) {
        reel_sprite_deinit(&sprites[o]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hull_ends_where_the_drawing_ends),
        cmocka_unit_test(turning_the_object_turns_its_reach),
        cmocka_unit_test(no_two_silhouettes_are_alike),
    };
    return cmocka_run_group_tests_name("world.objects", tests, NULL, NULL);
}
