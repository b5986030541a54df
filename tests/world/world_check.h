/* What the tests of this room share. */
#ifndef TESTS_WORLD_CHECK_H
#define TESTS_WORLD_CHECK_H

#include "world/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A scene of three seconds in 144 x 80 with one attribute fixed (COUNT: none). */
static inline reel_scene sampled_with(uint64_t seed, reel_attribute attribute, int value)
{
    reel_scene scene;
    reel_scene_choice choice = reel_scene_choice_any();
    if (attribute != REEL_ATTRIBUTE_COUNT) {
        choice.value[attribute] = value;
    }
    assert_int_equal(reel_scene_sample(&scene, &choice, seed, 3.0, 1.8), REEL_OK);
    return scene;
}

static inline reel_scene sampled(uint64_t seed)
{
    return sampled_with(seed, REEL_ATTRIBUTE_COUNT, 0);
}

#endif
