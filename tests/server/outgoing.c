/* Requests to others against a real server: what is sent, what is taken, where it may not go. */
#include "server/outgoing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scratch.h"
#include "server/receiver.h"

static receiver *there;
static reel_networks this_host, nowhere;

static int setup(void **state)
{
    there = receiver_open();
    return scratch_setup(state) == 0 && reel_outgoing_init() == REEL_OK &&
                   reel_networks_parse(&this_host, "127.0.0.1") == REEL_OK
               ? 0
               : -1;
}

static int teardown(void **state)
{
    receiver_close(there);
    reel_outgoing_deinit();
    return scratch_teardown(state);
}

/* Fetch into memory. */
static reel_status get(reel_str *reply, const char *url, int redirects, int64_t limit)
{
    reel_str_clear(reply);
    reel_outgoing request = { .url = url,
                              .allowed = &this_host,
                              .seconds = 20,
                              .redirects = redirects,
                              .reply = reply,
                              .reply_limit = limit };
    return reel_outgoing_send(&request);
}

static void a_reply_is_taken_up_to_its_limit(void **state)
{
    (void)state;
    static char body[100000];
    memset(body, 'x', sizeof body);
    reel_str reply;
    reel_str_init(&reply, 1 << 20);
    receiver_answer(there, 200, NULL, body, sizeof body);
    assert_int_equal(get(&reply, receiver_url(there, "/a"), 0, sizeof body), REEL_OK);
    assert_int_equal(reply.length, sizeof body);
    assert_int_equal(get(&reply, receiver_url(there, "/a"), 0, sizeof body - 1), REEL_ERR_FORMAT);
    assert_string_equal(reel_error_message(), "it holds more than 99999 bytes");
    receiver_answer(there, 404, NULL, "no", 2);
    assert_int_equal(get(&reply, receiver_url(there, "/a?secret=1"), 0, 10), REEL_ERR_IO);
    assert_string_equal(reel_error_message(), "it answered with status 404");
    assert_int_equal(reply.length, 0);
    reel_str_deinit(&reply);
}

