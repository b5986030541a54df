/* Crops for the video VAE. */
#include "train/video_crop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FRAMES = 5, SIDE = 32, COUNT = FRAMES * SIDE * SIDE * 3, CROPS = 40 };

static const reel_video_crop CROP = { .frames = FRAMES, .height = SIDE, .width = SIDE, .focus = 3 };

typedef struct {
    float pixels[COUNT], weight[COUNT];
} crop;

static crop *draw(uint64_t seed)
{
    reel_world_renderer *renderer;
    crop *c = malloc(sizeof *c);
    assert_non_null(c);
    assert_int_equal(reel_world_renderer_new(&renderer), REEL_OK);
    assert_int_equal(reel_video_crop_draw(c->pixels, c->weight, renderer, &CROP, seed), REEL_OK);
    reel_world_renderer_free(renderer);
    return c;
}

static void video_crop_follows_from_its_seed(void **state)
{
    (void)state;
    crop *a = draw(1), *again = draw(1), *other = draw(2);
    assert_memory_equal(a, again, sizeof *a);
    assert_memory_not_equal(a->pixels, other->pixels, sizeof a->pixels);
    free(a);
    free(again);
    free(other);
}

static void video_crop_has_pixels_from_minus_one_to_one_and_two_weights(void **state)
{
    (void)state;
    int with_actor = 0;
    for (uint64_t seed = 0; seed < CROPS; seed++) {
        crop *c = draw(seed);
        int heavy = 0;
        for (int i = 0; i < COUNT; i++) {
            assert_true(c->pixels[i] >= -1.0f && c->pixels[i] <= 1.0f);
            assert_true(c->weight[i] == 1.0f || c->weight[i] == 4.0f);
            heavy += c->weight[i] > 1.0f;
        }
        assert_true(heavy < COUNT);
        with_actor += heavy > 0;
        free(c);
    }
    assert_in_range(with_actor, CROPS / 2, CROPS); /* windows are laid where the actor is */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(video_crop_follows_from_its_seed),
        cmocka_unit_test(video_crop_has_pixels_from_minus_one_to_one_and_two_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
