/* The main task of the API. */
#include "server/video_inference.h"

#include "base/error.h"
#include "base/json.h"
#include "reel/prompt.h"
#include "server/check_parameters.h"
#include "server/compatibility.h"
#include "server/destinations.h"
#include "server/dimensions.h"
#include "server/errors.h"
#include "server/inputs.h"
#include "server/task_types.h"
#include "server/unavailable.h"
#include "server/uuid.h"

#include <nettle/base16.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RETRY_AFTER_SECONDS = 30, FORMAT_SIZE = 8 };

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

/* The prompt that the model reads. Owned by the caller, released with free(); NULL without memory.
 * settings.promptExtend is on by default. */
static char *choose_prompt(const json_t *request)
{
    const char *prompt = json_string_value(json_object_get(request, "positivePrompt"));
    const json_t *extends = setting(request, "promptExtend");
    if (extends && !json_is_true(extends)) {
        return strdup(prompt);
    }
    char *extended;
    reel_prompt_rules rules = REEL_PROMPT_RULES_INIT;
    rules.with_sound = json_is_true(setting(request, "audio"));
    rules.limit = REEL_PROMPT_MAX;
    return reel_prompt_extend(&extended, prompt, &rules) == REEL_OK ? extended : NULL;
}

/* "MP4" in any case -> "mp4". */
static void choose_format(char out[FORMAT_SIZE], const json_t *request)
{
    const char *name = json_string_value(json_object_get(request, "outputFormat"));
    snprintf(out, FORMAT_SIZE, "%s", name ? name : "mp4");
    for (char *c = out; *c; c++) {
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    }
}

static json_t *build_job(const json_t *request, const char *resolution, const char *aspect,
                         double seconds)
{
    const char *negative = json_string_value(json_object_get(request, "negativePrompt"));
    char format[FORMAT_SIZE], *prompt = choose_prompt(request);
    choose_format(format, request);
    json_t *job =
        prompt ? json_pack("{s:s, s:s?, s:s, s:s, s:f, s:i, s:f, s:b, s:s, s:i}", "prompt", prompt,
                           "negativePrompt", negative, "aspect", aspect, "resolution", resolution,
                           "seconds", seconds, "steps", (int)number_or(request, "steps", 0), "cfg",
                           number_or(request, "CFGScale", -1), "audio",
                           json_is_true(setting(request, "audio")), "format", format, "quality",
                           (int)number_or(request, "outputQuality", 95))
               : NULL;
    free(prompt);
    return job;
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

/* The name of the task is left out: the same wish has the same hash, and gives the same file. */
static reel_status hash_request(char out[65], const json_t *request)
{
    json_t *wish = json_copy((json_t *)(uintptr_t)request);
    json_object_del(wish, "taskUUID");
    char *text = wish ? json_dumps(wish, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(wish);
    if (!text) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for a request");
    }
    struct sha256_ctx hash;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_init(&hash);
    sha256_update(&hash, strlen(text), (const uint8_t *)text);
    sha256_digest(&hash, sizeof digest, digest);
    base16_encode_update(out, sizeof digest, digest);
    free(text);
    return REEL_OK;
}

reel_status reel_film_output_of(reel_film_output *out, const reel_task *task, int index)
{
    const char *format = "mp4";
    *out = (reel_film_output){ .quality = 95 };
    REEL_TRY(reel_json_string(&format, task->job, "format"));
    REEL_TRY(reel_json_int(&out->quality, task->job, "quality", 20, 99));
    snprintf(out->name, sizeof out->name, "%s.%s", task->results[index].video_uuid, format);
    return hash_request(out->request_hash, task->request);
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

/* Submit a request that passed every check. */
static void submit(reel_reply *reply, const reel_protocol *protocol, const reel_caller *caller,
                   const json_t *request)
{
    json_t *error;
    reel_task task;
    reel_submit_outcome outcome = REEL_SUBMIT_FULL;
    reel_status status = reel_video_inference_task(&task, request, caller->key, protocol->prices);
    if (status == REEL_OK && protocol->admission &&
        !reel_admission_check(&error, protocol->admission, &task)) {
        reel_reply_add_error(reply, error);
        reel_task_deinit(&task);
        return;
    }
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

void reel_answer_video_inference(reel_reply *reply, const reel_protocol *protocol,
                                 reel_caller *caller, const json_t *request)
{
    json_t *error;
    if (!reel_video_inference_check(&error, request) ||
        !reel_check_destinations(&error, request, protocol)) {
        reel_reply_add_error(reply, error);
        return;
    }
    json_t *settled = json_deep_copy(request); /* with stored media in the place of their bytes */
    if (settled && !reel_inputs_settle(&error, settled, protocol->media, caller->key)) {
        reel_reply_add_error(reply, error);
    } else if (settled) {
        submit(reply, protocol, caller, settled);
    } else {
        reel_reply_add(reply, NULL);
    }
    json_decref(settled);
}
