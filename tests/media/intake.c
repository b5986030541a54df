/* Files of strangers, decoded by a confined child: what they are, what is in them, how they fail.
 */
#include "reel/intake.h"

#include "base/file.h"
#include "base/rng.h"
#include "media/decode.h"
#include "media/encode.h"
#include "media/flash.h"
#include "media/image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const flash_plan film = { 48, 24, 1, 2, 48000, 5, 8 };

static void write_film(const char *name)
{
    reel_clip clip = flash_clip(film);
    assert_int_equal(reel_media_write_clip(path_in(name), &clip, NULL), REEL_OK);
    reel_clip_free(&clip);
}

static void write_image(const char *name, int width, int height)
{
    uint8_t *rgb = malloc((size_t)3 * width * height);
    assert_non_null(rgb);
    for (int i = 0; i < 3 * width * height; i++) {
        rgb[i] = (uint8_t)(i / 3 % width * 255 / width);
    }
    assert_int_equal(reel_image_write(path_in(name), rgb, width, height, 0), REEL_OK);
    free(rgb);
}

static void a_film_tells_what_it_is(void **state)
{
    (void)state;
    static const char *const endings[] = { "mp4", "mov", "webm" };
    for (int i = 0; i < 3; i++) {
        char name[16];
        reel_media_facts facts;
        snprintf(name, sizeof name, "film.%s", endings[i]);
        write_film(name);
        assert_int_equal(rename(path_in(name), path_in("renamed.txt")), 0);
        assert_int_equal(reel_intake_read(&facts, NULL, path_in("renamed.txt"), NULL), REEL_OK);
        assert_int_equal(facts.kind, REEL_MEDIA_FILM);
        assert_string_equal(facts.ending, endings[i]);
        assert_int_equal(facts.width, 64);
        assert_int_equal(facts.height, 48);
        assert_int_equal(facts.fps_num, 24 * facts.fps_den);
        assert_int_equal(facts.channels, 2);
        assert_int_equal(facts.sample_rate, 48000);
        assert_true(facts.seconds > 1.9 && facts.seconds < 2.1);
    }
}

static void images_and_sounds_tell_what_they_are(void **state)
{
    (void)state;
    reel_media_facts facts;
    write_image("a.png", 120, 80);
    write_image("a.jpg", 90, 160);
    assert_int_equal(reel_intake_read(&facts, NULL, path_in("a.png"), NULL), REEL_OK);
    assert_int_equal(facts.kind, REEL_MEDIA_IMAGE);
    assert_string_equal(facts.ending, "png");
    assert_int_equal(facts.width, 120);
    assert_int_equal(facts.height, 80);
    assert_true(facts.seconds == 0.0);
    assert_int_equal(reel_intake_read(&facts, NULL, path_in("a.jpg"), NULL), REEL_OK);
    assert_string_equal(facts.ending, "jpg");
    assert_int_equal(facts.height, 160);
    write_film("a.wav");
    assert_int_equal(reel_intake_read(&facts, NULL, path_in("a.wav"), NULL), REEL_OK);
    assert_int_equal(facts.kind, REEL_MEDIA_SOUND);
    assert_string_equal(facts.ending, "wav");
    assert_int_equal(facts.width, 0);
}

static void the_clip_is_the_one_that_this_process_would_decode(void **state)
{
    (void)state;
    reel_media_facts facts;
    reel_clip here, there;
    write_film("same.mp4");
    assert_int_equal(reel_media_read_clip(&here, path_in("same.mp4"), NULL), REEL_OK);
    assert_int_equal(reel_intake_read(&facts, &there, path_in("same.mp4"), NULL), REEL_OK);
    assert_int_equal(there.frames, here.frames);
    assert_int_equal(there.samples, here.samples);
    assert_int_equal(there.fps_num * here.fps_den, here.fps_num * there.fps_den);
    assert_memory_equal(there.rgb, here.rgb, (size_t)3 * here.frames * here.width * here.height);
    assert_memory_equal(there.pcm, here.pcm, sizeof(float) * here.channels * (size_t)here.samples);
    reel_clip_free(&here);
    reel_clip_free(&there);
}

