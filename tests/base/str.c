/* Growing strings and UTF-8. */
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static void text_is_terminated_from_the_beginning(void **state)
{
    (void)state;
    reel_str s;
    reel_str_init(&s, 10);
    assert_string_equal(s.text, "");
    reel_str_clear(&s);
    reel_str_append(&s, "");
    assert_string_equal(s.text, "");
    reel_str_deinit(&s);
    assert_string_equal(s.text, "");
}

static void appending_joins_text_bytes_and_formats(void **state)
{
    (void)state;
    reel_str s;
    reel_str_init(&s, 1000);
    reel_str_append(&s, "one");
    reel_str_append_bytes(&s, ", two!", 5);
    reel_str_printf(&s, ", %d", 3);
    assert_string_equal(s.text, "one, two, 3");
    assert_int_equal(s.length, 11);
    reel_str_clear(&s);
    assert_string_equal(s.text, "");
    reel_str_printf(&s, "%0200d", 7);
    assert_int_equal(s.length, 200);
    assert_int_equal(s.status, REEL_OK);
    reel_str_deinit(&s);
}

static void the_limit_is_kept_to_the_byte(void **state)
{
    (void)state;
    reel_str s;
    reel_str_init(&s, 5);
    reel_str_append(&s, "12345");
    assert_int_equal(s.status, REEL_OK);
    reel_str_append(&s, "6");
    assert_int_equal(s.status, REEL_ERR_MEMORY);
    assert_string_equal(s.text, "12345");
    assert_string_equal(reel_error_message(), "text is over its limit of 5 bytes");
    reel_str_deinit(&s);
}

static void past_the_limit_nothing_is_appended_any_more(void **state)
{
    (void)state;
    reel_str s;
    reel_str_init(&s, 5);
    reel_str_append(&s, "123");
    reel_str_printf(&s, "%s", "456");
    reel_str_append(&s, "4");
    assert_string_equal(s.text, "123");
    assert_int_equal(s.status, REEL_ERR_MEMORY);
    reel_str_deinit(&s);
}

static void well_formed_utf8_is_accepted(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "plain",
        "\xC2\x80",
        "\xC3\xA9",
        "\xE0\xA0\x80",
        "\xED\x9F\xBF",
        "\xEE\x80\x80",
        "\xEF\xBF\xBD",
        "\xF0\x90\x80\x80",
        "\xF4\x8F\xBF\xBF",
        "a\xE7\x90\x83 b",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_true(reel_utf8_is_valid(texts[i], strlen(texts[i])));
    }
}

static void ill_formed_utf8_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
    } cases[] = {
        { "\x80", 1 },             /* a continuation without a lead */
        { "\xC0\x80", 2 },         /* overlong */
        { "\xC1\xBF", 2 },         /* overlong */
        { "\xE0\x9F\xBF", 3 },     /* overlong */
        { "\xF0\x8F\xBF\xBF", 4 }, /* overlong */
        { "\xED\xA0\x80", 3 },     /* a surrogate */
        { "\xF4\x90\x80\x80", 4 }, /* above U+10FFFF */
        { "\xF5\x80\x80\x80", 4 }, /* no such lead */
        { "\xFF", 1 },             /* no such lead */
        { "\xC3", 1 },             /* cut short */
        { "\xE7\x90", 2 },         /* cut short */
        { "\xF0\x90\x80", 3 },     /* cut short */
        { "\xE7\x90\x41", 3 },     /* a letter inside */
        { "\xC3\xC3", 2 },         /* a lead inside */
        { "a\0b", 3 },             /* NUL */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_false(reel_utf8_is_valid(cases[i].bytes, cases[i].length));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_terminated_from_the_beginning),
        cmocka_unit_test(appending_joins_text_bytes_and_formats),
        cmocka_unit_test(the_limit_is_kept_to_the_byte),
        cmocka_unit_test(past_the_limit_nothing_is_appended_any_more),
        cmocka_unit_test(well_formed_utf8_is_accepted),
        cmocka_unit_test(ill_formed_utf8_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
