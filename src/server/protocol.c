/* From a body to tasks, from tasks to their answers, from answers to frames. */
#include "server/protocol.h"

#include "base/error.h"
#include "base/str.h"
#include "server/errors.h"
#include "server/inputs.h"
#include "server/reply.h"
#include "server/request_body.h"
#include "server/task_types.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINK_MAX = 2048 };

static json_t *refuse_type(const char *type)
{
    char clipped[REEL_CLIPPED_SIZE];
    reel_clip_text(clipped, type);
    json_t *error =
        reel_error_new("unsupportedTaskType", "taskType",
                       "Unsupported task type '%s'. This server does not offer it.", clipped);
    json_t *names = json_array();
    for (int i = 0; i < reel_task_type_count && names; i++) {
        if (json_array_append_new(names, json_string(reel_task_types[i].name)) != 0) {
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

/* Non-zero unless the key has asked too often; polls are never too many. */
static int may_ask(reel_reply *reply, const reel_protocol *protocol, const reel_caller *caller,
                   const reel_task_type *type)
{
    int wait =
        type->rules & REEL_TASK_IS_POLL ? 0 : reel_limits_take(protocol->limits, caller->key);
    if (wait > 0) {
        reel_reply_add_error(reply, reel_limits_error());
        reply->retry_after_seconds = wait;
    }
    return wait == 0;
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
    const reel_task_type *found = reel_task_type_find(type);
    if ((!found || found->rules & REEL_TASK_NEEDS_KEY) && caller->key < 0) {
        reel_reply_add_error(reply, refuse_caller(caller)); /* strangers learn nothing more */
    } else if (!found) {
        reel_reply_add_error(reply, refuse_type(type));
    } else if (may_ask(reply, protocol, caller, found)) {
        found->answer(reply, protocol, caller, task);
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

/* What the log says of a body: the type of its task, or how many there are. Only names of ours. */
static void describe(reel_frames *out, const json_t *tasks)
{
    size_t count = json_array_size(tasks);
    out->is_quiet = count > 0;
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_object_get(json_array_get(tasks, i), "taskType"));
        const reel_task_type *type = name ? reel_task_type_find(name) : NULL;
        out->is_quiet &= type && type->rules & REEL_TASK_IS_POLL;
        snprintf(out->about, sizeof out->about, "%s", type ? type->name : "unknown");
    }
    if (count != 1) {
        snprintf(out->about, sizeof out->about, "%zu-tasks", count);
    }
}

/* Non-zero if answering takes longer than others should wait for. */
static int must_wait(const json_t *tasks)
{
    for (size_t i = 0; i < json_array_size(tasks); i++) {
        const json_t *task = json_array_get(tasks, i);
        const char *name = json_string_value(json_object_get(task, "taskType"));
        const reel_task_type *type = name ? reel_task_type_find(name) : NULL;
        if (type && (type->rules & REEL_TASK_WAITS || reel_inputs_are_given(task))) {
            return 1;
        }
    }
    return 0;
}

reel_status reel_protocol_handle(const reel_protocol *protocol, reel_caller *caller,
                                 const char *body, size_t length, reel_frames *out)
{
    json_t *error;
    *out = (reel_frames){ .must_wait = !caller->may_wait && length > REEL_AT_ONCE_BYTES };
    if (out->must_wait) {
        return REEL_OK;
    }
    json_t *tasks = reel_request_body_parse(&error, body, length);
    size_t count = tasks ? json_array_size(tasks) : 1;
    out->must_wait = !caller->may_wait && must_wait(tasks);
    if (out->must_wait) {
        json_decref(tasks);
        return REEL_OK;
    }
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
    describe(out, tasks);
    json_decref(tasks);
    return status;
}
