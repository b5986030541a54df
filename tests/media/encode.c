/* What is written, what is refused, and that nothing half-written remains. */
#include "media/encode.h"
#include "base/file.h"
#include "media/decode.h"
#include "media/flash.h"
#include "media/probe.h"

#include <malloc.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const flash_plan film = { 12, 24, 1, 1, 48000, 5, 8 };

static void the_file_says_what_the_clip_was(void **state)
{
    (void)state;
    static const struct {
        const char *name, *video, *audio;
    } rows[] = { { "a.mp4", "h264", "aac" },
                 { "a.mov", "h264", "aac" },
                 { "a.webm", "vp9", "opus" } };
    reel_clip clip = flash_clip(film);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        reel_media_info info;
        assert_int_equal(reel_media_write_clip(path_in(rows[i].name), &clip, NULL), REEL_OK);
        assert_int_equal(reel_media_probe(&info, path_in(rows[i].name)), REEL_OK);
        assert_string_equal(info.video_codec, rows[i].video);
        assert_string_equal(info.audio_codec, rows[i].audio);
        assert_int_equal(info.width, 64);
        assert_int_equal(info.height, 48);
        assert_int_equal(info.fps_num, 24 * info.fps_den);
        assert_int_equal(info.channels, 1);
        assert_int_equal(info.sample_rate, 48000);
        assert_true(fabs(info.seconds - 0.5) < 0.02);
        assert_int_equal(info.video_tracks + info.audio_tracks, 2);
    }
    reel_clip_free(&clip);
}

static void either_track_may_be_absent(void **state)
{
    (void)state;
    reel_clip clip = flash_clip(film), silent = clip, dark = clip;
    silent.samples = 0;
    dark.frames = 0;
    reel_media_info info;
    assert_int_equal(reel_media_write_clip(path_in("silent.mp4"), &silent, NULL), REEL_OK);
    assert_int_equal(reel_media_probe(&info, path_in("silent.mp4")), REEL_OK);
    assert_int_equal(info.audio_tracks, 0);
    assert_int_equal(info.frames, 12);
    assert_int_equal(reel_media_write_clip(path_in("dark.webm"), &dark, NULL), REEL_OK);
    assert_int_equal(reel_media_probe(&info, path_in("dark.webm")), REEL_OK);
    assert_int_equal(info.video_tracks, 0);
    dark.samples = 0;
    assert_int_equal(reel_media_write_clip(path_in("empty.mp4"), &dark, NULL), REEL_ERR_INVALID);
    reel_clip_free(&clip);
}

static void tags_come_back_from_every_container(void **state)
{
    (void)state;
    static const char *const names[] = { "t.mp4", "t.mov", "t.webm", "t.wav" };
    const reel_tag tags[] = { { "comment", "made by OpenReels, seed 7" }, { "title", "Élan" } };
    const reel_encode_options options = { .tags = tags, .tag_count = 2 };
    reel_clip clip = flash_clip(film);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(reel_media_write_clip(path_in(names[i]), &clip, &options), REEL_OK);
        for (int t = 0; t < 2; t++) {
            char *value = NULL;
            assert_int_equal(reel_media_read_tag(&value, path_in(names[i]), tags[t].key), REEL_OK);
            assert_string_equal(value, tags[t].value);
            free(value);
        }
    }
    char *value = NULL;
    assert_int_equal(reel_media_read_tag(&value, path_in("t.mp4"), "artist"), REEL_ERR_NOT_FOUND);
    reel_clip_free(&clip);
}

static void the_same_clip_gives_the_same_bytes(void **state)
{
    (void)state;
    static const char *const names[] = { "s.mp4", "s.webm", "s.mov" };
    reel_clip clip = flash_clip(film);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *first, *second;
        size_t first_size, second_size;
        assert_int_equal(reel_media_write_clip(path_in(names[i]), &clip, NULL), REEL_OK);
        assert_int_equal(reel_file_read(&first, &first_size, path_in(names[i]), 1 << 24), REEL_OK);
        assert_int_equal(reel_media_write_clip(path_in(names[i]), &clip, NULL), REEL_OK);
        assert_int_equal(reel_file_read(&second, &second_size, path_in(names[i]), 1 << 24),
                         REEL_OK);
        assert_int_equal(first_size, second_size);
        assert_memory_equal(first, second, first_size);
        free(first);
        free(second);
    }
    reel_clip_free(&clip);
}

