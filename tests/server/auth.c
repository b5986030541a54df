/* Keys: which are known, whose id they give, which files are refused. */
#include "server/auth.h"

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

static reel_status open_text(reel_auth **out, const char *text)
{
    assert_int_equal(reel_file_write(scratch_path("keys"), text, strlen(text)), REEL_OK);
    return reel_auth_open(out, scratch_path("keys"));
}

static void a_known_key_has_an_id_and_another_has_none(void **state)
{
    (void)state;
    reel_auth *auth;
    assert_int_equal(open_text(&auth, "# keys\n\n  " ABC "  mine\r\n"), REEL_OK);
    assert_false(reel_auth_is_open(auth));
    assert_true(reel_auth_check(auth, "abc", 3) > 0);
    assert_int_equal(reel_auth_check(auth, "abd", 3), REEL_KEY_WRONG);
    assert_int_equal(reel_auth_check(auth, "abc\n", 4), REEL_KEY_WRONG);
    assert_int_equal(reel_auth_check(auth, "ab", 2), REEL_KEY_WRONG);
    assert_int_equal(reel_auth_check(auth, "", 0), REEL_KEY_WRONG);
    reel_auth_close(auth);
}

static void the_id_of_a_key_does_not_depend_on_its_line(void **state)
{
    (void)state;
    reel_auth *alone, *second;
    assert_int_equal(open_text(&alone, ABC), REEL_OK);
    assert_int_equal(open_text(&second, EMPTY " other\n" ABC " mine\n"), REEL_OK);
    int64_t id = reel_auth_check(alone, "abc", 3);
    assert_true(id == reel_auth_check(second, "abc", 3));
    assert_true(id != reel_auth_check(second, "", 0));
    reel_auth_close(alone);
    reel_auth_close(second);
}

static void without_a_file_everybody_is_the_same_caller(void **state)
{
    (void)state;
    reel_auth *auth;
    assert_int_equal(reel_auth_open(&auth, NULL), REEL_OK);
    assert_true(reel_auth_is_open(auth));
    assert_int_equal(reel_auth_check(auth, "anything", 8), REEL_KEY_OPEN);
    reel_auth_close(auth);
}

static void a_bad_file_is_refused_with_the_line(void **state)
{
    (void)state;
    static const char *const bad[] = {
        ABC "\nsecret-key mine\n",   /* a key instead of its hash */
        ABC "\n" ABC "0 too long\n", /* one digit more */
        ABC "\nba7816bf\n",
        ABC "\nza7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n",
    };
    reel_auth *auth;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(open_text(&auth, bad[i]), REEL_ERR_FORMAT);
        assert_null(auth);
        assert_non_null(strstr(reel_error_message(), "line 2"));
        assert_null(strstr(reel_error_message(), "secret-key"));
    }
    assert_int_equal(open_text(&auth, "# nobody\n"), REEL_ERR_FORMAT);
    assert_int_equal(reel_auth_open(&auth, scratch_path("absent")), REEL_ERR_NOT_FOUND);
}

static void a_line_may_say_what_its_key_may_ask_for(void **state)
{
    (void)state;
    reel_auth *auth;
    assert_int_equal(open_text(&auth, ABC " alice requests=2.5 tasks=7\n" EMPTY " bob\n"), REEL_OK);
    int64_t alice = reel_auth_check(auth, "abc", 3), bob = reel_auth_check(auth, "", 0);
    assert_int_equal(reel_auth_count(auth), 2);
    assert_string_equal(reel_auth_name(auth, alice), "alice");
    assert_string_equal(reel_auth_name(auth, bob), "bob");
    assert_string_equal(reel_auth_name(auth, REEL_KEY_NONE), "-");
    reel_key_limits limits = reel_auth_limits(auth, reel_auth_place(auth, alice));
    assert_true(limits.requests_per_second == 2.5);
    assert_int_equal(limits.tasks_queued, 7);
    limits = reel_auth_limits(auth, reel_auth_place(auth, bob));
    assert_true(limits.requests_per_second < 0 && limits.tasks_queued < 0);
    assert_int_equal(reel_auth_place(auth, alice + 1), -1);
    reel_auth_close(auth);
}

static void a_limit_without_sense_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = { " a requests=", " a requests=-1", " a requests=x",
                                       " a tasks=0",   " a tasks=1.5",   " a whatever",
                                       " a b",         " nam\xc3\xa9",   " a requests=1e7" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        reel_auth *auth;
        char text[256];
        snprintf(text, sizeof text, ABC "%s\n", bad[i]);
        assert_int_equal(open_text(&auth, text), REEL_ERR_FORMAT);
        assert_non_null(strstr(reel_error_message(), "line 1: "));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_known_key_has_an_id_and_another_has_none),
        cmocka_unit_test(the_id_of_a_key_does_not_depend_on_its_line),
        cmocka_unit_test(without_a_file_everybody_is_the_same_caller),
        cmocka_unit_test(a_bad_file_is_refused_with_the_line),
        cmocka_unit_test(a_line_may_say_what_its_key_may_ask_for),
        cmocka_unit_test(a_limit_without_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
