/* Typed access to JSON: defaults, bounds, and errors that name the field. */
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scratch.h"

static json_t *parsed(const char *text)
{
    json_t *value;
    assert_int_equal(reel_json_parse(&value, text, strlen(text), "test"), REEL_OK);
    return value;
}

static void only_one_whole_object_is_a_document(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "[]",
        "1",
        "\"text\"",
        "{",
        "{} {}",
        "{\"a\":1,}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":\"\xff\"}",
        "{\"a\":99999999999999999999}",
        "{\"a\":\"\\u0000\"}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_t *value = NULL;
        assert_int_equal(reel_json_parse(&value, texts[i], strlen(texts[i]), "test"),
                         REEL_ERR_FORMAT);
        assert_null(value);
    }
    json_t *value;
    assert_int_equal(reel_json_parse(&value, "[]", 2, "request"), REEL_ERR_FORMAT);
    assert_string_equal(reel_error_message(), "request: is an array, expected an object");
}

static void deep_nesting_is_refused_and_not_followed(void **state)
{
    (void)state;
    static char text[400000];
    memset(text, '[', sizeof text);
    memcpy(text, "{\"a\":", 5);
    json_t *value;
    assert_int_equal(reel_json_parse(&value, text, sizeof text, "test"), REEL_ERR_FORMAT);
}

static void absent_fields_leave_their_defaults(void **state)
{
    (void)state;
    json_t *object = parsed("{}");
    int n = 3, list[2] = { 1, 2 }, yes = 1;
    int64_t i = 4;
    double d = 0.5;
    float f = 0.25f;
    const char *s = "default";
    assert_int_equal(reel_json_int(&n, object, "n", 0, 9), REEL_OK);
    assert_int_equal(reel_json_i64(&i, object, "i", 0, 9), REEL_OK);
    assert_int_equal(reel_json_double(&d, object, "d", 0, 1), REEL_OK);
    assert_int_equal(reel_json_float(&f, object, "f", 0, 1), REEL_OK);
    assert_int_equal(reel_json_bool(&yes, object, "b"), REEL_OK);
    assert_int_equal(reel_json_string(&s, object, "s"), REEL_OK);
    assert_int_equal(reel_json_ints(list, 2, object, "list", 0, 9), REEL_OK);
    assert_true(n == 3 && i == 4 && d == 0.5 && f == 0.25f && yes && list[0] == 1 && list[1] == 2);
    assert_string_equal(s, "default");
    json_decref(object);
}

static void given_fields_are_read(void **state)
{
    (void)state;
    json_t *object = parsed("{\"n\":-7,\"i\":9007199254740993,\"d\":2,\"f\":1.5,\"b\":false,"
                            "\"s\":\"\xC3\xA9\",\"list\":[5,6,7]}");
    int n = 0, list[3] = { 0 }, yes = 1;
    int64_t i = 0;
    double d = 0;
    float f = 0;
    const char *s = NULL;
    assert_int_equal(reel_json_int(&n, object, "n", -10, 10), REEL_OK);
    assert_int_equal(reel_json_i64(&i, object, "i", 0, INT64_MAX), REEL_OK);
    assert_int_equal(reel_json_double(&d, object, "d", 0, 10), REEL_OK);
    assert_int_equal(reel_json_float(&f, object, "f", 0, 10), REEL_OK);
    assert_int_equal(reel_json_bool(&yes, object, "b"), REEL_OK);
    assert_int_equal(reel_json_string(&s, object, "s"), REEL_OK);
    assert_int_equal(reel_json_ints(list, 3, object, "list", 0, 9), REEL_OK);
    assert_true(n == -7 && i == 9007199254740993 && d == 2.0 && f == 1.5f && !yes);
    assert_true(list[0] == 5 && list[1] == 6 && list[2] == 7);
    assert_string_equal(s, "\xC3\xA9");
    json_decref(object);
}

