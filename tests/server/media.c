/* mediaStorage and imageUpload: what comes in, what is refused, when it goes. */
#include "server/stored.h"

#include "base/rng.h"
#include "reel/intake.h"

#define UUID   "24cd5dff-cb81-4db5-8506-b72a9425f9d1"
#define UUID_2 "0040debb-7f27-4a6e-bc9a-83f01d1c6d59"

static int http_status; /* of the last answer */

static int setup(void **state)
{
    stored_limits = (reel_media_limits)REEL_MEDIA_LIMITS_INIT;
    return stored_setup(state);
}

/* What is said to an upload of `value`, which is taken. Owned by the caller. */
static json_t *store(json_t *value)
{
    return spoken_send(json_pack("{s:s, s:s, s:s, s:o}", "taskType", "mediaStorage", "taskUUID",
                                 UUID, "operation", "upload", "media", value),
                       &http_status);
}

static json_t *store_image(json_t *value)
{
    return spoken_send(
        json_pack("{s:s, s:s, s:o}", "taskType", "imageUpload", "taskUUID", UUID, "image", value),
        &http_status);
}

static const char *text_of(const json_t *envelope, const char *name)
{
    const char *text = json_string_value(
        json_object_get(json_array_get(json_object_get(envelope, "data"), 0), name));
    assert_non_null(text);
    return text;
}

static void expect_error(json_t *envelope, const char *code, const char *message)
{
    const json_t *error = spoken_error(envelope);
    assert_null(json_object_get(envelope, "data"));
    assert_string_equal(json_string_value(json_object_get(error, "code")), code);
    if (!strstr(json_string_value(json_object_get(error, "message")), message)) {
        fail_msg("%s", json_string_value(json_object_get(error, "message")));
    }
    assert_string_equal(json_string_value(json_object_get(error, "taskUUID")), UUID);
    assert_int_equal(http_status, 400);
    json_decref(envelope);
}

/* The stored file holds exactly these bytes, under the name that the URL says. */
static void expect_file(const char *url, const char *ending, const char *bytes, size_t size)
{
    char path[600], *found;
    size_t found_size;
    static const char root[] = "http://127.0.0.1:8080/files/";
    assert_memory_equal(url, root, sizeof root - 1);
    assert_string_equal(strrchr(url, '.') + 1, ending);
    snprintf(path, sizeof path, "%s/%s", stored_limits.files_dir, url + sizeof root - 1);
    assert_int_equal(reel_file_read(&found, &found_size, path, 1 << 26), REEL_OK);
    assert_int_equal(found_size, size);
    assert_memory_equal(found, bytes, size);
    free(found);
}

static void films_images_and_sounds_are_stored_as_they_are(void **state)
{
    (void)state;
    static const char *const names[] = { "a.png", "a.jpg", "a.mp4", "a.webm", "a.mov", "a.wav" };
    for (int i = 0; i < 6; i++) {
        size_t size;
        char *bytes = stored_make(&size, names[i], 64, 48);
        const char *prefix = i % 2 ? "" : "data:application/octet-stream;base64,";
        json_t *envelope = store(stored_base64(prefix, bytes, size));
        assert_int_equal(http_status, 200);
        assert_string_equal(text_of(envelope, "taskType"), "mediaStorage");
        assert_string_equal(text_of(envelope, "taskUUID"), UUID);
        assert_string_equal(text_of(envelope, "operation"), "upload");
        assert_non_null(strstr(text_of(envelope, "mediaURL"), text_of(envelope, "mediaUUID")));
        expect_file(text_of(envelope, "mediaURL"), names[i] + 2, bytes, size);
        json_decref(envelope);
        free(bytes);
    }
    assert_int_equal(stored_count(), 6);
}

static void media_come_from_a_url(void **state)
{
    (void)state;
    size_t size;
    char *bytes = stored_make(&size, "a.png", 64, 48), location[600];
    receiver_answer(there, 200, "Content-Type: text/html", bytes, size);
    json_t *envelope = store(json_string(receiver_url(there, "/a?b=c")));
    assert_int_equal(http_status, 200);
    expect_file(text_of(envelope, "mediaURL"), "png", bytes, size);
    json_decref(envelope);
    receiver_answer(there, 404, NULL, NULL, 0);
    envelope = store(json_string(receiver_url(there, "/a?token=secret")));
    assert_null(
        strstr(json_string_value(json_object_get(spoken_error(envelope), "message")), "secret"));
    expect_error(envelope, "downloadFailed", "status 404");
    snprintf(location, sizeof location, "Location: http://127.0.0.9:%s",
             strrchr(receiver_url(there, "/"), ':') + 1);
    receiver_answer(there, 307, location, NULL, 0);
    expect_error(store(json_string(receiver_url(there, "/a"))), "downloadFailed",
                 "its address is not public");
    expect_error(store(json_string("http://2130706434/a")), "downloadFailed",
                 "its address is not public");
    assert_int_equal(stored_count(), 1);
    free(bytes);
}

