/* A media library beside the protocol of spoken.h, and files to put into it. */
#ifndef TESTS_SERVER_STORED_H
#define TESTS_SERVER_STORED_H

#include "base/file.h"
#include "media/encode.h"
#include "media/image.h"
#include "server/media.h"
#include "server/outgoing.h"
#include "server/receiver.h"
#include "server/spoken.h"

#include <nettle/base64.h>
#include <sys/stat.h>

static reel_media_library *library;
static reel_networks this_host;
static receiver *there;
static int64_t stored_now_ms = 1000000;
static reel_media_limits stored_limits = REEL_MEDIA_LIMITS_INIT;

static int64_t stored_clock(void *user)
{
    return *(int64_t *)user;
}

static int stored_setup(void **state)
{
    reel_media_store *store;
    static char files[300];
    if (spoken_setup(state) != 0 || reel_outgoing_init() < 0 ||
        reel_networks_parse(&this_host, "127.0.0.1") < 0 ||
        reel_media_store_sqlite_open(&store, scratch_path("tasks.sqlite")) < 0) {
        return -1;
    }
    snprintf(files, sizeof files, "%s/files", scratch_dir);
    mkdir(files, 0700);
    stored_limits.files_dir = files;
    stored_limits.allowed = &this_host;
    stored_limits.now_ms = stored_clock;
    stored_limits.clock = &stored_now_ms;
    there = receiver_open();
    protocol.allowed = &this_host;
    if (reel_media_open(&library, store, &stored_limits) < 0) {
        return -1;
    }
    protocol.media = library;
    return 0;
}

/* How many files are stored, half-written ones among them. */
static inline int stored_count(void)
{
    int count = 0;
    DIR *dir = opendir(stored_limits.files_dir);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        count += e->d_name[0] != '.';
    }
    closedir(dir);
    return count;
}

static int stored_teardown(void **state)
{
    DIR *dir = opendir(stored_limits.files_dir);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        unlinkat(dirfd(dir), e->d_name, 0);
    }
    closedir(dir);
    rmdir(stored_limits.files_dir);
    reel_media_close(library);
    receiver_close(there);
    reel_outgoing_deinit();
    return spoken_teardown(state);
}

/* The bytes of a small film ("a.mp4", "a.webm", "a.wav") or image ("a.png", "a.jpg") with moving
 * content. Owned by the caller. */
static char *stored_make(size_t *size, const char *name, int width, int height)
{
    reel_clip clip = { .frames = 24,
                       .width = width,
                       .height = height,
                       .fps_num = 24,
                       .fps_den = 1,
                       .channels = 2,
                       .sample_rate = 48000,
                       .samples = 48000 };
    char *bytes;
    int is_image = strstr(name, ".png") || strstr(name, ".jpg");
    clip.frames = is_image ? 1 : clip.frames;
    assert_int_equal(reel_clip_alloc(&clip), REEL_OK);
    for (int64_t i = 0; i < (int64_t)3 * clip.frames * width * height; i++) {
        clip.rgb[i] = (uint8_t)((i / 3 % width + i / (3 * width * height) * 5) * 3);
    }
    for (int64_t i = 0; i < 2 * clip.samples; i++) {
        clip.pcm[i] = (float)(i % 100) / 200.0f;
    }
    assert_int_equal(is_image ? reel_image_write(scratch_path(name), clip.rgb, width, height, 0)
                              : reel_media_write_clip(scratch_path(name), &clip, NULL),
                     REEL_OK);
    reel_clip_free(&clip);
    assert_int_equal(reel_file_read(&bytes, size, scratch_path(name), 1 << 26), REEL_OK);
    unlink(scratch_path(name));
    return bytes;
}

/* The same in base64, behind `prefix`. Owned by the caller. */
static json_t *stored_base64(const char *prefix, const char *bytes, size_t size)
{
    size_t start = strlen(prefix), length = BASE64_ENCODE_RAW_LENGTH(size);
    char *text = malloc(start + length);
    assert_non_null(text);
    memcpy(text, prefix, start);
    base64_encode_raw(text + start, size, (const uint8_t *)bytes);
    json_t *value = json_stringn(text, start + length);
    free(text);
    return value;
}

#endif
