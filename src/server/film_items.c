/* Items of answers about films and failures, as polls, webhooks and archives tell them. */
#include "server/film_items.h"

#include "base/str.h"
#include "server/errors.h"

enum { URL_MAX = 2048 };

static int wants_cost(const reel_task *task)
{
    return json_is_true(json_object_get(task->request, "includeCost"));
}

/* An unfinished item names its film already, without which sdk-python polls only every 33 s; it has
 * no videoURL, which other clients take for the end. `uuid` is spelt as the client spells it. */
json_t *reel_unfinished_item(const reel_task *task, const char *uuid, int index)
{
    return json_pack("{s:s, s:s, s:s, s:i, s:s}", "taskType", task->type, "taskUUID", uuid,
                     "status", "processing", "progress", task->progress, "videoUUID",
                     task->results[index].video_uuid);
}

json_t *reel_film_item(const reel_protocol *protocol, const reel_task *task, const char *uuid,
                       int index)
{
    const reel_task_result *result = &task->results[index];
    reel_str url;
    reel_str_init(&url, URL_MAX);
    reel_str_printf(&url, "%s/files/%s", protocol->public_url, result->file);
    json_t *item = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "taskType", task->type, "taskUUID",
                             uuid, "status", "success", "videoUUID", result->video_uuid, "videoURL",
                             url.text, "seed", (json_int_t)result->seed);
    reel_str_deinit(&url);
    int is_built = item && (!wants_cost(task) ||
                            json_object_set_new(item, "cost", json_real(result->cost)) == 0);
    if (is_built && result->flagged >= 0) {
        is_built = json_object_set_new(item, "NSFWContent", json_boolean(result->flagged)) == 0;
    }
    if (!is_built) {
        json_decref(item);
        return NULL;
    }
    return item;
}

/* The task's own error: code, message, and what else the worker knows. */
json_t *reel_failure_item(const reel_task *task)
{
    json_t *error = task->state == REEL_TASK_CANCELLED
                        ? reel_error_new("taskCancelled", NULL, "The task was cancelled.")
                    : task->error
                        ? json_deep_copy(task->error)
                        : reel_error_new("inferenceError", NULL, "The generation failed.");
    json_t *about = json_pack("{s:s, s:s}", "status", "error", "taskType", task->type);
    if (!error || !about || json_object_update(error, about) != 0) {
        json_decref(error);
        error = NULL;
    }
    json_decref(about);
    return error;
}
