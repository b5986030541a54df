/* Error objects, and the one table from their codes to HTTP. */
#include "server/errors.h"

#include "base/log.h"
#include "base/str.h"
#include "reel/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGE_SIZE = 2048 };

/* Codes that are not 400. The clients repeat a request after 408, 429 and 5xx, so nothing that
 * stays wrong may have one of those. */
static const struct {
    const char *code;
    int http_status;
} statuses[] = {
    { "invalidApiKey", 401 },        { "missingApiKey", 401 },       { "taskNotFound", 200 },
    { "taskCancelled", 200 },        { "taskExpired", 200 },         { "inferenceError", 200 },
    { "rateLimitExceeded", 429 },    { "internalServerError", 500 }, { "serviceUnavailable", 503 },
    { "insufficientCredits", 402 },  { "forbidden", 403 },           { "payloadTooLarge", 413 },
    { "unsupportedMediaType", 415 },
};

int reel_error_code_get(const char **code, int *http_status, int index)
{
    if (index < 0 || index >= (int)(sizeof statuses / sizeof *statuses)) {
        return 0;
    }
    *code = statuses[index].code;
    *http_status = statuses[index].http_status;
    return 1;
}

int reel_error_http_status(const json_t *error)
{
    const char *code = json_string_value(json_object_get(error, "code"));
    for (size_t i = 0; code && i < sizeof statuses / sizeof *statuses; i++) {
        if (strcmp(statuses[i].code, code) == 0) {
            return statuses[i].http_status;
        }
    }
    return 400;
}

void reel_clip_text(char out[REEL_CLIPPED_SIZE], const char *text)
{
    size_t length = strnlen(text, 65);
    if (length <= 64) {
        memcpy(out, text, length + 1);
        return;
    }
    length = 64;
    while (length > 0 && !reel_utf8_is_valid(text, length)) {
        length--;
    }
    memcpy(out, text, length);
    memcpy(out + length, "...", 4);
}

json_t *reel_words_to_array(const char *words)
{
    json_t *array = json_array();
    while (array && *words) {
        size_t length = strcspn(words, " ");
        if (json_array_append_new(array, json_stringn(words, length)) != 0) {
            json_decref(array);
            return NULL;
        }
        words += length + (words[length] == ' ');
    }
    return array;
}

static json_t *build(const char *code, json_t *parameter, const char *format, va_list arguments)
{
    char message[MESSAGE_SIZE];
    int length = vsnprintf(message, sizeof message, format, arguments);
    size_t kept = length < MESSAGE_SIZE ? (size_t)length : MESSAGE_SIZE - 1;
    while (kept > 0 && !reel_utf8_is_valid(message, kept)) {
        kept--; /* cut within a character */
    }
    json_t *error = json_pack("{s:s, s:s%}", "code", code, "message", message, kept);
    if (parameter && json_object_set_new(error, "parameter", parameter) != 0) {
        json_decref(error);
        return NULL;
    }
    return error;
}

json_t *reel_error_new(const char *code, const char *parameter, const char *format, ...)
{
    char name[REEL_CLIPPED_SIZE];
    if (parameter) {
        reel_clip_text(name, parameter);
    }
    va_list arguments;
    va_start(arguments, format);
    json_t *error = build(code, parameter ? json_string(name) : NULL, format, arguments);
    va_end(arguments);
    return error;
}

json_t *reel_error_new_between(const char *code, const char *parameters, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    json_t *error = build(code, reel_words_to_array(parameters), format, arguments);
    va_end(arguments);
    return error;
}

json_t *reel_error_internal(const char *what)
{
    reel_log(REEL_LOG_ERROR, "%s: %s", what, reel_error_message());
    return reel_error_new("internalServerError", NULL, "The server could not handle this task.");
}
