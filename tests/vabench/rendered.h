/* Real films for the tests of this room, clean or as a small autoencoder would leave them. */
#ifndef TESTS_VABENCH_RENDERED_H
#define TESTS_VABENCH_RENDERED_H

#include "base/rng.h"
#include "world/render.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* A scene of three seconds in 144 x 80 with one attribute fixed (COUNT: none). */
static inline reel_scene scene_with(uint64_t seed, reel_attribute attribute, int value)
{
    reel_scene scene;
    reel_scene_choice choice = reel_scene_choice_any();
    if (attribute != REEL_ATTRIBUTE_COUNT) {
        choice.value[attribute] = value;
    }
    assert_int_equal(reel_scene_sample(&scene, &choice, seed, 3.0, 1.8), REEL_OK);
    return scene;
}

/* Released with reel_clip_free(). */
static inline reel_clip film_of(const reel_scene *scene)
{
    const reel_world_format format = REEL_WORLD_FORMAT_BASE;
    reel_world_renderer *renderer;
    reel_clip clip = { 0 };
    assert_int_equal(reel_world_renderer_new(&renderer), REEL_OK);
    assert_int_equal(reel_scene_render(&clip, renderer, scene, &format), REEL_OK);
    reel_world_renderer_free(renderer);
    return clip;
}

/* One pass of a Gaussian of one pixel over `count` pixels that lie `step` bytes apart. */
static inline void blur_line(uint8_t *line, int count, size_t step)
{
    static const float weights[] = { 0.4026f, 0.2442f, 0.0545f };
    float *copy = malloc((size_t)count * sizeof *copy);
    assert_non_null(copy);
    for (int i = 0; i < count; i++) {
        copy[i] = line[(size_t)i * step];
    }
    for (int i = 0; i < count; i++) {
        float sum = 0.0f;
        for (int k = -2; k <= 2; k++) {
            int at = i + k < 0 ? 0 : i + k >= count ? count - 1 : i + k;
            sum += weights[abs(k)] * copy[at];
        }
        line[(size_t)i * step] = (uint8_t)(sum + 0.5f);
    }
    free(copy);
}

/* Blur every frame by a pixel and add noise of four units. */
static inline void soften(reel_clip *clip, uint64_t seed)
{
    reel_rng rng = reel_rng_at(seed, 1);
    size_t row = 3 * (size_t)clip->width, bytes = row * (size_t)clip->height;
    for (int f = 0; f < clip->frames; f++) {
        uint8_t *rgb = clip->rgb + bytes * (size_t)f;
        for (int c = 0; c < 3; c++) {
            for (int y = 0; y < clip->height; y++) {
                blur_line(rgb + row * (size_t)y + c, clip->width, 3);
            }
            for (int x = 0; x < clip->width; x++) {
                blur_line(rgb + 3 * x + c, clip->height, row);
            }
        }
        for (size_t i = 0; i < bytes; i++) {
            double level = rgb[i] + 4.0 * reel_rng_normal(&rng);
            rgb[i] = (uint8_t)fmin(255.0, fmax(0.0, level + 0.5));
        }
    }
}

#endif
