/* Routes of the OpenAI videos API: other words for the same tasks. */
#include "base/error.h"
#include "server/check_parameters.h"
#include "server/errors.h"
#include "server/files.h"
#include "server/form.h"
#include "server/request_body.h"
#include "server/routes.h"
#include "server/stills.h"
#include "server/video_fields.h"
#include "server/video_object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LIST_USUAL = 20, LIST_MAX = 100 };

static enum MHD_Result refuse_video(reel_exchange *x)
{
    return reel_exchange_refuse(x, MHD_HTTP_NOT_FOUND, "taskNotFound", "There is no such video.");
}

/* The task behind an id that the caller may see. */
static int find(reel_task *out, const reel_exchange *x, const char *id)
{
    char uuid[REEL_UUID_SIZE];
    return reel_video_uuid(uuid, id) &&
           reel_queue_find(out, x->config->protocol->queue, uuid, x->caller.key) == REEL_OK;
}

static enum MHD_Result send_task(reel_exchange *x, const char *uuid)
{
    reel_task task;
    if (reel_queue_find(&task, x->config->protocol->queue, uuid, x->caller.key) < 0) {
        return refuse_video(x);
    }
    enum MHD_Result result = reel_exchange_send_json(x, MHD_HTTP_OK, reel_video_object(&task));
    reel_task_deinit(&task);
    return result;
}

/* ---- bodies become tasks ------------------------------------------------------------------- */

/* `error` is taken; NULL: without memory. */
static void find_fault(reel_exchange *x, unsigned status, json_t *error)
{
    x->fault = error ? error : reel_error_internal("video-failed");
    x->fault_status = error ? status : MHD_HTTP_INTERNAL_SERVER_ERROR;
}

/* The body as an object that follows the fields of the route; NULL with a fault. */
static json_t *read_fields(reel_exchange *x)
{
    const char *type = reel_exchange_header(x, MHD_HTTP_HEADER_CONTENT_TYPE);
    const char *body = x->body ? x->body : "";
    json_t *error = NULL;
    json_t *fields = !type || strncasecmp(type, "application/json", 16) == 0
                         ? reel_request_body_load(&error, body, x->length)
                         : reel_form_parse(&error, x->connection, body, x->length);
    int is_good = 0;
    if (fields && !json_is_object(fields)) {
        error = reel_error_new("invalidRequest", NULL, "The body must be a JSON object.");
    } else if (fields && reel_video_fields_normalise(fields, x->route->fields)) {
        is_good = reel_check_object(&error, fields, x->route->fields);
    }
    if (is_good) {
        return fields;
    }
    json_decref(fields);
    find_fault(x, (unsigned)reel_error_http_status(error), error);
    return NULL;
}

/* Make a task of the fields, which are taken, and do it as POST /v1 would. */
static void do_task(reel_exchange *x, json_t *fields, reel_video_work work, const char *film)
{
    json_t *error = NULL;
    json_t *task = reel_video_fields_task(&error, fields, work, film);
    json_t *tasks = task ? json_pack("[o]", task) : NULL;
    x->tasks = tasks ? json_dumps(tasks, JSON_COMPACT) : NULL;
    json_decref(tasks);
    json_decref(fields);
    if (x->tasks) {
        reel_exchange_answer_tasks(x);
    } else {
        find_fault(x, MHD_HTTP_BAD_REQUEST, error);
    }
}

/* With the film of another video, as a task names it: by the UUID of its first result. */
static void do_task_with(reel_exchange *x, json_t *fields, reel_video_work work, const char *id)
{
    reel_task source;
    if (find(&source, x, id)) {
        do_task(x, fields, work, source.results[0].video_uuid);
        reel_task_deinit(&source);
    } else {
        json_decref(fields);
        find_fault(x, MHD_HTTP_NOT_FOUND,
                   reel_error_new("taskNotFound", NULL, "There is no such video."));
    }
}

