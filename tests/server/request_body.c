/* Bodies from strangers: only bounded arrays of tasks come through. */
#include "server/request_body.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static void refuses(const char *body, size_t length, const char *code)
{
    json_t *error;
    json_t *tasks = reel_request_body_parse(&error, body, length);
    assert_null(tasks);
    assert_non_null(error);
    assert_string_equal(json_string_value(json_object_get(error, "code")), code);
    assert_null(strchr(json_string_value(json_object_get(error, "message")), '\n'));
    json_decref(error);
}

static void only_an_array_of_json_is_a_body(void **state)
{
    (void)state;
    static const char *const texts[] = { "",
                                         "[",
                                         "hello",
                                         "[{}] []",
                                         "[{\"a\":1,\"a\":2}]",
                                         "[\"\xff\"]",
                                         "[\"\\u0000\"]",
                                         "[99999999999999999999]",
                                         "[1e999]",
                                         "[\"\\",
                                         "]]]]" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        refuses(texts[i], strlen(texts[i]), "invalidJson");
    }
    refuses("{}", 2, "invalidRequest");
    refuses("[]", 2, "invalidRequest");
    refuses("null", 4, "invalidRequest");
}

static void a_body_has_a_bounded_number_of_tasks(void **state)
{
    (void)state;
    char body[200] = "[";
    for (int i = 0; i < REEL_BODY_TASKS; i++) {
        strcat(body, i ? ",1" : "1");
    }
    strcat(body, "]");
    json_t *error, *tasks = reel_request_body_parse(&error, body, strlen(body));
    assert_int_equal(json_array_size(tasks), REEL_BODY_TASKS);
    json_decref(tasks);
    strcpy(body + strlen(body) - 1, ",1]");
    refuses(body, strlen(body), "arrayTooLarge");
}

static void depth_and_number_of_values_are_bounded_before_parsing(void **state)
{
    (void)state;
    char deep[2 * (REEL_BODY_DEPTH + 1) + 1] = "";
    memset(deep, '[', REEL_BODY_DEPTH);
    memset(deep + REEL_BODY_DEPTH, ']', REEL_BODY_DEPTH);
    json_t *error, *tasks = reel_request_body_parse(&error, deep, 2 * REEL_BODY_DEPTH);
    assert_non_null(tasks);
    json_decref(tasks);
    memset(deep, '[', REEL_BODY_DEPTH + 1);
    memset(deep + REEL_BODY_DEPTH + 1, ']', REEL_BODY_DEPTH + 1);
    refuses(deep, 2 * (REEL_BODY_DEPTH + 1), "invalidRequest");

    size_t length = 2 * (REEL_BODY_VALUES + 10) + 4;
    char *many = malloc(length);
    memset(many, '1', length);
    memcpy(many, "[[", 2);
    for (size_t i = 3; i < length - 2; i += 2) {
        many[i] = ',';
    }
    memcpy(many + length - 2, "]]", 2);
    refuses(many, length, "invalidRequest");
    free(many);
}

static void brackets_and_commas_within_texts_do_not_count(void **state)
{
    (void)state;
    static const char body[] = "[\"[[[[[[[[[[[[[[[[[[[[ \\\" [[[[[[[[[[[[[[[[[[[[\"]";
    json_t *error, *tasks = reel_request_body_parse(&error, body, sizeof body - 1);
    assert_int_equal(json_array_size(tasks), 1);
    json_decref(tasks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_an_array_of_json_is_a_body),
        cmocka_unit_test(a_body_has_a_bounded_number_of_tasks),
        cmocka_unit_test(depth_and_number_of_values_are_bounded_before_parsing),
        cmocka_unit_test(brackets_and_commas_within_texts_do_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
