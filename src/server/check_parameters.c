/* One walk over the task, one over the table; the wordings are those that clients have seen. */
#include "server/check_parameters.h"

#include "base/str.h"
#include "server/errors.h"
#include "server/media_text.h"
#include "server/parameters.h"
#include "server/uuid.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { PATH_SIZE = 128, CODE_SIZE = 96, FRAME_INDEX_MAX = 15 * 60 };

/* What is being checked against, and where the first fault goes. */
typedef struct {
    json_t **error;
    const reel_parameter_table *table;
} check;

static int check_object(const check *c, const json_t *object, const char *path);

/* "missing" and "settings.audio" -> "missingAudio" */
static const char *derive_code(char out[CODE_SIZE], const char *prefix, const char *path,
                               const char *suffix)
{
    const char *name = reel_parameter_name(path);
    int first = name[0] >= 'a' && name[0] <= 'z' ? name[0] - 'a' + 'A' : name[0];
    snprintf(out, CODE_SIZE, "%s%c%s%s", prefix, first, name + 1, suffix);
    return out;
}

static int add(json_t *error, const char *key, json_t *value)
{
    return error && json_object_set_new(error, key, value) == 0;
}

/* Finish an error about `p`: its type, its bounds. Gives back 0, which is what checks return. */
static int fail(json_t **error, json_t *fault, const reel_parameter *p, int with_range)
{
    int is_built = add(fault, "type", json_string(reel_parameter_type_name(p->type)));
    int is_whole = p->type != REEL_PARAMETER_FLOAT;
    if (is_built && with_range) {
        is_built =
            add(fault, "min", is_whole ? json_integer((json_int_t)p->min) : json_real(p->min));
        if (is_built && p->max > 0) {
            is_built =
                add(fault, "max", is_whole ? json_integer((json_int_t)p->max) : json_real(p->max));
        }
    }
    if (!is_built) {
        json_decref(fault);
        fault = NULL;
    }
    *error = fault;
    return 0;
}

static int fail_invalid(json_t **error, const reel_parameter *p, const char *must)
{
    char code[CODE_SIZE];
    json_t *fault = reel_error_new(derive_code(code, "invalid", p->path, ""), p->path,
                                   "Invalid value for '%s' parameter. The %s must be %s.", p->path,
                                   reel_parameter_name(p->path), must);
    return fail(error, fault, p, 0);
}

static int fail_unknown(const check *c, const char *path, const char *name)
{
    char full[PATH_SIZE], clipped[REEL_CLIPPED_SIZE];
    reel_clip_text(clipped, name);
    snprintf(full, sizeof full, "%s%s%s", path, *path ? "." : "", clipped);
    json_t *names = reel_parameter_names(c->table, path);
    reel_str list;
    reel_str_init(&list, 2000);
    for (size_t i = 0; i < json_array_size(names); i++) {
        reel_str_printf(&list, "%s'%s'", i ? ", " : "",
                        json_string_value(json_array_get(names, i)));
    }
    json_t *fault =
        reel_error_new("unsupportedParameter", full,
                       "Unsupported use of '%s' parameter. This parameter is not supported "
                       "for the selected model. Allowed values are: %s.",
                       full, list.text);
    reel_str_deinit(&list);
    if (!add(fault, "allowedValues", names)) {
        json_decref(fault);
        fault = NULL;
    }
    *c->error = fault;
    return 0;
}

static int fail_missing(json_t **error, const reel_parameter *p)
{
    char code[CODE_SIZE];
    return fail(error,
                reel_error_new(derive_code(code, "missing", p->path, ""), p->path,
                               "Missing required parameter '%s'.", p->path),
                p, 0);
}