static void a_large_picture_comes_back_no_larger_than_asked(void **state)
{
    (void)state;
    reel_media_facts facts;
    reel_clip clip;
    reel_intake_options options = REEL_INTAKE_OPTIONS_INIT;
    options.max_side = 100;
    write_image("wide.png", 400, 120);
    assert_int_equal(reel_intake_read(&facts, &clip, path_in("wide.png"), &options), REEL_OK);
    assert_int_equal(facts.width, 400);
    assert_int_equal(clip.frames, 1);
    assert_int_equal(clip.width, 100);
    assert_int_equal(clip.height, 30);
    assert_true(clip.rgb[3 * 10] < clip.rgb[3 * 90]);
    reel_clip_free(&clip);
}

static void limits_are_kept(void **state)
{
    (void)state;
    reel_media_facts facts;
    reel_clip clip;
    reel_intake_options options = REEL_INTAKE_OPTIONS_INIT;
    write_film("limits.mp4");
    options.max_seconds = 1;
    assert_int_equal(reel_intake_read(&facts, NULL, path_in("limits.mp4"), &options),
                     REEL_ERR_FORMAT);
    assert_string_equal(reel_error_message(), "the file: is longer than 1 s");
    options = (reel_intake_options)REEL_INTAKE_OPTIONS_INIT;
    options.max_pixels = 1000;
    assert_int_equal(reel_intake_read(&facts, NULL, path_in("limits.mp4"), &options),
                     REEL_ERR_FORMAT);
    options = (reel_intake_options)REEL_INTAKE_OPTIONS_INIT;
    options.max_bytes = 100000;
    assert_int_equal(reel_intake_read(&facts, &clip, path_in("limits.mp4"), &options),
                     REEL_ERR_FORMAT);
    assert_null(clip.rgb);
}

static void what_is_no_media_is_refused_in_one_line(void **state)
{
    (void)state;
    reel_media_facts facts;
    assert_int_equal(reel_file_write(path_in("text"), "#EXTM3U\nfile:///etc/passwd\n", 27),
                     REEL_OK);
    assert_int_equal(reel_intake_read(&facts, NULL, path_in("text"), NULL), REEL_ERR_FORMAT);
    assert_null(strchr(reel_error_message(), '\n'));
    assert_null(strstr(reel_error_message(), "/"));
    assert_int_equal(reel_file_write(path_in("empty"), "", 0), REEL_OK);
    assert_int_equal(reel_intake_read(&facts, NULL, path_in("empty"), NULL), REEL_ERR_FORMAT);
    assert_int_equal(reel_intake_read(&facts, NULL, path_in("absent"), NULL), REEL_ERR_NOT_FOUND);
    assert_int_equal(reel_intake_read(&facts, NULL, "/dev/zero", NULL), REEL_ERR_IO);
    assert_int_equal(symlink("/etc/passwd", path_in("link")), 0);
    assert_int_equal(reel_intake_read(&facts, NULL, path_in("link"), NULL), REEL_ERR_IO);
}

static void a_damaged_file_ends_in_one_clean_error_or_none(void **state)
{
    (void)state;
    static const char *const names[] = { "bad.mp4", "bad.webm", "bad.png", "bad.jpg", "bad.wav" };
    reel_rng rng = reel_rng_at(7, 1);
    int refused = 0;
    for (int n = 0; n < 5; n++) {
        size_t size;
        char *bytes;
        if (n == 2 || n == 3) {
            write_image(names[n], 64, 64);
        } else {
            write_film(names[n]);
        }
        assert_int_equal(reel_file_read(&bytes, &size, path_in(names[n]), 1 << 26), REEL_OK);
        for (int round = 0; round < 8; round++) {
            reel_media_facts facts;
            for (int i = 0; i < 10; i++) {
                bytes[reel_rng_below(&rng, (int)size)] = (char)reel_rng_u32(&rng);
            }
            assert_int_equal(reel_file_write(path_in(names[n]), bytes, size), REEL_OK);
            reel_status status = reel_intake_read(&facts, NULL, path_in(names[n]), NULL);
            assert_in_range(-status, 0, 9);
            assert_true(status != REEL_ERR_INTERNAL);
            refused += status < 0;
        }
        free(bytes);
    }
    assert_true(refused > 10);
}

static int teardown(void **state)
{
    (void)state;
    scratch_remove();
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "intake") == 0) {
        return reel_intake_child();
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_film_tells_what_it_is),
        cmocka_unit_test(images_and_sounds_tell_what_they_are),
        cmocka_unit_test(the_clip_is_the_one_that_this_process_would_decode),
        cmocka_unit_test(a_large_picture_comes_back_no_larger_than_asked),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(what_is_no_media_is_refused_in_one_line),
        cmocka_unit_test(a_damaged_file_ends_in_one_clean_error_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, teardown);
}
