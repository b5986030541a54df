/* Finished films handed over by PUT, to a real receiver. */
#include "server/upload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "scratch.h"
#include "server/outgoing.h"
#include "server/receiver.h"

#define FILM "b7db282d-2943-4f12-992f-77df3ad3ec71"

enum { SIZE = 100000 };

static receiver *there;
static reel_networks this_host;
static char bytes[SIZE];

static int setup(void **state)
{
    for (int i = 0; i < SIZE; i++) {
        bytes[i] = (char)(i * 31 >> 3);
    }
    there = receiver_open();
    return scratch_setup(state) == 0 && reel_outgoing_init() == REEL_OK &&
                   reel_networks_parse(&this_host, "127.0.0.1") == REEL_OK &&
                   reel_file_write(scratch_path(FILM ".mp4"), bytes, SIZE) == REEL_OK &&
                   reel_file_write(scratch_path(FILM ".webm"), bytes, 10) == REEL_OK
               ? 0
               : -1;
}

static int teardown(void **state)
{
    receiver_close(there);
    reel_outgoing_deinit();
    return scratch_teardown(state);
}

static reel_upload upload_of(const char *ending)
{
    char name[64];
    snprintf(name, sizeof name, FILM "%s", ending);
    return (reel_upload){ .url = receiver_url(there, "/bucket/film?X-Signature=abc"),
                          .path = scratch_path(name),
                          .allowed = &this_host,
                          .attempts = 3,
                          .seconds = 60 };
}

static void a_film_is_put_with_its_length_and_type_and_nothing_else(void **state)
{
    (void)state;
    static const char *const endings[][2] = { { ".mp4", "video/mp4" }, { ".webm", "video/webm" } };
    for (int i = 0; i < 2; i++) {
        char headers[256];
        reel_upload upload = upload_of(endings[i][0]);
        assert_int_equal(reel_upload_film(&upload), REEL_OK);
        const received *got = receiver_get(there, i);
        snprintf(headers, sizeof headers, "Host: %.40s\nContent-Type: %s\nContent-Length: %d\n",
                 strstr(receiver_url(there, ""), "127"), endings[i][1], i == 0 ? SIZE : 10);
        assert_string_equal(got->method, "PUT");
        assert_string_equal(got->path, "/bucket/film");
        assert_string_equal(got->headers, headers);
        assert_int_equal(got->size, i == 0 ? SIZE : 10);
        assert_memory_equal(got->body, bytes, got->size);
    }
}

static void a_failed_upload_is_tried_again_from_the_start(void **state)
{
    (void)state;
    receiver_refuse(there, 1, 500);
    reel_upload upload = upload_of(".mp4");
    assert_int_equal(reel_upload_film(&upload), REEL_OK);
    assert_int_equal(receiver_count(there), 2);
    assert_int_equal(receiver_get(there, 1)->size, SIZE);
    assert_memory_equal(receiver_get(there, 1)->body, bytes, SIZE);
}

static void it_is_given_up_after_the_last_attempt(void **state)
{
    (void)state;
    receiver_refuse(there, 1000, 403);
    reel_upload upload = upload_of(".mp4");
    upload.attempts = 2;
    assert_int_equal(reel_upload_film(&upload), REEL_ERR_IO);
    assert_string_equal(reel_error_message(), "it answered with status 403");
    assert_int_equal(receiver_count(there), 2);
}

static void a_private_address_gets_nothing(void **state)
{
    (void)state;
    reel_networks nowhere = { 0 };
    reel_upload upload = upload_of(".mp4");
    upload.allowed = &nowhere;
    assert_int_equal(reel_upload_film(&upload), REEL_ERR_INVALID);
    assert_string_equal(reel_error_message(), "its address is not public");
    assert_int_equal(receiver_count(there), 0);
}

static int stop_after_three(void *user)
{
    return ++*(int *)user > 3;
}

static void it_stops_when_it_is_told_to(void **state)
{
    (void)state;
    int asked = 0;
    receiver_refuse(there, 1000, 500);
    reel_upload upload = upload_of(".mp4");
    upload.attempts = 1000;
    upload.is_stopped = stop_after_three;
    upload.user = &asked;
    assert_int_equal(reel_upload_film(&upload), REEL_ERR_CANCELLED);
    assert_true(receiver_count(there) < 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_film_is_put_with_its_length_and_type_and_nothing_else),
        TEST(a_failed_upload_is_tried_again_from_the_start),
        TEST(it_is_given_up_after_the_last_attempt),
        TEST(a_private_address_gets_nothing),
        TEST(it_stops_when_it_is_told_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
