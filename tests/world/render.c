/* Scenes rendered to clips. */
#include "world/render.h"
#include "world/motion.h"
#include "world_check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const reel_world_format base = REEL_WORLD_FORMAT_BASE;

static reel_world_renderer *renderer_new(void)
{
    reel_world_renderer *renderer;
    assert_int_equal(reel_world_renderer_new(&renderer), REEL_OK);
    return renderer;
}

static void the_same_seed_gives_the_same_bytes_whatever_came_before(void **state)
{
    (void)state;
    reel_world_renderer *fresh = renderer_new(), *used = renderer_new();
    reel_clip a = { 0 }, b = { 0 };
    for (uint64_t seed = 0; seed < 12; seed++) {
        reel_scene scene = sampled(seed), other = sampled(seed + 100);
        assert_int_equal(reel_scene_render(&a, fresh, &scene, &base), REEL_OK);
        assert_int_equal(reel_scene_render(&b, used, &other, &base), REEL_OK);
        assert_int_equal(reel_scene_render(&b, used, &scene, &base), REEL_OK);
        assert_int_equal(a.frames, 48);
        assert_int_equal(a.samples, 132300);
        assert_memory_equal(a.rgb, b.rgb, (size_t)a.frames * 144 * 80 * 3);
        assert_memory_equal(a.pcm, b.pcm, (size_t)a.samples * 2 * sizeof *a.pcm);
        reel_world_renderer_free(fresh);
        fresh = renderer_new();
    }
    reel_clip_free(&a);
    reel_clip_free(&b);
    reel_world_renderer_free(fresh);
    reel_world_renderer_free(used);
}

static void picture_alone_sound_alone_and_one_frame_equal_the_whole(void **state)
{
    (void)state;
    reel_world_renderer *renderer = renderer_new();
    reel_scene scene = sampled(5);
    reel_clip whole = { 0 }, picture = { 0 }, sound = { 0 };
    assert_int_equal(reel_scene_render(&whole, renderer, &scene, &base), REEL_OK);
    assert_int_equal(reel_scene_render_video(&picture, renderer, &scene, &base), REEL_OK);
    assert_int_equal(reel_scene_render_sound(&sound, renderer, &scene, &base), REEL_OK);
    assert_null(picture.pcm);
    assert_null(sound.rgb);
    size_t bytes = 144 * 80 * 3;
    assert_memory_equal(whole.rgb, picture.rgb, 48 * bytes);
    assert_memory_equal(whole.pcm, sound.pcm, (size_t)whole.samples * 2 * sizeof *whole.pcm);
    uint8_t *frame = malloc(bytes);
    assert_int_equal(reel_scene_render_frame(frame, renderer, &scene, &base, 17.0 / 16.0), REEL_OK);
    assert_memory_equal(frame, whole.rgb + 17 * bytes, bytes);
    free(frame);
    reel_clip_free(&whole);
    reel_clip_free(&picture);
    reel_clip_free(&sound);
    reel_world_renderer_free(renderer);
}

static void every_aspect_and_size_renders(void **state)
{
    (void)state;
    static const int sizes[][2] = { { 144, 80 },  { 80, 144 },  { 128, 96 }, { 96, 128 },
                                    { 112, 112 }, { 848, 480 }, { 33, 19 } };
    reel_world_renderer *renderer = renderer_new();
    for (int i = 0; i < 7 * REEL_MOTION_COUNT; i++) {
        reel_world_format format = base;
        format.width = sizes[i % 7][0];
        format.height = sizes[i % 7][1];
        reel_scene scene;
        reel_scene_choice choice = reel_scene_choice_any();
        choice.value[REEL_ATTRIBUTE_MOTION] = i / 7;
        double aspect = (double)format.width / format.height;
        assert_int_equal(reel_scene_sample(&scene, &choice, (uint64_t)i, 0.5, aspect), REEL_OK);
        reel_clip clip = { 0 };
        assert_int_equal(reel_scene_render(&clip, renderer, &scene, &format), REEL_OK);
        assert_int_equal(clip.frames, 8);
        assert_int_equal(clip.width, format.width);
        reel_clip_free(&clip);
    }
    reel_world_renderer_free(renderer);
}