static int fail_value(json_t **error, const reel_parameter *p)
{
    char code[CODE_SIZE];
    json_t *allowed = reel_words_to_array(p->values);
    reel_str list;
    reel_str_init(&list, 1000);
    for (size_t i = 0; i < json_array_size(allowed); i++) {
        reel_str_printf(&list, "%s'%s'", i ? ", " : "",
                        json_string_value(json_array_get(allowed, i)));
    }
    json_t *fault = reel_error_new(derive_code(code, "invalid", p->path, ""), p->path,
                                   "Invalid value for '%s' parameter. The %s must be a string "
                                   "value with one of the following supported values: %s.",
                                   p->path, reel_parameter_name(p->path), list.text);
    reel_str_deinit(&list);
    if (!add(fault, "allowedValues", allowed)) {
        json_decref(fault);
        return 0;
    }
    return fail(error, fault, p, 0);
}

static int is_allowed_word(const reel_parameter *p, const char *text)
{
    size_t wanted = strlen(text);
    int (*differs)(const char *, const char *, size_t) = p->any_case ? strncasecmp : strncmp;
    for (const char *word = p->values; *word;) {
        size_t length = strcspn(word, " ");
        if (length == wanted && differs(word, text, length) == 0) {
            return 1;
        }
        word += length + (word[length] == ' ');
    }
    return 0;
}

/* A name that can be found again in a prompt: letters, digits, "_" and "-", and other scripts. */
static int is_tag(const char *text)
{
    size_t length = strlen(text);
    if (text[0] != '@' || length < 2 || length > 64) {
        return 0;
    }
    for (const char *c = text + 1; *c; c++) {
        int is_word = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                      (*c >= '0' && *c <= '9') || *c == '_' || *c == '-' || (*c & 0x80);
        if (!is_word) {
            return 0;
        }
    }
    return 1;
}

static int check_format(json_t **error, const reel_parameter *p, const char *text)
{
    switch (p->format) {
    case REEL_FORMAT_ANY:
        return 1;
    case REEL_FORMAT_UUID:
        return reel_uuid_is_v4(text) || fail_invalid(error, p, "a UUID v4");
    case REEL_FORMAT_URL:
        return reel_media_text_classify(NULL, text) == REEL_MEDIA_TEXT_URL ||
               fail_invalid(error, p, "a URL that begins with http:// or https://");
    case REEL_FORMAT_MEDIA:
        return reel_media_text_classify(NULL, text) != REEL_MEDIA_TEXT_NONE ||
               fail_invalid(error, p, "a UUID v4, a URL, a data URI or base64");
    case REEL_FORMAT_TAG:
        return is_tag(text) ||
               fail_invalid(error, p,
                            "a name of up to 64 bytes that starts with @, such as @actor1");
    }
    return 0;
}

static size_t count_characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++) {
        count += (*text & 0xc0) != 0x80;
    }
    return count;
}

static int check_string(json_t **error, const json_t *value, const reel_parameter *p)
{
    if (!json_is_string(value)) {
        return fail_invalid(error, p, "a string value");
    }
    const char *text = json_string_value(value);
    if (p->values && !is_allowed_word(p, text)) {
        return fail_value(error, p);
    }
    double length = (double)count_characters(text);
    if (p->max > 0 && (length < p->min || length > p->max)) {
        char code[CODE_SIZE];
        json_t *fault =
            reel_error_new(derive_code(code, "invalid", p->path, "Length"), p->path,
                           "Invalid length of '%s' parameter. It must have between %.0f "
                           "and %.0f characters, and has %.0f.",
                           p->path, p->min, p->max, length);
        return fail(error, fault, p, 1);
    }
    return check_format(error, p, text);
}

static int check_number(json_t **error, const json_t *value, const reel_parameter *p)
{
    int is_whole = p->type == REEL_PARAMETER_INTEGER;
    if (is_whole ? !json_is_integer(value) : !json_is_number(value)) {
        return fail_invalid(error, p, is_whole ? "an integer" : "a number");
    }
    double n = json_number_value(value);
    if (p->max <= 0 || (n >= p->min && n <= p->max)) {
        return 1;
    }
    const char *code = p->range_code ? p->range_code
                       : n < p->min  ? "valueTooSmall"
                                     : "valueTooLarge";
    json_t *fault =
        strcmp(code, "unsupportedDuration") == 0
            ? reel_error_new(code, p->path,
                             "Invalid value for duration parameter. This duration is not supported "
                             "by the model architecture. It must be between %.0f and %.0f.",
                             p->min, p->max)
            : reel_error_new(code, p->path,
                             "Invalid value for '%s' parameter. The %s must be between %.0f and "
                             "%.0f.",
                             p->path, reel_parameter_name(p->path), p->min, p->max);
    return fail(error, fault, p, 1);
}