static void a_large_image_is_uploaded_with_sides_up_to_2048(void **state)
{
    (void)state;
    size_t size;
    reel_image image;
    char path[600], *bytes = stored_make(&size, "a.jpg", 3000, 600);
    json_t *envelope = store_image(stored_base64("", bytes, size));
    assert_int_equal(http_status, 200);
    snprintf(path, sizeof path, "%s/%s.jpg", stored_limits.files_dir,
             text_of(envelope, "imageUUID"));
    if (reel_image_read(&image, path, 0) != REEL_OK) {
        fail_msg("%s", reel_error_message());
    }
    assert_int_equal(image.width, 2048);
    assert_int_equal(image.height, 410);
    reel_image_free(&image);
    json_decref(envelope);
    envelope = store(stored_base64("", bytes, size));
    expect_file(text_of(envelope, "mediaURL"), "jpg", bytes, size);
    json_decref(envelope);
    free(bytes);
    bytes = stored_make(&size, "a.png", 2048, 8);
    envelope = store_image(stored_base64("", bytes, size));
    expect_file(text_of(envelope, "imageURL"), "png", bytes, size);
    json_decref(envelope);
    free(bytes);
}

static void an_upload_of_an_image_takes_nothing_else(void **state)
{
    (void)state;
    size_t size;
    char *bytes = stored_make(&size, "a.mp4", 64, 48);
    expect_error(store_image(stored_base64("", bytes, size)), "invalidImage", "is no image");
    expect_error(store(json_string(UUID_2)), "invalidMedia", "must be a URL");
    expect_error(store(json_string("no media")), "invalidMedia", "must be");
    expect_error(store(json_string("bm8gbWVkaWE=")), "invalidMedia", "no known media file");
    expect_error(store(json_integer(1)), "invalidMedia", "string");
    assert_int_equal(stored_count(), 0);
    free(bytes);
}

static int setup_small(void **state)
{
    stored_limits = (reel_media_limits)REEL_MEDIA_LIMITS_INIT;
    stored_limits.image_bytes = 400;
    stored_limits.film_bytes = 200000;
    stored_limits.sound_bytes = 1000;
    stored_limits.key_bytes = 120000;
    return stored_setup(state);
}

static void bytes_are_bounded_by_kind_and_by_key(void **state)
{
    (void)state;
    size_t size;
    char *bytes = stored_make(&size, "a.jpg", 200, 200);
    assert_true(size > 400);
    expect_error(store(stored_base64("", bytes, size)), "valueTooLarge", "more than 400 bytes");
    free(bytes);
    bytes = calloc(1, 300000);
    expect_error(store(stored_base64("", bytes, 300000)), "valueTooLarge",
                 "more than 200000 bytes");
    receiver_answer(there, 200, NULL, bytes, 300000);
    expect_error(store(json_string(receiver_url(there, "/"))), "valueTooLarge",
                 "more than 200000 bytes");
    free(bytes);
    int stored = 0;
    bytes = stored_make(&size, "a.mp4", 64, 48);
    for (size_t all = 0; all + size <= 120000; all += size, stored++) {
        json_t *envelope = store(stored_base64("", bytes, size));
        assert_int_equal(http_status, 200);
        json_decref(envelope);
    }
    assert_true(stored > 0);
    expect_error(store(stored_base64("", bytes, size)), "mediaQuotaExceeded", "120000 bytes");
    assert_int_equal(stored_count(), stored);
    free(bytes);
}

static void what_is_stored_is_deleted_by_its_owner(void **state)
{
    (void)state;
    size_t size;
    char *bytes = stored_make(&size, "a.png", 16, 16), uuid[REEL_UUID_SIZE];
    json_t *envelope = store(stored_base64("", bytes, size));
    snprintf(uuid, sizeof uuid, "%s", text_of(envelope, "mediaUUID"));
    json_decref(envelope);
    assert_int_equal(reel_media_delete(library, uuid, 7), REEL_ERR_NOT_FOUND);
    assert_int_equal(stored_count(), 1);
    for (int i = 0; i < 2; i++) {
        envelope = spoken_send(json_pack("{s:s, s:s, s:s, s:s}", "taskType", "mediaStorage",
                                         "taskUUID", UUID, "operation", "delete", "media", uuid),
                               &http_status);
        if (i == 0) {
            assert_string_equal(text_of(envelope, "mediaUUID"), uuid);
            assert_string_equal(text_of(envelope, "operation"), "delete");
            json_decref(envelope);
        } else {
            expect_error(envelope, "mediaNotFound", "no such media");
        }
        assert_int_equal(stored_count(), 0);
    }
    free(bytes);
}

