/* Films through the codecs and back: their length, repeatable, unchanged where they are refused. */
#include "reel/generate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tiny_engine.h"

static reel_clip make(void)
{
    reel_clip clip;
    const reel_request r = engine_request();
    assert_int_equal(reel_generate(&clip, engine, &r, NULL, NULL), REEL_OK);
    return clip;
}

static size_t rgb_bytes(const reel_clip *clip)
{
    return (size_t)clip->frames * (size_t)clip->width * (size_t)clip->height * 3;
}

static void a_round_trip_keeps_frames_and_samples_and_gives_the_same_bytes_again(void **state)
{
    (void)state;
    reel_clip one = make(), two = make();
    const reel_clip before = one;
    assert_int_equal(reel_engine_round_trip(engine, &one), REEL_OK);
    assert_int_equal(reel_engine_round_trip(engine, &two), REEL_OK);
    assert_int_equal(one.frames, before.frames);
    assert_int_equal(one.width, before.width);
    assert_int_equal(one.height, before.height);
    assert_int_equal(one.samples, before.samples);
    assert_memory_equal(one.rgb, two.rgb, rgb_bytes(&one));
    assert_memory_equal(one.pcm, two.pcm,
                        (size_t)one.channels * (size_t)one.samples * sizeof *one.pcm);
    reel_clip_free(&one);
    reel_clip_free(&two);
}

/* The last frame is repeated up to a whole group of frames: what lies behind it is never read. */
static void a_round_trip_takes_films_of_any_number_of_frames(void **state)
{
    (void)state;
    for (int cut = 0; cut < 4; cut++) {
        reel_clip clip = make();
        clip.frames -= cut;
        const int frames = clip.frames;
        assert_int_equal(reel_engine_round_trip(engine, &clip), REEL_OK);
        assert_int_equal(clip.frames, frames);
        reel_clip_free(&clip);
    }
}

static void a_round_trip_refuses_what_is_no_base_film_and_leaves_it(void **state)
{
    (void)state;
    reel_clip clip = make();
    const reel_clip before = clip;
    clip.width--;
    assert_int_equal(reel_engine_round_trip(engine, &clip), REEL_ERR_INVALID);
    assert_non_null(strstr(reel_error_message(), "expected multiples of"));
    clip.width++;
    clip.sample_rate++;
    assert_int_equal(reel_engine_round_trip(engine, &clip), REEL_ERR_INVALID);
    assert_non_null(strstr(reel_error_message(), "expected 2 at"));
    clip.sample_rate--;
    assert_memory_equal(&clip, &before, sizeof clip);
    reel_clip_free(&clip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_round_trip_keeps_frames_and_samples_and_gives_the_same_bytes_again),
        cmocka_unit_test(a_round_trip_takes_films_of_any_number_of_frames),
        cmocka_unit_test(a_round_trip_refuses_what_is_no_base_film_and_leaves_it),
    };
    return cmocka_run_group_tests(tests, engine_setup, engine_teardown);
}
