/* From a body to tasks, from tasks to their answers, from answers to frames. */
#include "server/protocol.h"

#include "base/error.h"
#include "base/str.h"
#include "server/errors.h"
#include "server/reply.h"
#include "server/request_body.h"
#include "server/task_types.h"

#include <stdlib.h>
#include <string.h>

enum { LINK_MAX = 2048 };

/* The types of task that this server knows; whatever else the platform has is refused. */
static const struct {
    const char *name;
    int needs_key;
    reel_task_answer *answer;
} types[] = {
    { "authentication", 0, reel_answer_authentication },
    { "ping", 0, reel_answer_ping },
    { "videoInference", 1, reel_answer_video_inference },
    { "getResponse", 1, reel_answer_get_response },
    { "getTaskDetails", 1, reel_answer_get_task_details },
    { "modelSearch", 1, reel_answer_model_search },
};

enum { TYPES = sizeof types / sizeof *types };

static json_t *refuse_type(const char *type)
{
    char clipped[REEL_CLIPPED_SIZE];
    reel_clip_text(clipped, type);
    json_t *error =
        reel_error_new("unsupportedTaskType", "taskType",
                       "Unsupported task type '%s'. This server does not offer it.", clipped);
    json_t *names = json_array();
    for (int i = 0; i < TYPES && names; i++) {
        if (json_array_append_new(names, json_string(types[i].name)) != 0) {
            json_decref(names);
            names = NULL;
        }
    }
    if (json_object_set_new(error, "allowedValues", names) != 0) {
        json_decref(error);
        return NULL;
    }
    return error;
}

static json_t *refuse_caller(const reel_caller *caller)
{
    return caller->key == REEL_KEY_WRONG
               ? reel_error_new("invalidApiKey", "apiKey", "Invalid API key.")
               : reel_error_new("missingApiKey", "apiKey", "Missing API key.");
}

static void answer(reel_reply *reply, const reel_protocol *protocol, reel_caller *caller,
                   const json_t *task)
{
    const json_t *value = json_object_get(task, "taskType");
    const char *type = json_string_value(value);
    if (!json_is_object(task)) {
        reel_reply_add_error(reply, reel_error_new("invalidRequest", NULL,
                                                   "Invalid request. A task must be an object."));
        return;
    }
    if (!type) {
        reel_reply_add_error(
            reply, value ? reel_error_new("invalidTaskType", "taskType",
                                          "Invalid value for 'taskType' parameter. The taskType "
                                          "must be a string value.")
                         : reel_error_new("missingTaskType", "taskType",
                                          "Missing required parameter 'taskType'."));
        return;
    }
    int i = 0;
    while (i < TYPES && strcmp(types[i].name, type) != 0) {
        i++;
    }
    if ((i == TYPES || types[i].needs_key) && caller->key < 0) {
        reel_reply_add_error(reply, refuse_caller(caller)); /* strangers learn nothing more */
    } else if (i == TYPES) {
        reel_reply_add_error(reply, refuse_type(type));
    } else {
        types[i].answer(reply, protocol, caller, task);
    }
}

/* "settings.audio" -> DOCS_URL#request-settings-audio */
static json_t *link_to(const char *docs_url, const char *parameter)
{
    reel_str link;
    reel_str_init(&link, LINK_MAX);
    reel_str_printf(&link, "%s#request-", docs_url);
    for (const char *c = parameter; *c; c++) {
        char letter = (char)(*c == '.' ? '-' : *c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
        reel_str_append_bytes(&link, &letter, 1);
    }
    json_t *text = json_string(link.text);
    reel_str_deinit(&link);
    return text;
}

/* Clients find the task that an error belongs to by its taskUUID, and give an error without one to
 * every task of the connection; so it is told back even when it is no UUID. */
static int complete(json_t *error, const json_t *task, const char *docs_url)
{
    static const char *const names[] = { "taskType", "taskUUID" };
    for (int i = 0; i < 2; i++) {
        const char *text = json_string_value(json_object_get(task, names[i]));
        char clipped[REEL_CLIPPED_SIZE];
        if (!text || json_object_get(error, names[i])) {
            continue;
        }
        reel_clip_text(clipped, text);
        if (json_object_set_new(error, names[i], json_string(clipped)) != 0) {
            return 0;
        }
    }
    const json_t *parameter = json_object_get(error, "parameter");
    const char *name =
        json_string_value(json_is_array(parameter) ? json_array_get(parameter, 0) : parameter);
    return !docs_url || !name || json_object_get(error, "documentation") ||
           json_object_set_new(error, "documentation", link_to(docs_url, name)) == 0;
}

static void complete_errors(reel_reply *reply, const json_t *task, const reel_protocol *protocol)
{
    if (reply->is_login) {
        return; /* it is complete, and the clients know it by having no taskUUID */
    }
    for (size_t i = 0; i < json_array_size(reply->errors); i++) {
        if (!complete(json_array_get(reply->errors, i), task, protocol->docs_url)) {
            reply->status = REEL_ERR_MEMORY;
        }
    }
}

reel_status reel_protocol_handle(const reel_protocol *protocol, reel_caller *caller,
                                 const char *body, size_t length, reel_frames *out)
{
    json_t *error;
    json_t *tasks = reel_request_body_parse(&error, body, length);
    size_t count = tasks ? json_array_size(tasks) : 1;
    *out = (reel_frames){ 0 };
    reel_reply *replies = calloc(count, sizeof *replies);
    if (!replies) {
        json_decref(tasks);
        json_decref(error);
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for replies");
    }
    if (!tasks) {
        reel_reply_add_error(&replies[0], error);
    }
    for (size_t i = 0; tasks && i < count; i++) {
        const json_t *task = json_array_get(tasks, i);
        answer(&replies[i], protocol, caller, task);
        complete_errors(&replies[i], task, protocol);
    }
    reel_status status = reel_replies_to_frames(out, caller->transport, replies, count);
    for (size_t i = 0; i < count; i++) {
        reel_reply_deinit(&replies[i]);
    }
    free(replies);
    json_decref(tasks);
    return status;
}
