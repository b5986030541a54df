/* The one table of what is missing. What gets done loses its row; nothing else changes. */
#include "server/unavailable.h"

#include "server/errors.h"
#include "server/parameters.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct {
    const char *path;  /* refused when the task has it ... */
    const char *works; /* ... with any value but this one; NULL: with any value. Strings are
                        * compared in either letter case */
} unavailable;

static const unavailable table[] = {
    { "inputs.frameImages", NULL },
    { "inputs.referenceImages", NULL },
    { "inputs.referenceVideos", NULL },
    { "inputs.mask", NULL },
    { "inputs.audio", NULL },
    { "frameImages", NULL },
    { "webhookURL", NULL },
    { "uploadEndpoint", NULL },
    { "safety.checkContent", "false" },
    { "safety.mode", "none" },
    { "outputFormat", "MP4" },
    { "outputQuality", "95" },
};

static const json_t *find(const json_t *task, const char *path)
{
    const char *dot = strchr(path, '.');
    if (!dot) {
        return json_object_get(task, path);
    }
    char object[32];
    snprintf(object, sizeof object, "%.*s", (int)(dot - path), path);
    return json_object_get(json_object_get(task, object), dot + 1);
}

static int works(const json_t *value, const char *only)
{
    if (!only) {
        return 0;
    }
    char number[32] = "";
    if (json_is_integer(value)) {
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    }
    const char *text = json_is_string(value)    ? json_string_value(value)
                       : json_is_boolean(value) ? (json_is_true(value) ? "true" : "false")
                                                : number;
    return strcasecmp(text, only) == 0;
}

/* The value as JSON has it: "MP4", 95, false. */
static json_t *typed(const json_t *like, const char *only)
{
    return json_is_string(like)    ? json_string(only)
           : json_is_boolean(like) ? json_boolean(only[0] == 't')
                                   : json_integer(strtol(only, NULL, 10));
}

int reel_check_available(json_t **error, const json_t *task)
{
    *error = NULL;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const json_t *value = find(task, table[i].path);
        const char *only = table[i].works;
        if (!value || works(value, only)) {
            continue;
        }
        if (!only) {
            *error = reel_error_new("unsupportedParameter", table[i].path,
                                    "Unsupported use of '%s' parameter. This server cannot do it "
                                    "yet.",
                                    table[i].path);
            return 0;
        }
        *error = reel_error_new("unsupportedValue", table[i].path,
                                "Unsupported value for '%s' parameter. This server can only do "
                                "'%s' yet.",
                                table[i].path, only);
        json_t *allowed = json_array();
        if (json_array_append_new(allowed, typed(value, only)) != 0 ||
            json_object_set_new(*error, "allowedValues", json_incref(allowed)) != 0) {
            json_decref(*error);
            *error = NULL;
        }
        json_decref(allowed);
        return 0;
    }
    return 1;
}