static int check_frame(json_t **error, const json_t *value, const reel_parameter *p)
{
    if (json_is_string(value)) {
        const char *text = json_string_value(value);
        if (strcmp(text, "first") == 0 || strcmp(text, "last") == 0) {
            return 1;
        }
    } else if (json_is_integer(value)) {
        json_int_t n = json_integer_value(value);
        if (n >= -1 && n <= FRAME_INDEX_MAX) {
            return 1;
        }
    }
    return fail_invalid(error, p,
                        "'first', 'last', a frame index from 0, or -1 for the last frame");
}

static int check_element(const check *c, const json_t *value, const reel_parameter *p)
{
    if (json_is_object(value) && (p->elements & REEL_ELEMENT_OBJECT)) {
        return check_object(c, value, p->path);
    }
    if (json_is_string(value) && (p->elements & REEL_ELEMENT_STRING)) {
        return check_format(c->error, p, json_string_value(value));
    }
    return fail_invalid(c->error, p,
                        p->elements == REEL_ELEMENT_STRING   ? "an array of strings"
                        : p->elements == REEL_ELEMENT_OBJECT ? "an array of objects"
                                                             : "an array of strings or objects");
}

static int check_array(const check *c, const json_t *value, const reel_parameter *p)
{
    if (!json_is_array(value)) {
        return fail_invalid(c->error, p, "an array");
    }
    double count = (double)json_array_size(value);
    if (count < p->min || count > p->max) {
        json_t *fault = reel_error_new(count < p->min ? "arrayTooSmall" : "arrayTooLarge", p->path,
                                       "Invalid number of elements for '%s' parameter. It must "
                                       "contain between %.0f and %.0f elements.",
                                       p->path, p->min, p->max);
        return fail(c->error, fault, p, 1);
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (!check_element(c, json_array_get(value, i), p)) {
            return 0;
        }
    }
    return 1;
}

static int check_value(const check *c, const json_t *value, const reel_parameter *p)
{
    switch (p->type) {
    case REEL_PARAMETER_BOOLEAN:
        return json_is_boolean(value) || fail_invalid(c->error, p, "a boolean");
    case REEL_PARAMETER_INTEGER:
    case REEL_PARAMETER_FLOAT:
        return check_number(c->error, value, p);
    case REEL_PARAMETER_STRING:
        return check_string(c->error, value, p);
    case REEL_PARAMETER_FRAME:
        return check_frame(c->error, value, p);
    case REEL_PARAMETER_OBJECT:
        return json_is_object(value) ? check_object(c, value, p->path)
                                     : fail_invalid(c->error, p, "an object");
    case REEL_PARAMETER_ARRAY:
        return check_array(c, value, p);
    }
    return 0;
}

/* Names first, so that a misspelt required parameter is called unknown and not missing. */
static int check_object(const check *c, const json_t *object, const char *path)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        if (!reel_parameter_find(c->table, path, name)) {
            return fail_unknown(c, path, name);
        }
    }
    for (int i = 0; i < c->table->count; i++) {
        const reel_parameter *p = &c->table->rows[i];
        if (!reel_parameter_is_member(p, path)) {
            continue;
        }
        const json_t *member = json_object_get(object, reel_parameter_name(p->path));
        if (!member && p->is_required) {
            return fail_missing(c->error, p);
        }
        if (member && !check_value(c, member, p)) {
            return 0;
        }
    }
    return 1;
}

int reel_check_object(json_t **error, const json_t *object, const reel_parameter_table *table)
{
    *error = NULL;
    return check_object(&(check){ error, table }, object, "");
}

int reel_check_parameters(json_t **error, const json_t *task)
{
    return reel_check_object(error, task, &reel_video_parameters);
}