/* A square that moves over a slope: something to look ahead for. */
static reel_clip moving_clip(void)
{
    reel_clip clip = { .frames = 48, .width = 144, .height = 80, .fps_num = 16, .fps_den = 1 };
    assert_int_equal(reel_clip_alloc(&clip), REEL_OK);
    for (int i = 0; i < clip.frames * clip.height * clip.width; i++) {
        int x = i % clip.width, y = i / clip.width % clip.height;
        int at = i / clip.width / clip.height * 2;
        int is_inside = x >= at && x < at + 24 && y >= 30 && y < 54;
        clip.rgb[3 * i] = (uint8_t)(is_inside ? 230 : x + y / 2);
        clip.rgb[3 * i + 1] = (uint8_t)(is_inside ? 60 : 2 * y);
        clip.rgb[3 * i + 2] = (uint8_t)(is_inside ? 40 : (x * y) / 64);
    }
    return clip;
}

static void the_bytes_do_not_depend_on_what_memory_held_before(void **state)
{
    (void)state;
    static const char *const names[] = { "m.mp4", "m.webm" };
    reel_clip clip = moving_clip();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *first = NULL, *other;
        size_t first_size = 0, size;
        for (int garbage = 0; garbage < 256; garbage += 85) {
            mallopt(M_PERTURB, garbage); /* fills whatever is allocated and freed */
            assert_int_equal(reel_media_write_clip(path_in(names[i]), &clip, NULL), REEL_OK);
            assert_int_equal(reel_file_read(&other, &size, path_in(names[i]), 1 << 24), REEL_OK);
            if (!first) {
                first = other;
                first_size = size;
                continue;
            }
            assert_int_equal(size, first_size);
            assert_memory_equal(other, first, size);
            free(other);
        }
        free(first);
    }
    mallopt(M_PERTURB, 0);
    reel_clip_free(&clip);
}

static void mp4_can_be_played_while_it_loads(void **state)
{
    (void)state;
    reel_clip clip = flash_clip(film);
    assert_int_equal(reel_media_write_clip(path_in("fast.mp4"), &clip, NULL), REEL_OK);
    char *bytes;
    size_t size;
    assert_int_equal(reel_file_read(&bytes, &size, path_in("fast.mp4"), 1 << 24), REEL_OK);
    const char *moov = memmem(bytes, size, "moov", 4), *mdat = memmem(bytes, size, "mdat", 4);
    assert_non_null(moov);
    assert_non_null(mdat);
    assert_true(moov < mdat);
    free(bytes);
    reel_clip_free(&clip);
}

static int64_t size_at_quality(const reel_clip *clip, const char *name, int quality)
{
    const reel_encode_options options = { .quality = quality };
    assert_int_equal(reel_media_write_clip(path_in(name), clip, &options), REEL_OK);
    char *bytes;
    size_t size;
    assert_int_equal(reel_file_read(&bytes, &size, path_in(name), 1 << 24), REEL_OK);
    free(bytes);
    return (int64_t)size;
}

static void more_quality_takes_more_bytes(void **state)
{
    (void)state;
    flash_plan plan = film;
    plan.channels = 0;
    reel_clip clip = flash_clip(plan);
    for (int i = 0; i < clip.frames * clip.width * clip.height * 3; i++) {
        clip.rgb[i] = (uint8_t)(i * 2654435761u >> 24);
    }
    assert_true(size_at_quality(&clip, "q.mp4", 20) < size_at_quality(&clip, "q.mp4", 95));
    assert_true(size_at_quality(&clip, "q.webm", 20) < size_at_quality(&clip, "q.webm", 95));
    reel_clip_free(&clip);
}

static void what_cannot_be_written_is_refused_by_name(void **state)
{
    (void)state;
    reel_clip clip = flash_clip(film), odd = clip, rate = clip, crowd = clip;
    odd.width = 63;
    rate.sample_rate = 100;
    crowd.channels = 3;
    const reel_tag tag = { "mood", "sad" };
    const reel_encode_options loud = { .quality = 100 }, moody = { .tags = &tag, .tag_count = 1 };
    int before = scratch_count();
    assert_int_equal(reel_media_write_clip(path_in("r.mp4"), &odd, NULL), REEL_ERR_INVALID);
    assert_non_null(strstr(reel_error_message(), "63x48"));
    assert_int_equal(reel_media_write_clip(path_in("r.mp4"), &rate, NULL), REEL_ERR_INVALID);
    assert_non_null(strstr(reel_error_message(), "sample_rate is 100"));
    assert_int_equal(reel_media_write_clip(path_in("r.mp4"), &crowd, NULL), REEL_ERR_INVALID);
    assert_non_null(strstr(reel_error_message(), "channels is 3"));
    assert_int_equal(reel_media_write_clip(path_in("r.mp4"), &clip, &loud), REEL_ERR_INVALID);
    assert_non_null(strstr(reel_error_message(), "quality is 100"));
    assert_int_equal(reel_media_write_clip(path_in("r.mp4"), &clip, &moody), REEL_ERR_INVALID);
    assert_non_null(strstr(reel_error_message(), "mood"));
    assert_int_equal(reel_media_write_clip(path_in("r.xyz"), &clip, NULL), REEL_ERR_INVALID);
    assert_int_equal(scratch_count(), before);
    reel_clip_free(&clip);
}

