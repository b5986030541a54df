/* Damaged, cut, absurd and misleading files give one clear error and nothing else. */
#include "base/file.h"
#include "media/decode.h"
#include "media/encode.h"
#include "media/flash.h"
#include "media/probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const flash_plan film = { 48, 24, 1, 1, 48000, 5, 8 };

static reel_status read_with(const char *path, reel_decode_options options)
{
    reel_clip clip;
    reel_status status = reel_media_read_clip(&clip, path, &options);
    if (status < 0) {
        assert_null(clip.rgb);
        assert_null(clip.pcm);
        assert_null(strchr(reel_error_message(), '\n'));
    }
    reel_clip_free(&clip);
    return status;
}

static char *write_film(const char *name, size_t *size)
{
    reel_clip clip = flash_clip(film);
    for (int i = 0; i < 48 * 64 * 48 * 3; i++) {
        clip.rgb[i] = (uint8_t)((clip.rgb[i] >> 1) + (i * 2654435761u >> 26));
    }
    assert_int_equal(reel_media_write_clip(path_in(name), &clip, NULL), REEL_OK);
    reel_clip_free(&clip);
    char *bytes;
    assert_int_equal(reel_file_read(&bytes, size, path_in(name), 1 << 26), REEL_OK);
    return bytes;
}

static void a_film_cut_anywhere_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = { "cut.mp4", "cut.mov", "cut.webm" };
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        size_t size;
        char *bytes = write_film(names[n], &size);
        for (int part = 0; part < 6; part++) {
            assert_int_equal(reel_file_write(path_in(names[n]), bytes, size * part / 8), REEL_OK);
            reel_status status = read_with(path_in(names[n]), (reel_decode_options){ 0 });
            if (status == REEL_OK) {
                fail_msg("%s: %d/8 of it was read without an error", names[n], part);
            }
            assert_true(status == REEL_ERR_FORMAT || status == REEL_ERR_IO);
        }
        free(bytes);
    }
}

static void flipped_bytes_never_crash(void **state)
{
    (void)state;
    static const char *const names[] = { "flip.mp4", "flip.webm", "flip.wav" };
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        size_t size;
        char *bytes = write_film(names[n], &size);
        unsigned at = 1;
        for (int round = 0; round < 40; round++) {
            char *copy = malloc(size);
            assert_non_null(copy);
            memcpy(copy, bytes, size);
            for (int i = 0; i < 20; i++) {
                at = at * 1664525u + 1013904223u;
                copy[(at >> 4) % (round % 2 ? size : 1500)] ^= (char)(at >> 24 | 1);
            }
            assert_int_equal(reel_file_write(path_in(names[n]), copy, size), REEL_OK);
            reel_decode_options small = { .max_bytes = 8 << 20, .max_seconds = 5.0 };
            reel_status status = read_with(path_in(names[n]), small);
            assert_in_range(-status, 0, 9);
            free(copy);
        }
        free(bytes);
    }
}

static void limits_are_kept(void **state)
{
    (void)state;
    size_t size;
    free(write_film("limits.mp4", &size));
    const char *path = path_in("limits.mp4");
    assert_int_equal(read_with(path, (reel_decode_options){ .max_seconds = 2.0 }), REEL_OK);
    assert_int_equal(read_with(path, (reel_decode_options){ .max_seconds = 1.0 }), REEL_ERR_FORMAT);
    assert_non_null(strstr(reel_error_message(), "longer than 1 s"));
    assert_int_equal(
        read_with(path, (reel_decode_options){ .max_seconds = 1.0, .without_video = 1 }),
        REEL_ERR_FORMAT);
    assert_int_equal(read_with(path, (reel_decode_options){ .max_pixels = 1000 }), REEL_ERR_FORMAT);
    assert_non_null(strstr(reel_error_message(), "1000 pixels"));
    assert_int_equal(read_with(path, (reel_decode_options){ .max_bytes = 9216 * 47 }),
                     REEL_ERR_FORMAT);
    assert_int_equal(read_with(path, (reel_decode_options){ .max_bytes = 9216 * 48 }), REEL_OK);
    assert_int_equal(read_with(path, (reel_decode_options){ .width = 4000, .height = 1 }),
                     REEL_ERR_FORMAT);
    assert_int_equal(read_with(path, (reel_decode_options){ .width = -1 }), REEL_ERR_INVALID);
    assert_int_equal(read_with(path, (reel_decode_options){ .fps_num = 24 }), REEL_ERR_INVALID);
}

/* Formats that name other files or addresses are not among those that are tried. */
static void a_playlist_reads_nothing_else(void **state)
{
    (void)state;
    size_t size;
    free(write_film("inner.mp4", &size));
    char list[512];
    snprintf(list, sizeof list, "ffconcat version 1.0\nfile '%s'\n", path_in("inner.mp4"));
    assert_int_equal(reel_file_write(path_in("list.ffconcat"), list, strlen(list)), REEL_OK);
    assert_int_equal(read_with(path_in("list.ffconcat"), (reel_decode_options){ 0 }),
                     REEL_ERR_FORMAT);
    snprintf(list, sizeof list, "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n%s\n",
             path_in("inner.mp4"));
    assert_int_equal(reel_file_write(path_in("list.m3u8"), list, strlen(list)), REEL_OK);
    assert_int_equal(read_with(path_in("list.m3u8"), (reel_decode_options){ 0 }), REEL_ERR_FORMAT);
    assert_int_equal(read_with("http://localhost/a.mp4", (reel_decode_options){ 0 }),
                     REEL_ERR_NOT_FOUND);
    assert_int_equal(read_with("/dev/zero", (reel_decode_options){ 0 }), REEL_ERR_IO);
    assert_int_equal(read_with(path_in("absent.mp4"), (reel_decode_options){ 0 }),
                     REEL_ERR_NOT_FOUND);
}

static void a_missing_track_is_told(void **state)
{
    (void)state;
    flash_plan plan = film;
    plan.channels = 0;
    reel_clip clip = flash_clip(plan);
    assert_int_equal(reel_media_write_clip(path_in("mute.mp4"), &clip, NULL), REEL_OK);
    assert_int_equal(read_with(path_in("mute.mp4"), (reel_decode_options){ .without_video = 1 }),
                     REEL_ERR_FORMAT);
    assert_non_null(strstr(reel_error_message(), "holds no sound"));
    reel_clip_free(&clip);
}

static int teardown(void **state)
{
    (void)state;
    scratch_remove();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_film_cut_anywhere_is_refused),
        cmocka_unit_test(flipped_bytes_never_crash),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(a_playlist_reads_nothing_else),
        cmocka_unit_test(a_missing_track_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, teardown);
}