static void bounds_are_inclusive_and_named_when_broken(void **state)
{
    (void)state;
    json_t *object = parsed("{\"steps\":1000,\"cfg\":7.5}");
    int steps = 1;
    double cfg = 1;
    assert_int_equal(reel_json_int(&steps, object, "steps", 1, 1000), REEL_OK);
    assert_int_equal(reel_json_int(&steps, object, "steps", 1, 999), REEL_ERR_FORMAT);
    assert_string_equal(reel_error_message(), "steps: is 1000, expected 1 to 999");
    assert_int_equal(reel_json_int(&steps, object, "steps", 1001, 2000), REEL_ERR_FORMAT);
    assert_int_equal(steps, 1000);
    assert_int_equal(reel_json_double(&cfg, object, "cfg", 0, 7.5), REEL_OK);
    assert_int_equal(reel_json_double(&cfg, object, "cfg", 0, 7), REEL_ERR_FORMAT);
    assert_string_equal(reel_error_message(), "cfg: is 7.5, expected 0 to 7");
    json_decref(object);
}

static void a_number_too_large_for_a_double_is_refused(void **state)
{
    (void)state;
    json_t *value;
    assert_int_equal(reel_json_parse(&value, "{\"d\":1e999}", 11, "test"), REEL_ERR_FORMAT);
}

static void wrong_types_are_named(void **state)
{
    (void)state;
    json_t *object = parsed("{\"t\":\"x\",\"n\":1.5,\"z\":null,\"o\":{},\"l\":[1,2.5]}");
    int n = 0, list[2];
    double d = 0;
    const char *s = NULL;
    assert_int_equal(reel_json_int(&n, object, "n", 0, 9), REEL_ERR_FORMAT);
    assert_string_equal(reel_error_message(), "n: is a number, expected an integer");
    assert_int_equal(reel_json_double(&d, object, "t", 0, 9), REEL_ERR_FORMAT);
    assert_string_equal(reel_error_message(), "t: is a string, expected a number");
    assert_int_equal(reel_json_string(&s, object, "z"), REEL_ERR_FORMAT);
    assert_string_equal(reel_error_message(), "z: is null, expected a string");
    assert_int_equal(reel_json_bool(&n, object, "o"), REEL_ERR_FORMAT);
    assert_string_equal(reel_error_message(), "o: is an object, expected true or false");
    assert_int_equal(reel_json_ints(list, 2, object, "l", 0, 9), REEL_ERR_FORMAT);
    assert_string_equal(reel_error_message(), "l[1]: expected an integer from 0 to 9");
    assert_int_equal(reel_json_ints(list, 3, object, "l", 0, 9), REEL_ERR_FORMAT);
    assert_int_equal(reel_json_ints(list, 2, object, "o", 0, 9), REEL_ERR_FORMAT);
    json_decref(object);
}

static void an_unknown_key_is_named(void **state)
{
    (void)state;
    static const char *const keys[] = { "seed", "steps", NULL };
    json_t *good = parsed("{\"steps\":1}"), *bad = parsed("{\"steps\":1,\"sede\":2}");
    assert_int_equal(reel_json_only(good, keys), REEL_OK);
    assert_int_equal(reel_json_only(bad, keys), REEL_ERR_FORMAT);
    assert_string_equal(reel_error_message(), "sede: is no known key");
    json_decref(good);
    json_decref(bad);
}

static void a_saved_object_is_loaded_again(void **state)
{
    (void)state;
    json_t *object = parsed("{\"b\":[1,2],\"a\":{\"x\":0.25}}"), *again;
    assert_int_equal(reel_json_save(object, scratch_path("o.json")), REEL_OK);
    assert_int_equal(reel_json_load(&again, scratch_path("o.json")), REEL_OK);
    assert_true(json_equal(object, again));
    json_decref(object);
    json_decref(again);
    assert_int_equal(reel_json_load(&again, scratch_path("absent.json")), REEL_ERR_NOT_FOUND);
    assert_null(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_one_whole_object_is_a_document),
        cmocka_unit_test(deep_nesting_is_refused_and_not_followed),
        cmocka_unit_test(absent_fields_leave_their_defaults),
        cmocka_unit_test(given_fields_are_read),
        cmocka_unit_test(bounds_are_inclusive_and_named_when_broken),
        cmocka_unit_test(a_number_too_large_for_a_double_is_refused),
        cmocka_unit_test(wrong_types_are_named),
        cmocka_unit_test(an_unknown_key_is_named),
        cmocka_unit_test_setup_teardown(a_saved_object_is_loaded_again, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