static void work_on(reel_exchange *x, reel_video_work work)
{
    json_t *fields = read_fields(x);
    const json_t *video = json_object_get(fields, "video");
    const char *id = json_string_value(json_object_get(video, "id"));
    const char *film = json_string_value(json_object_get(video, "url"));
    if (id && film) {
        json_decref(fields);
        find_fault(x, MHD_HTTP_BAD_REQUEST,
                   reel_error_new_between("incompatibleParameters", "video.id video.url",
                                          "Parameter 'video.id' and Parameter 'video.url' cannot "
                                          "be used together"));
    } else if (id) {
        do_task_with(x, fields, work, id);
    } else if (film) {
        do_task(x, fields, work, film);
    } else if (fields) {
        json_decref(fields);
        find_fault(x, MHD_HTTP_BAD_REQUEST,
                   reel_error_new("missingVideo", "video", "Missing required parameter 'video'."));
    }
}

static void create(reel_exchange *x)
{
    json_t *fields = read_fields(x);
    if (fields) {
        do_task(x, fields, REEL_VIDEO_FROM_WORDS, NULL);
    }
}

static void edit(reel_exchange *x)
{
    work_on(x, REEL_VIDEO_EDIT);
}

static void extend(reel_exchange *x)
{
    work_on(x, REEL_VIDEO_EXTENSION);
}

static void remix(reel_exchange *x)
{
    json_t *fields = read_fields(x);
    if (fields) {
        do_task_with(x, fields, REEL_VIDEO_EDIT, x->value);
    }
}

/* Large bodies are taken apart where nobody else waits. */
static enum MHD_Result answer(reel_exchange *x, void (*make)(reel_exchange *x))
{
    enum MHD_Result result;
    if (x->work_state == REEL_WORK_NONE) {
        if (x->length > REEL_AT_ONCE_BYTES) {
            return reel_exchange_defer(x, make);
        }
        make(x);
    }
    if (x->fault) {
        return reel_exchange_send_error(x, x->fault_status, json_incref(x->fault), 0);
    }
    if (!reel_exchange_has_answers(x, &result)) {
        return result;
    }
    json_t *envelope = json_loads(x->frames.texts[0], 0, NULL);
    const json_t *item = json_array_get(json_object_get(envelope, "data"), 0);
    json_t *error = json_array_get(json_object_get(envelope, "errors"), 0);
    const char *uuid = json_string_value(json_object_get(item, "taskUUID"));
    if (error) {
        reel_video_fields_translate(error);
        result = reel_exchange_send_error(x, (unsigned)x->frames.http_status, json_incref(error),
                                          x->frames.retry_after_seconds);
    } else {
        result = uuid ? send_task(x, uuid) : reel_exchange_fail(x, "video-failed");
    }
    json_decref(envelope);
    return result;
}

enum MHD_Result reel_post_video(reel_exchange *x)
{
    return answer(x, create);
}

enum MHD_Result reel_post_edit(reel_exchange *x)
{
    return answer(x, edit);
}

enum MHD_Result reel_post_extension(reel_exchange *x)
{
    return answer(x, extend);
}

enum MHD_Result reel_post_remix(reel_exchange *x)
{
    return answer(x, remix);
}

/* ---- videos that are there ----------------------------------------------------------------- */

enum MHD_Result reel_get_video(reel_exchange *x)
{
    char uuid[REEL_UUID_SIZE];
    return reel_video_uuid(uuid, x->value) ? send_task(x, uuid) : refuse_video(x);
}

enum MHD_Result reel_delete_video(reel_exchange *x)
{
    char uuid[REEL_UUID_SIZE];
    if (!reel_video_uuid(uuid, x->value)) {
        return refuse_video(x);
    }
    reel_status status = reel_queue_delete(x->config->protocol->queue, uuid, x->caller.key);
    if (status == REEL_ERR_NOT_FOUND) {
        return refuse_video(x);
    }
    return status < 0 ? reel_exchange_fail(x, "delete-failed")
                      : reel_exchange_send_json(x, MHD_HTTP_OK,
                                                json_pack("{s:s, s:s, s:b}", "id", x->value,
                                                          "object", "video.deleted", "deleted", 1));
}