static int is_near(const uint8_t *rgb, const reel_colour_row *colour)
{
    double dr = rgb[0] - 255.0 * colour->red, dg = rgb[1] - 255.0 * colour->green,
           db = rgb[2] - 255.0 * colour->blue;
    return dr * dr + dg * dg + db * db < 40.0 * 40.0;
}

/* In dry weather every pixel of the colour belongs to the object, and there are many. */
static void the_colour_is_where_the_object_is_and_nowhere_else(void **state)
{
    (void)state;
    reel_world_renderer *renderer = renderer_new();
    uint8_t *frame = malloc(144 * 80 * 3);
    for (uint64_t seed = 0; seed < 300; seed++) {
        reel_scene scene = sampled_with(seed, REEL_ATTRIBUTE_WEATHER, REEL_WEATHER_NONE);
        const reel_actor *actor = &scene.actors[0];
        assert_int_equal(reel_scene_render_frame(frame, renderer, &scene, &base, 0.3), REEL_OK);
        reel_pose pose = reel_motion_pose(&scene, 0, 0.3);
        double diameter = 80.0 * reel_sizes[actor->size].diameter;
        int inside = 0;
        for (int i = 0; i < 144 * 80; i++) {
            if (is_near(frame + 3 * i, &reel_colours[actor->colour])) {
                double x = i % 144 + 0.5 - 80.0 * pose.x, y = i / 144 + 0.5 - 80.0 * pose.y;
                assert_true(hypot(x, y) < 0.75 * diameter);
                inside++;
            }
        }
        if (pose.x > 0.5 * diameter / 80.0 && pose.x < scene.width - 0.5 * diameter / 80.0) {
            assert_true(inside > 0.06 * diameter * diameter);
        }
    }
    free(frame);
    reel_world_renderer_free(renderer);
}

static void weather_is_seen_but_covers_little(void **state)
{
    (void)state;
    reel_world_renderer *renderer = renderer_new();
    enum { BYTES = 144 * 80 * 3 };
    uint8_t *dry = malloc(BYTES), *wet = malloc(BYTES);
    for (int w = REEL_WEATHER_RAIN; w < REEL_WEATHER_COUNT; w++) {
        for (uint64_t seed = 0; seed < 20; seed++) {
            reel_scene scene = sampled_with(seed, REEL_ATTRIBUTE_WEATHER, w);
            assert_int_equal(reel_scene_render_frame(wet, renderer, &scene, &base, 1.0), REEL_OK);
            scene.weather = REEL_WEATHER_NONE;
            assert_int_equal(reel_scene_render_frame(dry, renderer, &scene, &base, 1.0), REEL_OK);
            int changed = 0;
            for (int p = 0; p < 144 * 80; p++) {
                changed += memcmp(dry + 3 * p, wet + 3 * p, 3) != 0;
            }
            assert_in_range(changed, 60, 144 * 80 / 8);
        }
    }
    free(dry);
    free(wet);
    reel_world_renderer_free(renderer);
}

static void a_format_out_of_range_is_refused_and_leaves_nothing(void **state)
{
    (void)state;
    reel_world_renderer *renderer = renderer_new();
    reel_scene scene = sampled(1);
    reel_clip clip = { 0 };
    reel_world_format bad = base;
    bad.width = 80;
    assert_int_equal(reel_scene_render(&clip, renderer, &scene, &bad), REEL_ERR_INVALID);
    assert_string_equal(reel_error_message(), "format: size is 80x80, expected an aspect of 1.800");
    bad = base;
    bad.fps_num = 0;
    assert_int_equal(reel_scene_render(&clip, renderer, &scene, &bad), REEL_ERR_INVALID);
    bad = base;
    bad.sample_rate = 10;
    assert_int_equal(reel_scene_render(&clip, renderer, &scene, &bad), REEL_ERR_INVALID);
    assert_null(clip.rgb);
    assert_null(clip.pcm);
    reel_world_renderer_free(renderer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_bytes_whatever_came_before),
        cmocka_unit_test(picture_alone_sound_alone_and_one_frame_equal_the_whole),
        cmocka_unit_test(every_aspect_and_size_renders),
        cmocka_unit_test(the_colour_is_where_the_object_is_and_nowhere_else),
        cmocka_unit_test(weather_is_seen_but_covers_little),
        cmocka_unit_test(a_format_out_of_range_is_refused_and_leaves_nothing),
    };
    return cmocka_run_group_tests_name("world.render", tests, NULL, NULL);
}
