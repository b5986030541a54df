/* Writing a clip: kinds of files by name, origin, and nothing left behind on failure. */
#include "base/file.h"
#include "media/image.h"
#include "media/probe.h"
#include "reel/generate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "scratch.h"

/* One second of grey that brightens, with a quiet saw. */
static reel_clip make_clip(int channels)
{
    reel_clip clip = { .frames = 8,
                       .width = 32,
                       .height = 16,
                       .fps_num = 8,
                       .fps_den = 1,
                       .channels = channels,
                       .sample_rate = 8000,
                       .samples = channels ? 8000 : 0 };
    assert_int_equal(reel_clip_alloc(&clip), REEL_OK);
    for (int i = 0; i < 8 * 32 * 16 * 3; i++) {
        clip.rgb[i] = (uint8_t)(40 + 20 * (i / (32 * 16 * 3)));
    }
    for (int64_t i = 0; i < channels * clip.samples; i++) {
        clip.pcm[i] = 0.1f * (float)(i % 40) / 40.0f;
    }
    return clip;
}

static void a_film_carries_where_it_comes_from(void **state)
{
    (void)state;
    char *tag;
    reel_clip clip = make_clip(2);
    const char *path = scratch_path("film.mp4");
    const reel_provenance origin = { .model = "mini 0.1", .prompt = "a d\u00f6g", .seed = ~0ull };
    assert_int_equal(reel_clip_write(&clip, path, 0, &origin), REEL_OK);
    assert_int_equal(reel_media_read_tag(&tag, path, "comment"), REEL_OK);
    assert_string_equal(tag, "made by OpenReels, model mini 0.1, seed 18446744073709551615");
    free(tag);
    assert_int_equal(reel_media_read_tag(&tag, path, "title"), REEL_OK);
    assert_string_equal(tag, "a d\u00f6g");
    free(tag);
    reel_clip_free(&clip);
}

static void a_film_tells_the_request_it_was_made_for(void **state)
{
    (void)state;
    static const char *const names[] = { "film.mp4", "film.mov", "film.webm" };
    reel_clip clip = make_clip(2);
    const reel_provenance origin = { .model = "mini 0.1", .request_hash = "0123abcd", .seed = 3 };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *tag;
        assert_int_equal(reel_clip_write(&clip, scratch_path(names[i]), 60, &origin), REEL_OK);
        assert_int_equal(reel_media_read_tag(&tag, scratch_path(names[i]), "comment"), REEL_OK);
        assert_string_equal(tag, "made by OpenReels, model mini 0.1, seed 3, request 0123abcd");
        free(tag);
    }
    reel_clip_free(&clip);
}

static void quality_is_of_the_encoder(void **state)
{
    (void)state;
    static const char *const names[] = { "film.mp4", "film.mov", "film.webm", "film.jpg" };
    reel_clip clip = make_clip(2);
    for (int i = 0; i < 8 * 32 * 16 * 3; i++) {
        clip.rgb[i] = (uint8_t)(i * 2654435761u >> 24); /* nothing that compresses well */
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct stat low, high;
        assert_int_equal(reel_clip_write(&clip, scratch_path(names[i]), 20, NULL), REEL_OK);
        assert_int_equal(stat(scratch_path(names[i]), &low), 0);
        assert_int_equal(reel_clip_write(&clip, scratch_path(names[i]), 99, NULL), REEL_OK);
        assert_int_equal(stat(scratch_path(names[i]), &high), 0);
        assert_true(high.st_size > low.st_size);
    }
    assert_int_equal(reel_clip_write(&clip, scratch_path("film.mp4"), 19, NULL), REEL_ERR_INVALID);
    assert_int_equal(reel_clip_write(&clip, scratch_path("film.mp4"), 100, NULL), REEL_ERR_INVALID);
    reel_clip_free(&clip);
}

static void a_film_may_be_silent_and_of_unknown_origin(void **state)
{
    (void)state;
    char *tag;
    reel_media_info info;
    reel_clip clip = make_clip(0);
    const char *path = scratch_path("film.mp4");
    assert_int_equal(reel_clip_write(&clip, path, 0, NULL), REEL_OK);
    assert_int_equal(reel_media_probe(&info, path), REEL_OK);
    assert_int_equal(info.video_tracks, 1);
    assert_int_equal(info.audio_tracks, 0);
    assert_int_equal(info.frames, 8);
    assert_int_equal(reel_media_read_tag(&tag, path, "comment"), REEL_ERR_NOT_FOUND);
    reel_clip_free(&clip);
}

