/* Parts of files, names of files, handshakes, addresses: the small texts of the transport. */
#include "server/files.h"
#include "server/listener.h"
#include "server/websocket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    const char *header;
    uint64_t size;
    reel_range_kind kind;
    uint64_t first, count;
} range_case;

static void ranges_are_read_as_rfc_9110_says(void **state)
{
    (void)state;
    static const range_case cases[] = {
        { NULL, 100, REEL_RANGE_WHOLE, 0, 100 },
        { "bytes=0-9", 100, REEL_RANGE_PART, 0, 10 },
        { "bytes=0-0", 100, REEL_RANGE_PART, 0, 1 },
        { "bytes=90-", 100, REEL_RANGE_PART, 90, 10 },
        { "bytes=90-1000", 100, REEL_RANGE_PART, 90, 10 },
        { "bytes=99-99", 100, REEL_RANGE_PART, 99, 1 },
        { "bytes=-1", 100, REEL_RANGE_PART, 99, 1 },
        { "bytes=-1000", 100, REEL_RANGE_PART, 0, 100 },
        { "bytes=100-", 100, REEL_RANGE_IMPOSSIBLE, 0, 100 },
        { "bytes=-0", 100, REEL_RANGE_IMPOSSIBLE, 0, 100 },
        { "bytes=0-", 0, REEL_RANGE_IMPOSSIBLE, 0, 0 },
        { "bytes=-5", 0, REEL_RANGE_IMPOSSIBLE, 0, 0 },
        { "bytes=9-0", 100, REEL_RANGE_WHOLE, 0, 100 },
        { "bytes=-", 100, REEL_RANGE_WHOLE, 0, 100 },
        { "bytes=", 100, REEL_RANGE_WHOLE, 0, 100 },
        { "bytes=0-1,5-6", 100, REEL_RANGE_WHOLE, 0, 100 },
        { "bytes=1 - 2", 100, REEL_RANGE_WHOLE, 0, 100 },
        { "bytes=0-99999999999999999999", 100, REEL_RANGE_WHOLE, 0, 100 },
        { "items=0-9", 100, REEL_RANGE_WHOLE, 0, 100 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t first, count;
        const range_case *c = &cases[i];
        assert_int_equal(reel_range_parse(&first, &count, c->header, c->size), c->kind);
        assert_int_equal(first, c->first);
        assert_int_equal(count, c->count);
    }
}

static void only_uuids_name_films(void **state)
{
    (void)state;
    assert_true(reel_file_name_is_valid("24cd5dff-cb81-4db5-8506-b72a9425f9d1.mp4"));
    assert_true(reel_file_name_is_valid("24cd5dff-cb81-4db5-8506-b72a9425f9d1.webm"));
    assert_true(reel_file_name_is_valid("24cd5dff-cb81-4db5-8506-b72a9425f9d1.mov"));
    static const char *const bad[] = {
        "",
        "24cd5dff-cb81-4db5-8506-b72a9425f9d1",
        "24cd5dff-cb81-4db5-8506-b72a9425f9d1.mp4.tmp-1",
        "24CD5DFF-cb81-4db5-8506-b72a9425f9d1.mp4",
        "24cd5dff-cb81-4db5-8506-b72a9425f9d1xmp4",
        "../../../../../../../../../../../../pass",
        "24cd5dff/cb81-4db5-8506-b72a9425f9d1.mp4",
        "tasks.sqlite",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(reel_file_name_is_valid(bad[i]));
    }
}

static void the_handshake_answers_the_example_of_rfc_6455(void **state)
{
    (void)state;
    char accept[REEL_WEBSOCKET_ACCEPT_SIZE];
    reel_websocket_accept(accept, "dGhlIHNhbXBsZSBub25jZQ==");
    assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

static void a_listener_finds_a_free_port_and_meets_a_taken_one(void **state)
{
    (void)state;
    char host[REEL_HOST_SIZE], text[REEL_HOST_SIZE + 16];
    int fd, again, port;
    assert_int_equal(reel_listener_open(&fd, host, &port, "127.0.0.1:0"), REEL_OK);
    assert_string_equal(host, "127.0.0.1");
    assert_true(port > 0);
    snprintf(text, sizeof text, "%s:%d", host, port);
    assert_int_equal(reel_listener_open(&again, host, &port, text), REEL_ERR_IO);
    assert_int_equal(again, -1);
    close(fd);
}

static void an_address_without_sense_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = { "",         "8080",           "127.0.0.1", "127.0.0.1:",
                                       "::1:8080", "127.0.0.1:http", "1:2:3",     ":-1" };
    char host[REEL_HOST_SIZE];
    int fd, port;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(reel_listener_open(&fd, host, &port, bad[i]), REEL_ERR_INVALID);
        assert_non_null(strstr(reel_error_message(), "listen: "));
    }
    assert_true(reel_host_is_local("127.0.0.1") && reel_host_is_local("[::1]"));
    assert_false(reel_host_is_local("0.0.0.0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_read_as_rfc_9110_says),
        cmocka_unit_test(only_uuids_name_films),
        cmocka_unit_test(the_handshake_answers_the_example_of_rfc_6455),
        cmocka_unit_test(a_listener_finds_a_free_port_and_meets_a_taken_one),
        cmocka_unit_test(an_address_without_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
