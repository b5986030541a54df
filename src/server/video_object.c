/* What a task looks like from /v1/videos. */
#include "server/video_object.h"

#include "server/dimensions.h"
#include "server/model_names.h"
#include "server/uuid.h"
#include "server/video_fields.h"

#include <stdio.h>
#include <string.h>

#define PREFIX "video_"

void reel_video_id(char out[REEL_VIDEO_ID_SIZE], const char *uuid)
{
    char *to = out + snprintf(out, REEL_VIDEO_ID_SIZE, PREFIX);
    for (const char *c = uuid; *c && to < out + REEL_VIDEO_ID_SIZE - 1; c++) {
        if (*c != '-') {
            *to++ = *c;
        }
    }
    *to = 0;
}

int reel_video_uuid(char out[REEL_UUID_SIZE], const char *id)
{
    size_t prefix = strlen(PREFIX);
    if (strncmp(id, PREFIX, prefix) != 0 || strlen(id) != REEL_VIDEO_ID_SIZE - 1) {
        return 0;
    }
    const char *d = id + prefix;
    snprintf(out, REEL_UUID_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", d, d + 8, d + 12, d + 16, d + 20);
    if (!reel_uuid_is_v4(out)) {
        return 0;
    }
    reel_uuid_lower(out, out);
    return 1;
}

static const char *status_of(const reel_task *task)
{
    switch (task->state) {
    case REEL_TASK_QUEUED:
        return "queued";
    case REEL_TASK_RUNNING:
        return "in_progress";
    case REEL_TASK_DONE:
        return "completed";
    case REEL_TASK_FAILED:
    case REEL_TASK_CANCELLED:
        return "failed";
    }
    return "failed";
}

static json_t *error_of(const reel_task *task)
{
    if (task->state == REEL_TASK_CANCELLED) {
        return json_pack("{s:s, s:s}", "code", "taskCancelled", "message",
                         "The video was cancelled.");
    }
    if (task->state != REEL_TASK_FAILED) {
        return json_null();
    }
    const char *code = json_string_value(json_object_get(task->error, "code"));
    const char *message = json_string_value(json_object_get(task->error, "message"));
    return json_pack("{s:s, s:s}", "code", code ? code : "inferenceError", "message",
                     message ? message : "The generation failed.");
}

static json_t *seconds_or_null(int64_t ms)
{
    return ms > 0 ? json_integer(ms / 1000) : json_null();
}

json_t *reel_video_object(const reel_task *task)
{
    char id[REEL_VIDEO_ID_SIZE], size[32] = "", length[32];
    const char *resolution = json_string_value(json_object_get(task->job, "resolution"));
    const char *aspect = json_string_value(json_object_get(task->job, "aspect"));
    const reel_dimensions *d =
        resolution && aspect ? reel_dimensions_named(resolution, aspect) : NULL;
    if (d) {
        snprintf(size, sizeof size, "%dx%d", d->width, d->height);
    }
    snprintf(length, sizeof length, "%g", json_number_value(json_object_get(task->job, "seconds")));
    reel_video_id(id, task->uuid);
    int is_done = task->state == REEL_TASK_DONE;
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:i, s:I, s:o, s:o, s:s, s:s, s:s?, s:o, s:n}", "id", id, "object",
        "video", "model", REEL_MODEL_AIR, "status", status_of(task), "progress",
        is_done ? 100 : task->progress, "created_at", (json_int_t)(task->created_ms / 1000),
        "completed_at", seconds_or_null(is_done ? task->finished_ms : 0), "expires_at",
        seconds_or_null(task->expires_ms), "seconds", length, "size", size, "prompt",
        reel_video_fields_prompt(task->request), "error", error_of(task), "remixed_from_video_id");
}
