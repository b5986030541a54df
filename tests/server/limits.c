/* Requests per second: what comes at once, what comes too soon, what is nobody's. */
#include "server/limits.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scratch.h"

/* printf %s abc | sha256sum, and of nothing */
#define ABC   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static double now;

static double read_clock(void)
{
    return now;
}

typedef struct {
    reel_auth *auth;
    reel_limits *limits;
    int64_t ours, theirs;
} fixture;

static fixture open_limits(const char *keys, double usual)
{
    fixture f;
    reel_key_limits limits = { .requests_per_second = usual, .tasks_queued = 5 };
    assert_int_equal(reel_file_write(scratch_path("keys"), keys, strlen(keys)), REEL_OK);
    assert_int_equal(reel_auth_open(&f.auth, scratch_path("keys")), REEL_OK);
    assert_int_equal(reel_limits_open(&f.limits, f.auth, &limits, read_clock), REEL_OK);
    f.ours = reel_auth_check(f.auth, "abc", 3);
    f.theirs = reel_auth_check(f.auth, "", 0);
    now = 1000;
    return f;
}

static void close_limits(const fixture *f)
{
    reel_limits_close(f->limits);
    reel_auth_close(f->auth);
}

static void a_second_s_worth_may_come_at_once_and_then_one_by_one(void **state)
{
    (void)state;
    fixture f = open_limits(ABC " a\n" EMPTY " b\n", 2);
    assert_int_equal(reel_limits_take(f.limits, f.ours), 0);
    assert_int_equal(reel_limits_take(f.limits, f.ours), 0);
    assert_int_equal(reel_limits_take(f.limits, f.ours), 1);
    assert_int_equal(reel_limits_take(f.limits, f.theirs), 0); /* a bucket of its own */
    now += 0.5;
    assert_int_equal(reel_limits_take(f.limits, f.ours), 0);
    assert_int_equal(reel_limits_take(f.limits, f.ours), 1);
    now += 3600;
    assert_int_equal(reel_limits_take(f.limits, f.ours), 0);
    assert_int_equal(reel_limits_take(f.limits, f.ours), 0);
    assert_int_equal(reel_limits_take(f.limits, f.ours), 1); /* an hour saves up no more */
    close_limits(&f);
}

static void less_than_one_a_second_waits_longer(void **state)
{
    (void)state;
    fixture f = open_limits(ABC " a requests=0.1\n", 0);
    assert_int_equal(reel_limits_take(f.limits, f.ours), 0);
    assert_int_equal(reel_limits_take(f.limits, f.ours), 10);
    now += 9;
    assert_int_equal(reel_limits_take(f.limits, f.ours), 1);
    now += 1;
    assert_int_equal(reel_limits_take(f.limits, f.ours), 0);
    close_limits(&f);
}

static void the_file_wins_over_what_is_usual(void **state)
{
    (void)state;
    fixture f = open_limits(ABC " a requests=0 tasks=9\n" EMPTY " b\n", 1);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(reel_limits_take(f.limits, f.ours), 0);
    }
    assert_int_equal(reel_limits_take(f.limits, f.theirs), 0);
    assert_int_not_equal(reel_limits_take(f.limits, f.theirs), 0);
    assert_int_equal(reel_limits_depth(f.limits, f.ours), 9);
    assert_int_equal(reel_limits_depth(f.limits, f.theirs), 5);
    close_limits(&f);
}

static void strangers_and_servers_without_limits_take_nothing(void **state)
{
    (void)state;
    fixture f = open_limits(ABC " a\n", 1);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(reel_limits_take(f.limits, REEL_KEY_NONE), 0);
        assert_int_equal(reel_limits_take(NULL, f.ours), 0);
    }
    close_limits(&f);
}

static void everybody_on_an_open_server_shares_one_bucket(void **state)
{
    (void)state;
    reel_auth *auth;
    reel_limits *limits;
    reel_key_limits usual = { .requests_per_second = 1, .tasks_queued = 5 };
    assert_int_equal(reel_auth_open(&auth, NULL), REEL_OK);
    assert_int_equal(reel_limits_open(&limits, auth, &usual, read_clock), REEL_OK);
    assert_int_equal(reel_limits_take(limits, REEL_KEY_OPEN), 0);
    assert_int_equal(reel_limits_take(limits, REEL_KEY_OPEN), 1);
    assert_int_equal(reel_limits_depth(limits, REEL_KEY_OPEN), 5);
    reel_limits_close(limits);
    reel_auth_close(auth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_s_worth_may_come_at_once_and_then_one_by_one),
        cmocka_unit_test(less_than_one_a_second_waits_longer),
        cmocka_unit_test(the_file_wins_over_what_is_usual),
        cmocka_unit_test(strangers_and_servers_without_limits_take_nothing),
        cmocka_unit_test(everybody_on_an_open_server_shares_one_bucket),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
