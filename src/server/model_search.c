/* modelSearch: the one model that this server has. */
#include "server/errors.h"
#include "server/model_names.h"
#include "server/task_types.h"

#include <string.h>
#include <strings.h>

static const char *const words[] = { REEL_MODEL_AIR, REEL_MODEL_SLUG, "SkyReels V4", "Skywork" };

/* Non-zero if `search` stands in a name of the model; so does nothing at all. */
static int is_found(const char *search, const char *model_name)
{
    if (!search || !*search || strcasestr(model_name, search)) {
        return 1;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcasestr(words[i], search)) {
            return 1;
        }
    }
    return 0;
}

/* A filter that is absent, or names what the model is. */
static int passes(const json_t *task, const char *filter, const char *is)
{
    const json_t *value = json_object_get(task, filter);
    return !json_is_string(value) || strcasecmp(json_string_value(value), is) == 0;
}

static json_t *describe(const char *model_name)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:[s], s:s, s:n, s:b, s:s}", "air", REEL_MODEL_AIR,
                     "name", "SkyReels V4", "version", model_name, "category", "checkpoint",
                     "architecture", "skyreels", "capabilities", "text-to-video", "source",
                     "featured", "heroImage", "private", 0, "shortDescription",
                     "Films with sound from words, made on this machine.");
}

void reel_answer_model_search(reel_reply *reply, const reel_protocol *protocol, reel_caller *caller,
                              const json_t *task)
{
    (void)caller;
    const char *search = json_string_value(json_object_get(task, "search"));
    const char *uuid = json_string_value(json_object_get(task, "taskUUID"));
    const json_t *offset = json_object_get(task, "offset"), *limit = json_object_get(task, "limit");
    if (!uuid) {
        reel_reply_add_error(reply, reel_error_new("missingTaskUUID", "taskUUID",
                                                   "Missing required parameter 'taskUUID'."));
        return;
    }
    int total = is_found(search, protocol->model_name) && passes(task, "category", "checkpoint") &&
                passes(task, "architecture", "skyreels") && passes(task, "source", "featured");
    int is_shown = total && json_integer_value(offset) <= 0 &&
                   !(json_is_integer(limit) && json_integer_value(limit) < 1);
    json_t *results = json_array();
    if (is_shown && json_array_append_new(results, describe(protocol->model_name)) != 0) {
        json_decref(results);
        results = NULL;
    }
    reel_reply_add(reply,
                   results ? json_pack("{s:s, s:s, s:i, s:o}", "taskType", "modelSearch",
                                       "taskUUID", uuid, "totalResults", total, "results", results)
                           : NULL);
}