static int stop_at_four(int done, int total, void *user)
{
    (void)total;
    (void)user;
    return done == 4;
}

static void a_stopped_or_impossible_file_leaves_nothing(void **state)
{
    (void)state;
    reel_clip clip = flash_clip(film);
    const reel_encode_options stopped = { .progress = stop_at_four };
    int before = scratch_count();
    assert_int_equal(reel_media_write_clip(path_in("stop.mp4"), &clip, &stopped),
                     REEL_ERR_CANCELLED);
    assert_int_equal(reel_media_write_clip(path_in("no/such/folder.mp4"), &clip, NULL),
                     REEL_ERR_NOT_FOUND);
    assert_int_equal(scratch_count(), before);
    reel_clip_free(&clip);
}

static void a_file_is_replaced_only_by_a_complete_one(void **state)
{
    (void)state;
    reel_clip clip = flash_clip(film);
    const reel_encode_options stopped = { .progress = stop_at_four };
    assert_int_equal(reel_file_write(path_in("old.mp4"), "old", 3), REEL_OK);
    assert_int_equal(reel_media_write_clip(path_in("old.mp4"), &clip, &stopped),
                     REEL_ERR_CANCELLED);
    char *bytes;
    size_t size;
    assert_int_equal(reel_file_read(&bytes, &size, path_in("old.mp4"), 1 << 24), REEL_OK);
    assert_int_equal(size, 3);
    free(bytes);
    reel_clip_free(&clip);
}

/* All frames first and then all sound is the same film as side by side. */
static void pieces_in_any_order_make_the_same_film(void **state)
{
    (void)state;
    reel_clip clip = flash_clip(film), seen, whole;
    reel_media_writer *writer;
    assert_int_equal(reel_media_writer_open(&writer, path_in("pieces.mp4"), &clip, NULL), REEL_OK);
    for (int i = 0; i < clip.frames; i++) {
        const uint8_t *rgb = clip.rgb + (size_t)3 * clip.width * clip.height * i;
        assert_int_equal(reel_media_writer_frame(writer, rgb), REEL_OK);
    }
    for (int64_t at = 0; at < clip.samples; at += 777) {
        int64_t count = clip.samples - at < 777 ? clip.samples - at : 777;
        assert_int_equal(reel_media_writer_sound(writer, clip.pcm + at, clip.samples, count),
                         REEL_OK);
    }
    assert_false(reel_file_exists(path_in("pieces.mp4")));
    assert_int_equal(reel_media_writer_commit(writer), REEL_OK);
    assert_int_equal(reel_media_write_clip(path_in("whole.mp4"), &clip, NULL), REEL_OK);
    assert_int_equal(reel_media_read_clip(&seen, path_in("pieces.mp4"), NULL), REEL_OK);
    assert_int_equal(reel_media_read_clip(&whole, path_in("whole.mp4"), NULL), REEL_OK);
    assert_int_equal(seen.frames, whole.frames);
    assert_int_equal(seen.samples, whole.samples);
    assert_memory_equal(seen.rgb, whole.rgb, (size_t)3 * 64 * 48 * seen.frames);
    assert_memory_equal(seen.pcm, whole.pcm, sizeof(float) * seen.samples);
    reel_clip_free(&seen);
    reel_clip_free(&whole);
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
        cmocka_unit_test(the_file_says_what_the_clip_was),
        cmocka_unit_test(either_track_may_be_absent),
        cmocka_unit_test(tags_come_back_from_every_container),
        cmocka_unit_test(the_same_clip_gives_the_same_bytes),
        cmocka_unit_test(the_bytes_do_not_depend_on_what_memory_held_before),
        cmocka_unit_test(mp4_can_be_played_while_it_loads),
        cmocka_unit_test(more_quality_takes_more_bytes),
        cmocka_unit_test(what_cannot_be_written_is_refused_by_name),
        cmocka_unit_test(a_stopped_or_impossible_file_leaves_nothing),
        cmocka_unit_test(pieces_in_any_order_make_the_same_film),
        cmocka_unit_test(a_file_is_replaced_only_by_a_complete_one),
    };
    return cmocka_run_group_tests(tests, NULL, teardown);
}
