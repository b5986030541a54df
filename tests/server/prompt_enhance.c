/* promptEnhance: as many wordings as asked for, within their length. */
#include "server/spoken.h"

#define TASK "24cd5dff-cb81-4db5-8506-b72a9425f9d1"

static json_t *ask(const char *members, int *http_status)
{
    char text[512];
    snprintf(text, sizeof text, "{'taskType':'promptEnhance','taskUUID':'" TASK "'%s}", members);
    return spoken_send(request_parse(text), http_status);
}

static void every_version_is_another_wording_of_the_same_prompt(void **state)
{
    (void)state;
    int http_status;
    json_t *answer = ask(",'prompt':'a red ball bounces','promptMaxLength':380,'promptVersions':3",
                         &http_status);
    const json_t *data = json_object_get(answer, "data");
    assert_int_equal(http_status, 200);
    assert_int_equal(json_array_size(data), 3);
    for (size_t i = 0; i < 3; i++) {
        const json_t *item = json_array_get(data, i);
        const char *text = json_string_value(json_object_get(item, "text"));
        assert_string_equal(json_string_value(json_object_get(item, "taskUUID")), TASK);
        assert_string_equal(json_string_value(json_object_get(item, "taskType")), "promptEnhance");
        assert_memory_equal(text, "a red ball bounces.", 19);
        assert_non_null(strstr(text, "<sfx>"));
        assert_true(strlen(text) <= 380);
        assert_null(json_object_get(item, "cost"));
        for (size_t j = 0; j < i; j++) {
            const json_t *other = json_object_get(json_array_get(data, j), "text");
            assert_string_not_equal(text, json_string_value(other));
        }
    }
    json_decref(answer);
}

static void a_short_result_was_asked_for_and_comes(void **state)
{
    (void)state;
    int http_status;
    json_t *answer =
        ask(",'prompt':'a red ball','promptMaxLength':40,'includeCost':true", &http_status);
    const json_t *item = json_array_get(json_object_get(answer, "data"), 0);
    assert_true(strlen(json_string_value(json_object_get(item, "text"))) <= 40);
    assert_true(json_number_value(json_object_get(item, "cost")) == 0.0);
    assert_int_equal(json_array_size(json_object_get(answer, "data")), 1);
    json_decref(answer);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *members, *code, *parameter;
    } rows[] = {
        { "", "missingPrompt", "prompt" },
        { ",'prompt':5", "invalidPrompt", "prompt" },
        { ",'prompt':'a','promptVersions':0", "valueTooSmall", "promptVersions" },
        { ",'prompt':'a','promptVersions':6", "valueTooLarge", "promptVersions" },
        { ",'prompt':'a','promptMaxLength':4", "valueTooSmall", "promptMaxLength" },
        { ",'prompt':'a','model':'x'", "unsupportedParameter", "model" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int http_status;
        json_t *answer = ask(rows[i].members, &http_status);
        const json_t *error = spoken_error(answer);
        assert_int_equal(http_status, 400);
        assert_string_equal(json_string_value(json_object_get(error, "code")), rows[i].code);
        assert_string_equal(json_string_value(json_object_get(error, "parameter")),
                            rows[i].parameter);
        json_decref(answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_version_is_another_wording_of_the_same_prompt),
        cmocka_unit_test(a_short_result_was_asked_for_and_comes),
        cmocka_unit_test(what_is_wrong_is_named),
    };
    return cmocka_run_group_tests(tests, spoken_setup, spoken_teardown);
}
