/* getResponse and getTaskDetails: where a task stands, and what came of it. */
#include "server/errors.h"
#include "server/film_items.h"
#include "server/task_types.h"
#include "server/uuid.h"

#include <string.h>

/* Clients want exactly as many items as they asked for films, in the same order in every poll, and
 * one error per failed task; with an error present they give up the task, so over WebSocket the
 * films that were finished before it are not worth a frame. */
static void describe(reel_reply *reply, const reel_protocol *protocol, const reel_task *task,
                     const char *uuid, reel_transport transport)
{
    int has_failed = task->state == REEL_TASK_FAILED || task->state == REEL_TASK_CANCELLED;
    if (task->state == REEL_TASK_DONE && task->is_expired) {
        reel_reply_add_error(
            reply, reel_error_new("taskExpired", NULL, "The results of the task have expired."));
        return;
    }
    for (int i = 0; i < task->result_count; i++) {
        if (task->results[i].file[0] && !task->is_expired) {
            if (!has_failed || transport == REEL_TRANSPORT_REST) {
                reel_reply_add(reply, reel_film_item(protocol, task, uuid, i));
            }
        } else if (!has_failed) {
            reel_reply_add(reply, reel_unfinished_item(task, uuid, i));
        }
    }
    if (has_failed) {
        reel_reply_add_error(reply, reel_failure_item(task));
        reply->http_status = 200; /* whatever its code: the poll itself went well */
    }
}

/* Find the task that `asked` names; on failure the reply holds the error. */
static int find(reel_task *out, reel_reply *reply, const reel_protocol *protocol,
                const reel_caller *caller, const json_t *asked)
{
    const json_t *value = json_object_get(asked, "taskUUID");
    const char *uuid = json_string_value(value);
    if (!value) {
        reel_reply_add_error(reply, reel_error_new("missingTaskUUID", "taskUUID",
                                                   "Missing required parameter 'taskUUID'."));
        return 0;
    }
    if (!uuid || !reel_uuid_is_v4(uuid)) {
        reel_reply_add_error(reply, reel_error_new("invalidTaskUUID", "taskUUID",
                                                   "Invalid value for 'taskUUID' parameter. The "
                                                   "taskUUID must be a UUID v4."));
        return 0;
    }
    char lower[REEL_UUID_SIZE];
    reel_uuid_lower(lower, uuid);
    reel_status status = reel_queue_find(out, protocol->queue, lower, caller->key);
    if (status < 0) {
        reel_reply_add_error(reply, status == REEL_ERR_NOT_FOUND
                                        ? reel_error_new("taskNotFound", "taskUUID",
                                                         "There is no task with this taskUUID.")
                                        : reel_error_internal("getResponse"));
        return 0;
    }
    return 1;
}

void reel_answer_get_response(reel_reply *reply, const reel_protocol *protocol, reel_caller *caller,
                              const json_t *asked)
{
    reel_task task = { 0 };
    if (find(&task, reply, protocol, caller, asked)) {
        describe(reply, protocol, &task, json_string_value(json_object_get(asked, "taskUUID")),
                 caller->transport);
        reel_task_deinit(&task);
    }
}

void reel_answer_get_task_details(reel_reply *reply, const reel_protocol *protocol,
                                  reel_caller *caller, const json_t *asked)
{
    reel_task task = { 0 };
    if (!find(&task, reply, protocol, caller, asked)) {
        return;
    }
    const char *uuid = json_string_value(json_object_get(asked, "taskUUID"));
    reel_reply inner = { 0 };
    describe(&inner, protocol, &task, uuid, REEL_TRANSPORT_REST);
    json_t *response = json_object();
    int is_built = response && inner.status == REEL_OK;
    is_built = is_built && (!inner.data || json_object_set(response, "data", inner.data) == 0) &&
               (!inner.errors || json_object_set(response, "errors", inner.errors) == 0);
    reel_reply_add(reply, is_built ? json_pack("{s:s, s:s, s:[O], s:O}", "taskType",
                                               "getTaskDetails", "taskUUID", uuid, "request",
                                               task.request, "response", response)
                                   : NULL);
    json_decref(response);
    reel_reply_deinit(&inner);
    reel_task_deinit(&task);
}
