/* Status names and the thread's message. */
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <string.h>

static void every_status_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int a = REEL_OK; a >= REEL_ERR_INTERNAL; a--) {
        assert_string_not_equal(reel_status_name((reel_status)a), "unknown");
        for (int b = a - 1; b >= REEL_ERR_INTERNAL; b--) {
            assert_string_not_equal(reel_status_name((reel_status)a),
                                    reel_status_name((reel_status)b));
        }
    }
    assert_string_equal(reel_status_name((reel_status)-99), "unknown");
}

static void a_failure_keeps_its_code_and_its_text(void **state)
{
    (void)state;
    assert_int_equal(REEL_FAIL(REEL_ERR_SHAPE, "w is %d, expected %d", 7, 8), REEL_ERR_SHAPE);
    assert_string_equal(reel_error_message(), "w is 7, expected 8");
}

static void the_place_is_put_in_front_on_the_way_up(void **state)
{
    (void)state;
    reel_status status = REEL_FAIL(REEL_ERR_FORMAT, "no audio track");
    status = reel_fail_in(status, "%s", "clip.mp4");
    assert_int_equal(status, REEL_ERR_FORMAT);
    assert_string_equal(reel_error_message(), "clip.mp4: no audio track");
}

static void a_message_may_quote_the_message_before_it(void **state)
{
    (void)state;
    REEL_FAIL(REEL_ERR_IO, "inner");
    REEL_FAIL(REEL_ERR_IO, "outer (%s)", reel_error_message());
    assert_string_equal(reel_error_message(), "outer (inner)");
}

static void a_message_is_one_line_whatever_it_quotes(void **state)
{
    (void)state;
    REEL_FAIL(REEL_ERR_FORMAT, "prompt is \"%s\"", "a\nb\x1b[31m\tc\x7f");
    assert_string_equal(reel_error_message(), "prompt is \"a b [31m c \"");
}

static void a_message_longer_than_its_room_is_cut(void **state)
{
    (void)state;
    char text[5000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    REEL_FAIL(REEL_ERR_FORMAT, "%s", text);
    assert_in_range(strlen(reel_error_message()), 512, 4096);
    reel_fail_in(REEL_ERR_FORMAT, "%s", text);
    assert_in_range(strlen(reel_error_message()), 512, 4096);
}

static void *fail_elsewhere(void *out)
{
    REEL_FAIL(REEL_ERR_IO, "of the other thread");
    strcpy(out, reel_error_message());
    return NULL;
}

static void the_message_belongs_to_the_thread(void **state)
{
    (void)state;
    char theirs[64] = "";
    pthread_t thread;
    REEL_FAIL(REEL_ERR_IO, "of this thread");
    assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, theirs), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_string_equal(theirs, "of the other thread");
    assert_string_equal(reel_error_message(), "of this thread");
}

static reel_status first_of_two(int *reached)
{
    REEL_TRY(REEL_FAIL(REEL_ERR_MEMORY, "first"));
    *reached = 1;
    return REEL_OK;
}

static reel_status with_cleanup(reel_status inner, int *cleaned)
{
    reel_status status = REEL_OK;
    REEL_TRY_OR_DONE(inner);
    *cleaned += 10;
done:
    *cleaned += 1;
    return status;
}

static void try_returns_at_the_first_failure(void **state)
{
    (void)state;
    int reached = 0, cleaned = 0;
    assert_int_equal(first_of_two(&reached), REEL_ERR_MEMORY);
    assert_int_equal(reached, 0);
    assert_int_equal(with_cleanup(REEL_ERR_IO, &cleaned), REEL_ERR_IO);
    assert_int_equal(cleaned, 1);
    assert_int_equal(with_cleanup(REEL_OK, &cleaned), REEL_OK);
    assert_int_equal(cleaned, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_name_of_its_own),
        cmocka_unit_test(a_failure_keeps_its_code_and_its_text),
        cmocka_unit_test(the_place_is_put_in_front_on_the_way_up),
        cmocka_unit_test(a_message_may_quote_the_message_before_it),
        cmocka_unit_test(a_message_is_one_line_whatever_it_quotes),
        cmocka_unit_test(a_message_longer_than_its_room_is_cut),
        cmocka_unit_test(the_message_belongs_to_the_thread),
        cmocka_unit_test(try_returns_at_the_first_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