static void what_nobody_uses_goes_after_its_time(void **state)
{
    (void)state;
    size_t size;
    reel_media media;
    char *bytes = stored_make(&size, "a.png", 16, 16), uuid[REEL_UUID_SIZE];
    json_t *envelope = store(stored_base64("", bytes, size));
    snprintf(uuid, sizeof uuid, "%s", text_of(envelope, "mediaUUID"));
    json_decref(envelope);
    json_decref(store(stored_base64("", bytes, size)));
    int64_t month = (int64_t)30 * 24 * 3600 * 1000;
    stored_now_ms += month;
    assert_int_equal(reel_media_sweep(library), REEL_OK);
    assert_int_equal(stored_count(), 2);
    assert_int_equal(reel_media_use(&media, library, uuid, REEL_KEY_OPEN), REEL_OK);
    assert_int_equal(media.width, 16);
    stored_now_ms += 1;
    assert_int_equal(reel_media_sweep(library), REEL_OK);
    assert_int_equal(stored_count(), 1);
    stored_now_ms += month;
    assert_int_equal(reel_media_sweep(library), REEL_OK);
    assert_int_equal(stored_count(), 0);
    assert_int_equal(reel_media_use(&media, library, uuid, REEL_KEY_OPEN), REEL_ERR_NOT_FOUND);
    free(bytes);
}

static void a_library_that_stops_takes_nothing_more(void **state)
{
    (void)state;
    size_t size;
    char *bytes = stored_make(&size, "a.png", 16, 16);
    reel_media_stop(library);
    json_t *envelope = store(stored_base64("", bytes, size));
    assert_int_equal(http_status, 503);
    json_decref(envelope);
    free(bytes);
}

/* Cut, overwritten and mixed up: each is stored whole or refused in one line, and leaves nothing
 * behind; the next good file is taken as ever. */
static void five_hundred_damaged_files_end_in_clean_errors(void **state)
{
    (void)state;
    static const char *const names[] = { "a.png", "a.jpg", "a.mp4", "a.webm", "a.wav" };
    reel_rng rng = reel_rng_at(3, 9);
    int stored = 0, refused = 0;
    char *whole[5];
    size_t sizes[5];
    for (int i = 0; i < 5; i++) {
        whole[i] = stored_make(&sizes[i], names[i], 48, 32);
    }
    for (int i = 0; i < 500; i++) {
        size_t size = sizes[i % 5];
        char *bytes = malloc(size);
        int last = (int)size - 1;
        assert_non_null(bytes);
        memcpy(bytes, whole[i % 5], size);
        if (i / 5 % 3 == 0) {
            size = (size_t)reel_rng_below(&rng, last) + 1;
        } else {
            int span = i / 5 % 3 == 1 ? last : last < 200 ? last : 200;
            for (int k = 0; k < 1 + i % 16; k++) {
                bytes[reel_rng_below(&rng, span)] = (char)reel_rng_u32(&rng);
            }
        }
        json_t *envelope = store(stored_base64("", bytes, size));
        if (http_status == 200) {
            stored++;
            json_decref(envelope);
        } else {
            const char *message =
                json_string_value(json_object_get(spoken_error(envelope), "message"));
            assert_null(strchr(message, '\n'));
            assert_null(strstr(message, scratch_dir));
            refused++;
            expect_error(envelope, "invalidMedia", "the file: ");
        }
        free(bytes);
    }
    assert_int_equal(stored_count(), stored);
    assert_true(refused > 250);
    json_decref(store(stored_base64("", whole[2], sizes[2])));
    assert_int_equal(http_status, 200);
    for (int i = 0; i < 5; i++) {
        free(whole[i]);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, stored_teardown)

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "intake") == 0) {
        return reel_intake_child();
    }
    const struct CMUnitTest tests[] = {
        TEST(films_images_and_sounds_are_stored_as_they_are),
        TEST(media_come_from_a_url),
        TEST(a_large_image_is_uploaded_with_sides_up_to_2048),
        TEST(an_upload_of_an_image_takes_nothing_else),
        cmocka_unit_test_setup_teardown(bytes_are_bounded_by_kind_and_by_key, setup_small,
                                        stored_teardown),
        TEST(what_is_stored_is_deleted_by_its_owner),
        TEST(what_nobody_uses_goes_after_its_time),
        TEST(a_library_that_stops_takes_nothing_more),
        TEST(five_hundred_damaged_files_end_in_clean_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
