/* OpenAPI 3.1 from the tables of routes, parameters, task types and answers. */
#include "server/openapi.h"

#include "server/answers.h"
#include "server/routes.h"
#include "server/schema.h"
#include "server/task_types.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { NAME_SIZE = 128 };

/* Set `value` (taken); 0 when there was no memory for it. */
static int set(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0;
}

static json_t *reference(const char *name)
{
    char text[NAME_SIZE];
    snprintf(text, sizeof text, "#/components/schemas/%s", name);
    return json_pack("{s:s}", "$ref", text);
}

static json_t *content(const char *type, json_t *schema)
{
    return json_pack("{s:{s:o}}", type, "schema", schema);
}

/* What {...} in a path is called; "" without one. */
static void path_value(char out[NAME_SIZE], const char *path)
{
    const char *open = strchr(path, '{');
    snprintf(out, NAME_SIZE, "%.*s", open ? (int)strcspn(open + 1, "}") : 0, open ? open + 1 : "");
}

static json_t *parameters_of(const reel_route *route)
{
    char name[NAME_SIZE];
    json_t *list = json_array();
    path_value(name, route->path);
    if (name[0]) {
        json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:{s:s}}", "name", name, "in",
                                              "path", "required", 1, "schema", "type", "string"));
    }
    for (int i = 0; route->query && i < route->query->count; i++) {
        const reel_parameter *p = &route->query->rows[i];
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:o}", "name", p->path, "in", "query", "schema",
                                        reel_schema_of_row(route->query, p, REEL_SCHEMA_REQUEST)));
    }
    return list;
}

static json_t *body_of(const reel_route *route)
{
    if (route->body == REEL_BODY_TASK_ARRAY) {
        return json_pack(
            "{s:b, s:o}", "required", 1, "content",
            content("application/json", json_pack("{s:s, s:i, s:o}", "type", "array", "minItems", 1,
                                                  "items", reference("Task"))));
    }
    json_t *types = content("application/json", reel_schema_new(route->fields, REEL_SCHEMA_FIELDS));
    json_t *form = content("multipart/form-data", reel_schema_new(route->fields, REEL_SCHEMA_FORM));
    json_object_update(types, form);
    json_decref(form);
    return json_pack("{s:b, s:o}", "required", 1, "content", types);
}

static json_t *responses_of(const reel_route *route)
{
    const char *errors = route->dialect == REEL_DIALECT_OPENAI ? "Error" : "Errors";
    json_t *failure = json_pack("{s:s, s:o}", "description", "What is wrong", "content",
                                content("application/json", reference(errors)));
    if (!route->answer) { /* a WebSocket */
        return json_pack("{s:{s:s}, s:o}", "101", "description", "The connection is a WebSocket",
                         "default", failure);
    }
    int is_media = strchr(route->answer, '/') != NULL;
    json_t *good = is_media ? content(route->answer, json_object())
                            : content("application/json", reference(route->answer));
    return json_pack("{s:{s:s, s:o}, s:o}", "200", "description", route->summary, "content", good,
                     "default", failure);
}

/* "get_v1_videos_id_content" */
static void name_operation(char out[NAME_SIZE], const reel_route *route)
{
    int length = 0;
    for (const char *c = route->method; *c; c++) {
        out[length++] = (char)tolower((unsigned char)*c);
    }
    for (const char *c = route->path; *c && length < NAME_SIZE - 1; c++) {
        if (isalnum((unsigned char)*c)) {
            out[length++] = *c;
        } else if (out[length - 1] != '_') {
            out[length++] = '_';
        }
    }
    out[length] = 0;
}

static json_t *operation_of(const reel_route *route)
{
    char name[NAME_SIZE];
    name_operation(name, route);
    json_t *o = json_pack("{s:s, s:s, s:o, s:o}", "operationId", name, "summary", route->summary,
                          "parameters", parameters_of(route), "responses", responses_of(route));
    int is_built = o != NULL;
    if (is_built && route->about) {
        is_built = set(o, "description", json_string(route->about));
    }
    if (is_built && route->body != REEL_BODY_NONE) {
        is_built = set(o, "requestBody", body_of(route));
    }
    if (is_built && (route->needs_key || route->body == REEL_BODY_TASK_ARRAY)) {
        is_built = set(o, "security", json_pack("[{s:[]}]", "key"));
    }
    if (!is_built) {
        json_decref(o);
        return NULL;
    }
    return o;
}

static json_t *paths(void)
{
    json_t *all = json_object();
    for (int i = 0; i < reel_routes.count && all; i++) {
        const reel_route *route = &reel_routes.rows[i];
        char method[16];
        snprintf(method, sizeof method, "%s", route->method);
        for (char *c = method; *c; c++) {
            *c = (char)tolower((unsigned char)*c);
        }
        json_t *path = json_object_get(all, route->path);
        if ((!path && !set(all, route->path, path = json_object())) ||
            !set(path, method, operation_of(route))) {
            json_decref(all);
            all = NULL;
        }
    }
    return all;
}

/* A task by its table, or by its name alone. */
static json_t *kind_of_task(const reel_task_type *type)
{
    if (type->fields == &reel_video_parameters) {
        return reference("VideoInference");
    }
    if (type->fields) {
        return reel_schema_new(type->fields, REEL_SCHEMA_REQUEST);
    }
    return json_pack("{s:s, s:s, s:{s:{s:s}}, s:[s]}", "type", "object", "description",
                     type->summary, "properties", "taskType", "const", type->name, "required",
                     "taskType");
}

static json_t *task_schema(void)
{
    json_t *kinds = json_array();
    for (int i = 0; i < reel_task_type_count && kinds; i++) {
        if (json_array_append_new(kinds, kind_of_task(&reel_task_types[i])) != 0) {
            json_decref(kinds);
            kinds = NULL;
        }
    }
    return kinds ? json_pack("{s:o}", "anyOf", kinds) : NULL;
}

static json_t *schemas(void)
{
    json_t *all = json_pack("{s:o, s:o}", "Task", task_schema(), "VideoInference",
                            reel_schema_new(&reel_video_parameters, REEL_SCHEMA_REQUEST));
    for (int i = 0; i < reel_answer_count && all; i++) {
        if (!set(all, reel_answers[i].name,
                 reel_schema_new(&reel_answers[i].table, REEL_SCHEMA_ANSWER))) {
            json_decref(all);
            all = NULL;
        }
    }
    return all;
}

json_t *reel_openapi_new(const char *server_url)
{
    return json_pack(
        "{s:s, s:{s:s, s:s, s:s}, s:[{s:s}], s:o, s:{s:o, s:{s:{s:s, s:s}}}}", "openapi", "3.1.0",
        "info", "title", "OpenReels", "version", "1", "description",
        "Films with sound from words: the task API of Runware and the videos API of OpenAI.",
        "servers", "url", server_url, "paths", paths(), "components", "schemas", schemas(),
        "securitySchemes", "key", "type", "http", "scheme", "bearer");
}

json_t *reel_model_schema_new(void)
{
    return json_pack("{s:o, s:o}", "requestSchema",
                     reel_schema_new(&reel_video_parameters, REEL_SCHEMA_REQUEST), "responseSchema",
                     reel_schema_new(&reel_task_answer_members, REEL_SCHEMA_ANSWER));
}
