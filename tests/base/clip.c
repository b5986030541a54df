/* Memory of a clip. */
#include "reel/clip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <string.h>

static void a_clip_begins_black_and_silent(void **state)
{
    (void)state;
    reel_clip clip = { .frames = 2, .width = 3, .height = 4, .channels = 2, .samples = 5 };
    assert_int_equal(reel_clip_alloc(&clip), REEL_OK);
    for (int i = 0; i < 2 * 3 * 4 * 3; i++) {
        assert_int_equal(clip.rgb[i], 0);
    }
    for (int i = 0; i < 2 * 5; i++) {
        assert_true(clip.pcm[i] == 0.0f);
    }
    reel_clip_free(&clip);
}

static void a_clip_without_frames_or_without_sound_has_null_there(void **state)
{
    (void)state;
    reel_clip silent = { .frames = 1, .width = 2, .height = 2 };
    reel_clip sound = { .channels = 1, .samples = 10, .sample_rate = 8000 };
    assert_int_equal(reel_clip_alloc(&silent), REEL_OK);
    assert_non_null(silent.rgb);
    assert_null(silent.pcm);
    assert_int_equal(reel_clip_alloc(&sound), REEL_OK);
    assert_null(sound.rgb);
    assert_non_null(sound.pcm);
    reel_clip_free(&silent);
    reel_clip_free(&sound);
}

static void sizes_below_zero_and_beyond_reason_are_refused(void **state)
{
    (void)state;
    reel_clip cases[] = {
        { .frames = -1, .width = 2, .height = 2 },
        { .frames = 1, .width = -2, .height = -2 },
        { .channels = -1, .samples = -1 },
        { .channels = 1, .samples = INT64_MAX },
        { .channels = INT_MAX, .samples = INT64_MAX },
        { .frames = INT_MAX, .width = INT_MAX, .height = INT_MAX },
        { .frames = 100000, .width = 1000, .height = 1000 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(reel_clip_alloc(&cases[i]), REEL_ERR_INVALID);
        assert_null(cases[i].rgb);
        assert_null(cases[i].pcm);
        reel_clip_free(&cases[i]);
    }
}

static void free_is_legal_on_a_zeroed_and_on_a_freed_clip(void **state)
{
    (void)state;
    reel_clip clip = { 0 };
    reel_clip_free(&clip);
    clip = (reel_clip){ .frames = 1, .width = 1, .height = 1, .channels = 1, .samples = 1 };
    assert_int_equal(reel_clip_alloc(&clip), REEL_OK);
    reel_clip_free(&clip);
    reel_clip_free(&clip);
    assert_null(clip.rgb);
    assert_int_equal(clip.frames, 0);
    assert_int_equal(clip.samples, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clip_begins_black_and_silent),
        cmocka_unit_test(a_clip_without_frames_or_without_sound_has_null_there),
        cmocka_unit_test(sizes_below_zero_and_beyond_reason_are_refused),
        cmocka_unit_test(free_is_legal_on_a_zeroed_and_on_a_freed_clip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