static void a_reply_goes_into_a_file(void **state)
{
    (void)state;
    char back[8] = "";
    int file = open(scratch_path("reply"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    receiver_answer(there, 200, NULL, "bytes", 5);
    reel_outgoing request = { .url = receiver_url(there, "/a"),
                              .allowed = &this_host,
                              .seconds = 20,
                              .saves_reply = 1,
                              .reply_file = file,
                              .reply_limit = 5 };
    assert_int_equal(reel_outgoing_send(&request), REEL_OK);
    assert_int_equal(pread(file, back, sizeof back, 0), 5);
    assert_memory_equal(back, "bytes", 5);
    close(file);
}

static void a_post_and_a_put_carry_nothing_but_what_they_must(void **state)
{
    (void)state;
    receiver_answer(there, 204, NULL, NULL, 0);
    int first = receiver_count(there);
    reel_outgoing post = { .url = receiver_url(there, "/hook"),
                           .allowed = &this_host,
                           .seconds = 20,
                           .content_type = "application/json",
                           .header = "X-Signature: sha256=00",
                           .body = "{}",
                           .body_size = 2 };
    assert_int_equal(reel_outgoing_send(&post), REEL_OK);
    const received *got = receiver_get(there, first);
    assert_string_equal(got->method, "POST");
    assert_string_equal(got->body, "{}");
    assert_non_null(strstr(got->headers, "Content-Type: application/json\n"));
    assert_non_null(strstr(got->headers, "X-Signature: sha256=00\n"));

    enum { SIZE = 3 << 20 };
    char *film = calloc(1, SIZE);
    int file = open(scratch_path("film"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(file, film, SIZE), SIZE);
    lseek(file, 0, SEEK_SET);
    reel_outgoing put = { .url = receiver_url(there, "/film"),
                          .allowed = &this_host,
                          .seconds = 20,
                          .content_type = "video/mp4",
                          .puts_file = 1,
                          .file = file,
                          .file_size = SIZE };
    assert_int_equal(reel_outgoing_send(&put), REEL_OK);
    got = receiver_get(there, first + 1);
    char headers[256];
    snprintf(headers, sizeof headers, "Host: %.40s\nContent-Type: video/mp4\nContent-Length: %d\n",
             strstr(receiver_url(there, ""), "127"), SIZE);
    assert_string_equal(got->method, "PUT");
    assert_string_equal(got->headers, headers);
    assert_int_equal(got->size, SIZE);
    close(file);
    free(film);
}

static void addresses_that_are_not_public_are_never_connected(void **state)
{
    (void)state;
    char url[64];
    int before = receiver_count(there);
    const char *port = strrchr(receiver_url(there, ""), ':') + 1;
    static const char *const hosts[] = {
        "127.0.0.1",       "localhost",  "0.0.0.0",   "127.1", "2130706433",
        "017700000001",    "0x7f000001", "0x7f.1",    "[::1]", "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]", "[::]",       "LOCALHOST",
    };
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        snprintf(url, sizeof url, "http://%s:%s/", hosts[i], port);
        reel_outgoing request = { .url = url, .allowed = &nowhere, .seconds = 20 };
        if (reel_outgoing_send(&request) != REEL_ERR_INVALID) {
            fail_msg("%s: %s", url, reel_error_message());
        }
        assert_string_equal(reel_error_message(), "its address is not public");
    }
    assert_int_equal(receiver_count(there), before);
}

static void a_redirect_is_judged_like_any_address(void **state)
{
    (void)state;
    char location[128];
    reel_str reply;
    reel_str_init(&reply, 1000);
    const char *port = strrchr(receiver_url(there, ""), ':') + 1;
    snprintf(location, sizeof location, "Location: http://127.0.0.2:%s/inner", port);
    receiver_answer(there, 302, location, NULL, 0);
    int before = receiver_count(there);
    assert_int_equal(get(&reply, receiver_url(there, "/outer"), 3, 100), REEL_ERR_INVALID);
    assert_string_equal(reel_error_message(), "its address is not public");
    assert_int_equal(receiver_count(there), before + 1);
    receiver_answer(there, 302, "Location: file:///etc/passwd", NULL, 0);
    assert_int_equal(get(&reply, receiver_url(there, "/outer"), 3, 100), REEL_ERR_INVALID);
    assert_int_equal(reply.length, 0);
    snprintf(location, sizeof location, "Location: %s", receiver_url(there, "/round"));
    receiver_answer(there, 302, location, NULL, 0);
    before = receiver_count(there);
    assert_int_equal(get(&reply, receiver_url(there, "/round"), 3, 100), REEL_ERR_IO);
    assert_int_equal(receiver_count(there), before + 4);
    assert_int_equal(get(&reply, receiver_url(there, "/round"), 0, 100), REEL_ERR_IO);
    assert_string_equal(reel_error_message(), "it answered with status 302");
    assert_int_equal(receiver_count(there), before + 5);
    reel_str_deinit(&reply);
}

/* A name is innocent when it is checked and points here when the connection is made. */
static void a_name_that_turns_to_a_private_address_is_refused_at_the_socket(void **state)
{
    (void)state;
    char url[64];
    FILE *aliases = fopen(scratch_path("aliases"), "w");
    fputs("rebound localhost\n", aliases);
    fclose(aliases);
    setenv("HOSTALIASES", scratch_path("aliases"), 1);
    int before = receiver_count(there);
    snprintf(url, sizeof url, "http://rebound:%s/", strrchr(receiver_url(there, ""), ':') + 1);
    assert_int_equal(reel_outgoing_check_url(url, &nowhere), REEL_OK);
    reel_outgoing request = { .url = url, .allowed = &nowhere, .seconds = 20 };
    assert_true(reel_outgoing_send(&request) < 0);
    assert_int_equal(receiver_count(there), before);
    unsetenv("HOSTALIASES");
}

static void a_proxy_of_the_environment_is_not_used(void **state)
{
    (void)state;
    reel_str reply;
    reel_str_init(&reply, 1000);
    setenv("http_proxy", receiver_url(there, ""), 1);
    int before = receiver_count(there);
    assert_true(get(&reply, "http://127.0.0.3:1/", 0, 100) == REEL_ERR_INVALID);
    assert_int_equal(receiver_count(there), before);
    unsetenv("http_proxy");
    reel_str_deinit(&reply);
}

static void only_urls_of_the_web_are_meant(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "file:///etc/passwd",
        "ftp://example.com/a",
        "gopher://example.com",
        "http://",
        "//example.com",
        "http://10.0.0.1/",
        "http://[fe80::1]/",
        "http://169.254.169.254/latest",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "http://[::ffff:10.0.0.1]:80/",
        "http://user:pw@127.0.0.1/",
        "http://127.0.0.1#@example.com/",
        "javascript:alert(1)",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (reel_outgoing_check_url(bad[i], &nowhere) != REEL_ERR_INVALID) {
            fail_msg("%s is allowed", bad[i]);
        }
    }
    assert_int_equal(reel_outgoing_check_url("https://example.com/a?b=c", &nowhere), REEL_OK);
    assert_int_equal(reel_outgoing_check_url("HTTP://8.8.8.8:8080/", &nowhere), REEL_OK);
    assert_int_equal(reel_outgoing_check_url("http://127.0.0.1/", &this_host), REEL_OK);
    reel_outgoing request = { .url = "file:///etc/passwd", .seconds = 5 };
    assert_int_equal(reel_outgoing_send(&request), REEL_ERR_INVALID);
}

static int stop(void *user)
{
    ++*(int *)user;
    return 1;
}

static void a_request_stops_when_it_is_told_to(void **state)
{
    (void)state;
    int asked = 0;
    receiver_answer(there, 200, NULL, "x", 1);
    reel_outgoing request = { .url = receiver_url(there, "/"),
                              .allowed = &this_host,
                              .seconds = 20,
                              .is_stopped = stop,
                              .user = &asked };
    assert_int_equal(reel_outgoing_send(&request), REEL_ERR_CANCELLED);
    assert_true(asked > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reply_is_taken_up_to_its_limit),
        cmocka_unit_test(a_reply_goes_into_a_file),
        cmocka_unit_test(a_post_and_a_put_carry_nothing_but_what_they_must),
        cmocka_unit_test(addresses_that_are_not_public_are_never_connected),
        cmocka_unit_test(a_redirect_is_judged_like_any_address),
        cmocka_unit_test(a_name_that_turns_to_a_private_address_is_refused_at_the_socket),
        cmocka_unit_test(a_proxy_of_the_environment_is_not_used),
        cmocka_unit_test(only_urls_of_the_web_are_meant),
        cmocka_unit_test(a_request_stops_when_it_is_told_to),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