static void an_image_is_the_first_frame(void **state)
{
    (void)state;
    static const char *const names[] = { "a.png", "a.JPG", "a.jpeg" };
    reel_clip clip = make_clip(2);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        reel_image image;
        assert_int_equal(reel_clip_write(&clip, scratch_path(names[i]), 0, NULL), REEL_OK);
        assert_int_equal(reel_image_read(&image, scratch_path(names[i]), 0), REEL_OK);
        assert_int_equal(image.width, 32);
        assert_int_equal(image.height, 16);
        for (int b = 0; b < 32 * 16 * 3; b++) {
            assert_in_range(image.rgb[b], 38, 42);
        }
        reel_image_free(&image);
    }
    reel_clip_free(&clip);
}

static void the_same_clip_gives_the_same_bytes(void **state)
{
    (void)state;
    reel_clip clip = make_clip(2);
    char *a, *b;
    size_t size_a, size_b;
    assert_int_equal(reel_clip_write(&clip, scratch_path("a.mp4"), 0, NULL), REEL_OK);
    assert_int_equal(reel_clip_write(&clip, scratch_path("b.mp4"), 0, NULL), REEL_OK);
    assert_int_equal(reel_file_read(&a, &size_a, scratch_path("a.mp4"), 1 << 24), REEL_OK);
    assert_int_equal(reel_file_read(&b, &size_b, scratch_path("b.mp4"), 1 << 24), REEL_OK);
    assert_int_equal(size_a, size_b);
    assert_memory_equal(a, b, size_a);
    free(a);
    free(b);
    reel_clip_free(&clip);
}

static void a_failure_leaves_nothing(void **state)
{
    (void)state;
    reel_clip clip = make_clip(2);
    assert_int_equal(reel_clip_write(&clip, scratch_path("none/film.mp4"), 0, NULL),
                     REEL_ERR_NOT_FOUND);
    assert_int_equal(reel_clip_write(&clip, scratch_path("none/film.png"), 0, NULL),
                     REEL_ERR_NOT_FOUND);
    assert_int_equal(reel_clip_write(&clip, scratch_path("film.avi"), 0, NULL), REEL_ERR_INVALID);
    assert_int_equal(reel_clip_write(&clip, scratch_path("film"), 0, NULL), REEL_ERR_INVALID);
    const reel_provenance bad = { .prompt = "\xff" };
    assert_int_equal(reel_clip_write(&clip, scratch_path("film.mp4"), 0, &bad), REEL_ERR_INVALID);
    assert_int_equal(mkdir(scratch_path("film.mp4"), 0700), 0);
    assert_true(reel_clip_write(&clip, scratch_path("film.mp4"), 0, NULL) < 0);
    assert_int_equal(rmdir(scratch_path("film.mp4")), 0);
    assert_int_equal(scratch_count(), 0);
    reel_clip_free(&clip);
}

static void an_empty_clip_is_no_file(void **state)
{
    (void)state;
    reel_clip clip = make_clip(2);
    reel_clip_free(&clip);
    assert_int_equal(reel_clip_write(&clip, scratch_path("a.png"), 0, NULL), REEL_ERR_INVALID);
    assert_int_equal(reel_clip_write(&clip, scratch_path("a.mp4"), 0, NULL), REEL_ERR_INVALID);
    assert_int_equal(scratch_count(), 0);
}

#define OUTPUT_TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OUTPUT_TEST(a_film_carries_where_it_comes_from),
        OUTPUT_TEST(a_film_tells_the_request_it_was_made_for),
        OUTPUT_TEST(quality_is_of_the_encoder),
        OUTPUT_TEST(a_film_may_be_silent_and_of_unknown_origin),
        OUTPUT_TEST(an_image_is_the_first_frame),
        OUTPUT_TEST(the_same_clip_gives_the_same_bytes),
        OUTPUT_TEST(a_failure_leaves_nothing),
        OUTPUT_TEST(an_empty_clip_is_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
