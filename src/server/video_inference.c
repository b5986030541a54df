/* The main task of the API. */
#include "server/video_inference.h"

#include "base/error.h"
#include "base/json.h"
#include "server/check_parameters.h"
#include "server/compatibility.h"
#include "server/dimensions.h"
#include "server/errors.h"
#include "server/task_types.h"
#include "server/unavailable.h"
#include "server/uuid.h"

#include <stdio.h>
#include <string.h>

enum { RETRY_AFTER_SECONDS = 30 };

int reel_video_inference_check(json_t **error, const json_t *request)
{
    return reel_check_parameters(error, request) && reel_check_compatibility(error, request) &&
           reel_check_available(error, request);
}

static json_t *setting(const json_t *request, const char *name)
{
    return json_object_get(json_object_get(request, "settings"), name);
}

static double number_or(const json_t *request, const char *name, double otherwise)
{
    const json_t *value = json_object_get(request, name);
    return value ? json_number_value(value) : otherwise;
}

/* The page's defaults: 1080p, wide. */
static void choose_size(const char **resolution, const char **aspect, const json_t *request)
{
    const json_t *width = json_object_get(request, "width"), *name;
    *resolution = "1080p";
    *aspect = "16:9";
    if (width) {
        const reel_dimensions *d = reel_dimensions_find(
            json_integer_value(width), json_integer_value(json_object_get(request, "height")));
        *resolution = d->resolution;
        *aspect = d->aspect;
    } else if ((name = json_object_get(request, "resolution"))) {
        *resolution = json_string_value(name);
    }
}

/* settings.promptExtend, on by default, allows the server to improve the prompt; there is nothing
 * here yet that would, so the prompt goes to the model as it is. */
static json_t *build_job(const json_t *request, const char *resolution, const char *aspect,
                         double seconds)
{
    const char *negative = json_string_value(json_object_get(request, "negativePrompt"));
    return json_pack("{s:s, s:s?, s:s, s:s, s:f, s:i, s:f, s:b}", "prompt",
                     json_string_value(json_object_get(request, "positivePrompt")),
                     "negativePrompt", negative, "aspect", aspect, "resolution", resolution,
                     "seconds", seconds, "steps", (int)number_or(request, "steps", 0), "cfg",
                     number_or(request, "CFGScale", -1), "audio",
                     json_is_true(setting(request, "audio")));
}

/* Each film has the seed after the one before, around the end of 32 bits. */
static reel_status draw_results(reel_task *task, const json_t *request, double cost)
{
    uint32_t seed = (uint32_t)json_integer_value(json_object_get(request, "seed"));
    if (!json_object_get(request, "seed")) {
        REEL_TRY(reel_seed_new(&seed));
    }
    task->result_count = (int)number_or(request, "numberResults", 1);
    for (int i = 0; i < task->result_count; i++) {
        REEL_TRY(reel_uuid_new(task->results[i].video_uuid));
        task->results[i].seed = (uint32_t)(seed + (uint32_t)i);
        task->results[i].cost = cost;
    }
    return REEL_OK;
}

reel_status reel_video_inference_task(reel_task *out, const json_t *request, int64_t key,
                                      const reel_prices *prices)
{
    const char *resolution, *aspect;
    double seconds = number_or(request, "duration", 5);
    int is_from_video =
        json_object_get(json_object_get(request, "inputs"), "referenceVideos") != NULL;
    choose_size(&resolution, &aspect, request);

    *out = (reel_task){ .key = key, .ttl_seconds = (int64_t)number_or(request, "ttl", 0) };
    reel_uuid_lower(out->uuid, json_string_value(json_object_get(request, "taskUUID")));
    snprintf(out->type, sizeof out->type, "videoInference");
    out->request = json_deep_copy(request);
    out->job = build_job(request, resolution, aspect, seconds);
    reel_status status =
        draw_results(out, request, reel_price_of(prices, resolution, is_from_video, seconds));
    if (status == REEL_OK && (!out->request || !out->job)) {
        status = REEL_FAIL(REEL_ERR_MEMORY, "no memory for a task");
    }
    if (status < 0) {
        reel_task_deinit(out);
        *out = (reel_task){ 0 };
    }
    return status;
}

static reel_status read_text(const char **out, const json_t *job, const char *name)
{
    *out = NULL;
    REEL_TRY(reel_json_string(out, job, name));
    return *out ? REEL_OK : REEL_FAIL(REEL_ERR_FORMAT, "%s: is absent, expected a string", name);
}

reel_status reel_request_from_task(reel_request *out, const reel_task *task, int index)
{
    const json_t *job = task->job;
    *out = (reel_request)REEL_REQUEST_INIT;
    if (index < 0 || index >= task->result_count) {
        return REEL_FAIL(REEL_ERR_INVALID, "result: is %d, expected 0 to %d", index,
                         task->result_count - 1);
    }
    REEL_TRY(read_text(&out->prompt, job, "prompt"));
    REEL_TRY(read_text(&out->aspect, job, "aspect"));
    REEL_TRY(read_text(&out->resolution, job, "resolution"));
    if (!json_is_null(json_object_get(job, "negativePrompt"))) {
        REEL_TRY(reel_json_string(&out->negative_prompt, job, "negativePrompt"));
    }
    REEL_TRY(reel_json_double(&out->seconds, job, "seconds", 3, 15));
    REEL_TRY(reel_json_int(&out->steps, job, "steps", 0, 1000));
    REEL_TRY(reel_json_float(&out->cfg_video, job, "cfg", -1, 100));
    REEL_TRY(reel_json_bool(&out->audio, job, "audio"));
    out->cfg_audio = out->cfg_video;
    out->seed = task->results[index].seed;
    return REEL_OK;
}

static void tell_outcome(reel_reply *reply, reel_submit_outcome outcome, const json_t *request)
{
    switch (outcome) {
    case REEL_SUBMIT_ACCEPTED:
        /* neither status nor videoUUID: sdk-python would take them for the end */
        reel_reply_add(reply, json_pack("{s:s, s:O}", "taskType", "videoInference", "taskUUID",
                                        json_object_get(request, "taskUUID")));
        return;
    case REEL_SUBMIT_DUPLICATE:
        reel_reply_add_error(reply, reel_error_new("conflictTaskUUID", "taskUUID",
                                                   "A task with this taskUUID already exists."));
        return;
    case REEL_SUBMIT_FULL:
        reel_reply_add_error(reply, reel_error_new("rateLimitExceeded", NULL,
                                                   "The queue is full. Try again later."));
        reply->retry_after_seconds = RETRY_AFTER_SECONDS;
        return;
    }
}

void reel_answer_video_inference(reel_reply *reply, const reel_protocol *protocol,
                                 reel_caller *caller, const json_t *request)
{
    json_t *error;
    if (!reel_video_inference_check(&error, request)) {
        reel_reply_add_error(reply, error);
        return;
    }
    reel_task task;
    reel_submit_outcome outcome = REEL_SUBMIT_FULL;
    reel_status status = reel_video_inference_task(&task, request, caller->key, protocol->prices);
    if (status == REEL_OK) {
        status = reel_queue_submit(&outcome, protocol->queue, &task);
    }
    reel_task_deinit(&task);
    if (status < 0) {
        reel_reply_add_error(reply, reel_error_internal("videoInference"));
        return;
    }
    tell_outcome(reply, outcome, request);
}
