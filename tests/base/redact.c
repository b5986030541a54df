/* What must not stand in a log does not; everything else stays as it was. */
#include "base/redact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define DIGITS_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void secrets_are_starred_and_the_rest_stays(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "", "" },
        { "task=24cd5dff-cb81-4db5-8506-b72a9425f9d1 event=done seconds=3.429",
          "task=24cd5dff-cb81-4db5-8506-b72a9425f9d1 event=done seconds=3.429" },
        { "body {\"apiKey\":\"abc-123\",\"x\":1}", "body {\"apiKey\":\"***\",\"x\":1}" },
        { "body {\\\"apiKey\\\": \\\"abc\\\"}", "body {\\\"apiKey\\\": \\\"***\\\"}" },
        { "apikey=abc def", "apikey=*** def" },
        { "Authorization: Bearer abc.def ok", "Authorization: Bearer *** ok" },
        { "POST https://u:p@example.com:80/a/b?token=1&x=2 failed",
          "POST https://example.com:80/a/b?*** failed" },
        { "\"http://example.com/#frag\"", "\"http://example.com/#***\"" },
        { "http://", "http://" },
        { "hash=" DIGITS_64, "hash=" DIGITS_64 },
        { "image=" DIGITS_64 DIGITS_64 "== end", "image=***== end" },
        { "two\nlines\tand\x7f"
          "bell",
          "two lines and bell" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[512];
        reel_redact(out, sizeof out, cases[i][0]);
        assert_string_equal(out, cases[i][1]);
    }
}

static void a_long_line_is_cut(void **state)
{
    (void)state;
    char out[8];
    reel_redact(out, sizeof out, "event=request");
    assert_string_equal(out, "event=r");
    reel_redact(out, 4, "http://example.com?x");
    assert_string_equal(out, "htt");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_are_starred_and_the_rest_stays),
        cmocka_unit_test(a_long_line_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
