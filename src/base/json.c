/* jansson with errors that say where, what was expected and what was found. */
#include "base/json.h"

#include "base/error.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>

enum { JSON_LIMIT = 64 << 20 };

static const char *type_name(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "a boolean";
    case JSON_NULL:
        return "null";
    }
    return "unknown";
}

reel_status reel_json_parse(json_t **out, const char *text, size_t length, const char *where)
{
    json_error_t error;
    *out = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (!*out) {
        return REEL_FAIL(REEL_ERR_FORMAT, "%s: line %d: %s", where, error.line, error.text);
    }
    if (!json_is_object(*out)) {
        const char *found = type_name(*out);
        json_decref(*out);
        *out = NULL;
        return REEL_FAIL(REEL_ERR_FORMAT, "%s: is %s, expected an object", where, found);
    }
    return REEL_OK;
}

reel_status reel_json_load(json_t **out, const char *path)
{
    *out = NULL;
    char *text;
    size_t length;
    REEL_TRY(reel_file_read(&text, &length, path, JSON_LIMIT));
    reel_status status = reel_json_parse(out, text, length, path);
    free(text);
    return status;
}

reel_status reel_json_save(const json_t *value, const char *path)
{
    char *text = json_dumps(value, JSON_INDENT(2) | JSON_SORT_KEYS | JSON_REAL_PRECISION(7));
    if (!text) {
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for the JSON text", path);
    }
    size_t length = strlen(text);
    text[length] = '\n'; /* in place of the NUL */
    reel_status status = reel_file_write(path, text, length + 1);
    free(text);
    return status;
}

reel_status reel_json_i64(int64_t *out, const json_t *object, const char *key, int64_t low,
                          int64_t high)
{
    const json_t *value = json_object_get(object, key);
    if (!value) {
        return REEL_OK;
    }
    if (!json_is_integer(value)) {
        return REEL_FAIL(REEL_ERR_FORMAT, "%s: is %s, expected an integer", key, type_name(value));
    }
    int64_t n = json_integer_value(value);
    if (n < low || n > high) {
        return REEL_FAIL(REEL_ERR_FORMAT, "%s: is %lld, expected %lld to %lld", key, (long long)n,
                         (long long)low, (long long)high);
    }
    *out = n;
    return REEL_OK;
}

reel_status reel_json_int(int *out, const json_t *object, const char *key, int low, int high)
{
    int64_t n = *out;
    REEL_TRY(reel_json_i64(&n, object, key, low, high));
    *out = (int)n;
    return REEL_OK;
}

reel_status reel_json_double(double *out, const json_t *object, const char *key, double low,
                             double high)
{
    const json_t *value = json_object_get(object, key);
    if (!value) {
        return REEL_OK;
    }
    if (!json_is_number(value)) {
        return REEL_FAIL(REEL_ERR_FORMAT, "%s: is %s, expected a number", key, type_name(value));
    }
    double n = json_number_value(value);
    if (!(n >= low && n <= high)) {
        return REEL_FAIL(REEL_ERR_FORMAT, "%s: is %g, expected %g to %g", key, n, low, high);
    }
    *out = n;
    return REEL_OK;
}

reel_status reel_json_float(float *out, const json_t *object, const char *key, double low,
                            double high)
{
    double n = (double)*out;
    REEL_TRY(reel_json_double(&n, object, key, low, high));
    *out = (float)n;
    return REEL_OK;
}

reel_status reel_json_bool(int *out, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!value) {
        return REEL_OK;
    }
    if (!json_is_boolean(value)) {
        return REEL_FAIL(REEL_ERR_FORMAT, "%s: is %s, expected true or false", key,
                         type_name(value));
    }
    *out = json_is_true(value);
    return REEL_OK;
}

reel_status reel_json_string(const char **out, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!value) {
        return REEL_OK;
    }
    if (!json_is_string(value)) {
        return REEL_FAIL(REEL_ERR_FORMAT, "%s: is %s, expected a string", key, type_name(value));
    }
    *out = json_string_value(value);
    return REEL_OK;
}

reel_status reel_json_ints(int *out, int count, const json_t *object, const char *key, int low,
                           int high)
{
    const json_t *value = json_object_get(object, key);
    if (!value) {
        return REEL_OK;
    }
    if (!json_is_array(value) || json_array_size(value) != (size_t)count) {
        return REEL_FAIL(REEL_ERR_FORMAT, "%s: expected an array of %d integers", key, count);
    }
    for (int i = 0; i < count; i++) {
        const json_t *item = json_array_get(value, (size_t)i);
        json_int_t n = json_integer_value(item);
        if (!json_is_integer(item) || n < low || n > high) {
            return REEL_FAIL(REEL_ERR_FORMAT, "%s[%d]: expected an integer from %d to %d", key, i,
                             low, high);
        }
        out[i] = (int)n;
    }
    return REEL_OK;
}

reel_status reel_json_only(const json_t *object, const char *const *keys)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        int known = 0;
        for (const char *const *k = keys; *k && !known; k++) {
            known = strcmp(*k, key) == 0;
        }
        if (!known) {
            return REEL_FAIL(REEL_ERR_FORMAT, "%s: is no known key", key);
        }
    }
    return REEL_OK;
}