/* One more than was asked for tells whether there are more. */
static json_t *list(reel_exchange *x, const reel_store_page *asked)
{
    reel_task *tasks = calloc(LIST_MAX + 1, sizeof *tasks);
    reel_store_page page = *asked;
    int count = 0;
    page.limit++;
    json_t *videos = json_array();
    reel_status status =
        tasks ? reel_queue_list(tasks, &count, x->config->protocol->queue, &page) : REEL_ERR_MEMORY;
    for (int i = 0; i < count; i++) {
        if (i < asked->limit && json_array_append_new(videos, reel_video_object(&tasks[i])) != 0) {
            status = REEL_ERR_MEMORY;
        }
        reel_task_deinit(&tasks[i]);
    }
    free(tasks);
    size_t told = json_array_size(videos);
    const json_t *first = json_object_get(json_array_get(videos, 0), "id");
    const json_t *last = told ? json_object_get(json_array_get(videos, told - 1), "id") : NULL;
    json_t *object = status < 0 ? NULL
                                : json_pack("{s:s, s:O, s:O?, s:O?, s:b}", "object", "list", "data",
                                            videos, "first_id", first, "last_id", last, "has_more",
                                            count > asked->limit);
    json_decref(videos);
    return object;
}

enum MHD_Result reel_list_videos(reel_exchange *x)
{
    json_t *query, *error, *answer;
    char uuid[REEL_UUID_SIZE];
    if (!reel_route_read_query(&query, &error, x)) {
        json_decref(query);
        return reel_exchange_send_error(x, MHD_HTTP_BAD_REQUEST, error, 0);
    }
    const json_t *limit = json_object_get(query, "limit");
    const char *after = json_string_value(json_object_get(query, "after"));
    const char *order = json_string_value(json_object_get(query, "order"));
    reel_store_page page = { .key = x->caller.key,
                             .is_ascending = order && strcmp(order, "asc") == 0,
                             .limit = limit ? (int)json_integer_value(limit) : LIST_USUAL };
    int is_known = 1;
    if (after) {
        reel_task task;
        is_known = find(&task, x, after);
        if (is_known) {
            snprintf(uuid, sizeof uuid, "%s", task.uuid);
            page.after = uuid;
            reel_task_deinit(&task);
        }
    }
    json_decref(query);
    if (!is_known) {
        return refuse_video(x);
    }
    answer = list(x, &page);
    return answer ? reel_exchange_send_json(x, MHD_HTTP_OK, answer)
                  : reel_exchange_fail(x, "list-failed");
}

/* The file of a finished video; "" when there is none (yet). */
static void name_content(char out[REEL_TASK_FILE_SIZE], const reel_task *task, const char *variant)
{
    out[0] = 0;
    if (task->state != REEL_TASK_DONE || task->is_expired) {
        return;
    }
    const reel_task_result *film = &task->results[0];
    if (strcmp(variant, "video") == 0) {
        snprintf(out, REEL_TASK_FILE_SIZE, "%s", film->file);
    } else {
        reel_still_name(out, film->video_uuid,
                        strcmp(variant, "thumbnail") == 0 ? REEL_STILL_FIRST : REEL_STILL_SHEET);
    }
}

enum MHD_Result reel_get_video_content(reel_exchange *x)
{
    json_t *query, *error;
    reel_task task;
    char name[REEL_TASK_FILE_SIZE];
    if (!reel_route_read_query(&query, &error, x)) {
        json_decref(query);
        return reel_exchange_send_error(x, MHD_HTTP_BAD_REQUEST, error, 0);
    }
    if (!find(&task, x, x->value)) {
        json_decref(query);
        return refuse_video(x);
    }
    const char *variant = json_string_value(json_object_get(query, "variant"));
    name_content(name, &task, variant ? variant : "video");
    int is_coming = !reel_task_is_final(task.state);
    json_decref(query);
    reel_task_deinit(&task);
    if (name[0]) {
        snprintf(x->value, sizeof x->value, "%s", name);
        return reel_get_file(x);
    }
    /* not 409 or 425: these clients would repeat such a request */
    return reel_exchange_refuse(
        x, MHD_HTTP_NOT_FOUND, is_coming ? "videoNotReady" : "mediaNotFound",
        is_coming ? "The video is not ready yet." : "There is no such film, or its time is over.");
}
