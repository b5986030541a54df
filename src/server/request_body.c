/* Bounds first, by one look at the bytes; then jansson. */
#include "server/request_body.h"

#include "server/errors.h"

/* The deepest nesting, and the number of values to within the brackets. */
static void measure(int *depth, size_t *values, const char *body, size_t length)
{
    int level = 0, is_text = 0;
    *depth = 0;
    *values = 0;
    for (size_t i = 0; i < length; i++) {
        char c = body[i];
        if (is_text) {
            i += c == '\\';
            is_text = c != '"';
        } else if (c == '"') {
            is_text = 1;
        } else if (c == '[' || c == '{') {
            level++;
            (*values)++;
            *depth = level > *depth ? level : *depth;
        } else if (c == ']' || c == '}') {
            level--;
        } else if (c == ',') {
            (*values)++;
        }
    }
}

json_t *reel_request_body_load(json_t **error, const char *body, size_t length)
{
    int depth;
    size_t values;
    *error = NULL;
    measure(&depth, &values, body, length);
    if (depth > REEL_BODY_DEPTH || values > REEL_BODY_VALUES) {
        *error = reel_error_new("invalidRequest", NULL,
                                "Invalid request. It may be nested %d levels deep and hold %d "
                                "values.",
                                REEL_BODY_DEPTH, REEL_BODY_VALUES);
        return NULL;
    }
    json_error_t where;
    json_t *value = json_loadb(body, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &where);
    if (!value) {
        char clipped[REEL_CLIPPED_SIZE];
        reel_clip_text(clipped, where.text);
        *error = reel_error_new("invalidJson", NULL, "Invalid JSON. Line %d, column %d: %s.",
                                where.line, where.column, clipped);
    }
    return value;
}

json_t *reel_request_body_parse(json_t **error, const char *body, size_t length)
{
    json_t *tasks = reel_request_body_load(error, body, length);
    if (!tasks) {
        return NULL;
    }
    size_t count = json_array_size(tasks);
    if (count >= 1 && count <= REEL_BODY_TASKS) {
        return tasks;
    }
    *error = json_is_array(tasks) && count > 0
                 ? reel_error_new("arrayTooLarge", NULL,
                                  "Invalid request. It must contain between 1 and %d tasks.",
                                  REEL_BODY_TASKS)
                 : reel_error_new("invalidRequest", NULL,
                                  "Invalid request. It must be an array of one or more task "
                                  "objects.");
    json_decref(tasks);
    return NULL;
}
