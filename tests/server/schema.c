/* What the tables become for programs: JSON Schema and OpenAPI. */
#include "server/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/answers.h"
#include "server/openapi.h"
#include "server/requests.h"
#include "server/routes.h"
#include "server/task_types.h"
#include <string.h>

/* The member at "a.b.c" of nested objects; NULL when one is missing. */
static json_t *at(const json_t *object, const char *path)
{
    char copy[128], *rest = copy;
    snprintf(copy, sizeof copy, "%s", path);
    json_t *value = (json_t *)object;
    for (char *name; (name = strsep(&rest, ".")) && value;) {
        value = json_object_get(value, name);
    }
    return value;
}

static void assert_is(const json_t *object, const char *path, const char *expected)
{
    char array[512];
    snprintf(array, sizeof array, "[%s]", expected);
    json_t *wanted = request_parse(array), *value = at(object, path);
    if (!json_equal(json_array_get(wanted, 0), value)) {
        char *text = json_dumps(value, JSON_ENCODE_ANY);
        fail_msg("%s: is %s, expected %s", path, text ? text : "absent", expected);
    }
    json_decref(wanted);
}

static void every_kind_of_row_has_its_schema(void **state)
{
    (void)state;
    json_t *schema = reel_schema_new(&reel_video_parameters, REEL_SCHEMA_REQUEST);
    assert_is(schema, "properties.outputQuality",
              "{'type':'integer','minimum':20,'maximum':99,'default':95,"
              "'description':'Quality of the encoder; higher is better and larger.'}");
    assert_is(schema, "properties.outputFormat.enum", "['MP4','WEBM','MOV']");
    assert_is(schema, "properties.positivePrompt.maxLength", "5120");
    assert_is(schema, "properties.taskUUID.format", "'uuid'");
    assert_is(schema, "properties.settings.properties.promptExtend.default", "true");
    assert_is(schema, "properties.settings.additionalProperties", "false");
    assert_is(schema, "properties.inputs.properties.referenceImages.items.required",
              "['type','tag','images']");
    assert_is(schema, "properties.inputs.properties.referenceImages.maxItems", "3");
    assert_is(schema, "required", "['taskType','taskUUID','model','positivePrompt']");
    assert_int_equal(
        json_array_size(at(schema, "properties.inputs.properties.frameImages.items.anyOf")), 2);
    json_decref(schema);
}

static void forms_know_text_and_files_only(void **state)
{
    (void)state;
    static const reel_parameter rows[] = {
        { .path = "seconds", .type = REEL_PARAMETER_FLOAT },
        { .path = "image", .type = REEL_PARAMETER_OBJECT },
        { .path = "image.url", .type = REEL_PARAMETER_STRING },
    };
    static const reel_parameter_table table = { rows, 3 };
    json_t *form = reel_schema_new(&table, REEL_SCHEMA_FORM);
    json_t *fields = reel_schema_new(&table, REEL_SCHEMA_FIELDS);
    json_t *answer = reel_schema_new(&table, REEL_SCHEMA_ANSWER);
    assert_is(form, "properties.seconds.type", "['number','string']");
    assert_is(form, "properties.image", "{'type':'string','format':'binary'}");
    assert_int_equal(json_array_size(at(fields, "properties.image.anyOf")), 2);
    assert_is(answer, "properties.seconds.type", "['number','null']");
    assert_null(at(answer, "additionalProperties"));
    json_decref(form);
    json_decref(fields);
    json_decref(answer);
}

/* Every "$ref" anywhere in `value` leads to a schema. */
static void check_references(const json_t *value, const json_t *schemas)
{
    const char *key;
    json_t *member;
    size_t i;
    if (json_is_array(value)) {
        json_array_foreach(value, i, member)
        {
            check_references(member, schemas);
        }
        return;
    }
    json_object_foreach((json_t *)value, key, member)
    {
        if (strcmp(key, "$ref") == 0) {
            const char *name = strrchr(json_string_value(member), '/') + 1;
            assert_non_null(json_object_get(schemas, name));
        }
        check_references(member, schemas);
    }
}

static void openapi_holds_every_route_and_no_loose_end(void **state)
{
    (void)state;
    json_t *api = reel_openapi_new("http://example.com");
    assert_is(api, "openapi", "'3.1.0'");
    for (int i = 0; i < reel_routes.count; i++) {
        const reel_route *r = &reel_routes.rows[i];
        const json_t *path = json_object_get(json_object_get(api, "paths"), r->path);
        const json_t *operation =
            json_object_get(path, strcmp(r->method, "GET") == 0    ? "get"
                                  : strcmp(r->method, "POST") == 0 ? "post"
                                                                   : "delete");
        assert_non_null(operation);
        assert_true((r->body == REEL_BODY_NONE) == !json_object_get(operation, "requestBody"));
        assert_int_equal(json_array_size(json_object_get(operation, "parameters")),
                         (strchr(r->path, '{') ? 1 : 0) + (r->query ? r->query->count : 0));
    }
    assert_int_equal(json_array_size(at(api, "components.schemas.Task.anyOf")),
                     reel_task_type_count);
    check_references(api, at(api, "components.schemas"));
    json_decref(api);
}

static void the_page_names_every_route_parameter_and_task(void **state)
{
    (void)state;
    reel_str page;
    char mark[160];
    reel_str_init(&page, 1 << 20);
    assert_int_equal(reel_api_markdown_write(&page), REEL_OK);
    for (int i = 0; i < reel_routes.count; i++) {
        snprintf(mark, sizeof mark, "| %s | `%s` |", reel_routes.rows[i].method,
                 reel_routes.rows[i].path);
        assert_non_null(strstr(page.text, mark));
    }
    for (int i = 0; i < reel_video_parameters.count; i++) {
        snprintf(mark, sizeof mark, "| `%s` |", reel_video_parameters.rows[i].path);
        assert_non_null(strstr(page.text, mark));
    }
    for (int i = 0; i < reel_task_type_count; i++) {
        snprintf(mark, sizeof mark, "| `%s` |", reel_task_types[i].name);
        assert_non_null(strstr(page.text, mark));
    }
    assert_non_null(strstr(page.text, "| `rateLimitExceeded` | 429 |"));
    reel_str_deinit(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_row_has_its_schema),
        cmocka_unit_test(forms_know_text_and_files_only),
        cmocka_unit_test(openapi_holds_every_route_and_no_loose_end),
        cmocka_unit_test(the_page_names_every_route_parameter_and_task),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
