/* The fields of the OpenAI videos API, as tables, and their way into a task. */
#include "server/video_fields.h"

#include "server/dimensions.h"
#include "server/errors.h"
#include "server/model_names.h"
#include "server/uuid.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A reference film needs a name that the prompt mentions; these clients know of none. */
#define FILM_TAG    "@video"
#define FILM_PREFIX FILM_TAG " "

#define ROW(name, kind, ...)                                                                       \
    {                                                                                              \
        .path = (name), .type = REEL_PARAMETER_##kind, __VA_ARGS__                                 \
    }
#define PROMPT                                                                                     \
    ROW("prompt", STRING, .is_required = 1, .min = 1, .max = 5120,                                 \
        .about = "What is to be seen and heard.")
#define MODEL                                                                                      \
    ROW("model", STRING, .values = REEL_MODEL_AIR " " REEL_MODEL_SLUG, .preset = REEL_MODEL_AIR,   \
        .about = "The one model that this server has, by either name.")
#define SECONDS                                                                                    \
    ROW("seconds", FLOAT, .min = 3, .max = 15, .preset = "4", .about = "Length of the film.")
#define EXTRAS                                                                                     \
    ROW("seed", INTEGER, .min = 0, .max = UINT32_MAX,                                              \
        .about = "Beyond OpenAI: same seed, same film."),                                          \
        ROW("negative_prompt", STRING, .min = 0, .max = 5120,                                      \
            .about = "Beyond OpenAI: what is not to be seen and heard."),                          \
        ROW("num_inference_steps", INTEGER, .min = 1, .max = 100,                                  \
            .about = "Beyond OpenAI: denoising steps."),                                           \
        ROW("guidance_scale", FLOAT, .min = 0, .max = 50, .about = "Beyond OpenAI: guidance.")

static const reel_parameter create_rows[] = {
    PROMPT,
    MODEL,
    SECONDS,
    ROW("size", STRING, .preset = "720x1280",
        .about = "WIDTHxHEIGHT, one of the sizes of the model; with input_reference its name "
                 "(480p, 720p, 1080p) counts and the image gives the shape."),
    ROW("input_reference", OBJECT,
        .about = "The first frame: a file of the form, or one of these members."),
    ROW("input_reference.image_url", STRING, .format = REEL_FORMAT_MEDIA,
        .about = "URL, data URI or base64."),
    ROW("input_reference.file_id", STRING, .format = REEL_FORMAT_UUID,
        .about = "UUID of an uploaded image."),
    EXTRAS,
};
static const reel_parameter edit_rows[] = {
    PROMPT,
    MODEL,
    SECONDS,
    ROW("video", OBJECT, .is_required = 1,
        .about = "The film to work from: a file of the form, or one of these members."),
    ROW("video.id", STRING, .about = "A video of this server."),
    ROW("video.url", STRING, .format = REEL_FORMAT_MEDIA, .about = "URL, data URI or base64."),
    EXTRAS,
};
static const reel_parameter remix_rows[] = { PROMPT };

const reel_parameter_table reel_video_create_fields = { create_rows,
                                                        sizeof create_rows / sizeof *create_rows };
const reel_parameter_table reel_video_edit_fields = { edit_rows,
                                                      sizeof edit_rows / sizeof *edit_rows };
const reel_parameter_table reel_video_remix_fields = { remix_rows, 1 };

/* Fields, and the parameters that they become; what is only copied has a 1. */
static const struct {
    const char *field, *parameter;
    int is_copied;
} names[] = {
    { "prompt", "positivePrompt", 0 },
    { "model", "model", 1 },
    { "seconds", "duration", 1 },
    { "size", "width", 0 },
    { "size", "height", 0 },
    { "size", "resolution", 0 },
    { "seed", "seed", 1 },
    { "negative_prompt", "negativePrompt", 1 },
    { "num_inference_steps", "steps", 1 },
    { "guidance_scale", "CFGScale", 1 },
    { "input_reference", "inputs.frameImages", 0 },
    { "video", "inputs.referenceVideos", 0 },
};

enum { NAMES = sizeof names / sizeof *names };

static json_t *number_of(const reel_parameter *p, const char *text)
{
    char *end;
    if (p->type == REEL_PARAMETER_INTEGER) {
        long long whole = strtoll(text, &end, 10);
        return *text && !*end ? json_integer(whole) : NULL;
    }
    double number = strtod(text, &end);
    return *text && !*end && number == number && number - number == 0 ? json_real(number) : NULL;
}

/* The member that stands for media given as text. */
static const char *media_member(const char *field)
{
    return strcmp(field, "input_reference") == 0 ? "image_url" : "url";
}

int reel_video_fields_normalise(json_t *fields, const reel_parameter_table *table)
{
    for (int i = 0; i < table->count; i++) {
        const reel_parameter *p = &table->rows[i];
        json_t *value = json_object_get(fields, p->path), *better = NULL;
        const char *text = json_string_value(value);
        if (!text) {
            continue;
        }
        if (p->type == REEL_PARAMETER_INTEGER || p->type == REEL_PARAMETER_FLOAT) {
            better = number_of(p, text);
        } else if (p->type == REEL_PARAMETER_OBJECT) {
            better = json_pack("{s:O}", media_member(p->path), value);
        }
        if (better && json_object_set_new(fields, p->path, better) != 0) {
            return 0;
        }
    }
    return 1;
}

static json_t *refuse_size(const char *size)
{
    char clipped[REEL_CLIPPED_SIZE];
    reel_clip_text(clipped, size);
    json_t *error =
        reel_error_new("unsupportedModelResolution", "size",
                       "Invalid value for 'size' parameter. It is '%s'; the supported sizes are in "
                       "allowedValues.",
                       clipped);
    if (json_object_set_new(error, "allowedValues", reel_dimensions_list()) != 0) {
        json_decref(error);
        return NULL;
    }
    return error;
}

/* "1280x720"; with a first frame only the name of the size counts. */
static int set_size(json_t *task, json_t **error, const json_t *fields)
{
    const char *size = json_string_value(json_object_get(fields, "size"));
    int width, height, length = 0;
    size = size ? size : "720x1280";
    const reel_dimensions *d = NULL;
    if (strlen(size) < 16 && sscanf(size, "%5dx%5d%n", &width, &height, &length) == 2 &&
        !size[length]) {
        d = reel_dimensions_find(width, height);
    }
    if (!d) {
        *error = refuse_size(size);
        return 0;
    }
    if (json_object_get(fields, "input_reference")) {
        return json_object_set_new(task, "resolution", json_string(d->resolution)) == 0;
    }
    return json_object_set_new(task, "width", json_integer(width)) == 0 &&
           json_object_set_new(task, "height", json_integer(height)) == 0;
}

static int set_first_frame(json_t *task, const json_t *fields)
{
    const json_t *reference = json_object_get(fields, "input_reference");
    json_t *image = json_object_get(reference, "file_id");
    image = image ? image : json_object_get(reference, "image_url");
    return !image ||
           json_object_set_new(task, "inputs", json_pack("{s:[O]}", "frameImages", image)) == 0;
}

static int set_film(json_t *task, const json_t *fields, reel_video_work work, const char *film)
{
    const char *prompt = json_string_value(json_object_get(fields, "prompt"));
    int is_edit = work == REEL_VIDEO_EDIT;
    json_t *videos = json_pack("{s:[{s:s, s:s, s:s}]}", "referenceVideos", "type",
                               is_edit ? "reference" : "extend", "tag", FILM_TAG, "video", film);
    return json_object_set_new(task, "inputs", videos) == 0 &&
           json_object_set_new(task, "positivePrompt", json_sprintf(FILM_PREFIX "%s", prompt)) ==
               0 &&
           (!is_edit || json_object_del(task, "settings") == 0); /* it keeps the film's sound */
}

static int set_copies(json_t *task, const json_t *fields)
{
    for (int i = 0; i < NAMES; i++) {
        json_t *value = names[i].is_copied ? json_object_get(fields, names[i].field) : NULL;
        if (value && json_object_set(task, names[i].parameter, value) != 0) {
            return 0;
        }
    }
    return 1;
}

json_t *reel_video_fields_task(json_t **error, const json_t *fields, reel_video_work work,
                               const char *film)
{
    char uuid[REEL_UUID_SIZE];
    *error = NULL;
    if (reel_uuid_new(uuid) < 0) {
        return NULL;
    }
    json_t *task =
        json_pack("{s:s, s:s, s:s, s:f, s:O, s:{s:b}}", "taskType", "videoInference", "taskUUID",
                  uuid, "model", REEL_MODEL_AIR, "duration", 4.0, "positivePrompt",
                  json_object_get(fields, "prompt"), "settings", "audio", 1);
    int is_built = task && set_copies(task, fields);
    if (is_built && work == REEL_VIDEO_FROM_WORDS) {
        is_built = set_size(task, error, fields) && set_first_frame(task, fields);
    } else if (is_built) {
        is_built = set_film(task, fields, work, film);
    }
    if (!is_built) {
        json_decref(task);
        return NULL;
    }
    return task;
}

/* The field behind a parameter of the task, or one of its members; NULL when there is none. */
static const char *field_of(const char *parameter)
{
    for (int i = 0; parameter && i < NAMES; i++) {
        size_t length = strlen(names[i].parameter);
        if (strncmp(parameter, names[i].parameter, length) == 0 &&
            (parameter[length] == 0 || parameter[length] == '.')) {
            return names[i].field;
        }
    }
    return NULL;
}

void reel_video_fields_translate(json_t *error)
{
    const json_t *parameter = json_object_get(error, "parameter");
    const json_t *first = json_is_array(parameter) ? json_array_get(parameter, 0) : parameter;
    const char *field = field_of(json_string_value(first));
    if (field) {
        json_object_set_new(error, "parameter", json_string(field));
    }
}

const char *reel_video_fields_prompt(const json_t *request)
{
    const char *prompt = json_string_value(json_object_get(request, "positivePrompt"));
    const json_t *videos = json_object_get(json_object_get(request, "inputs"), "referenceVideos");
    size_t length = strlen(FILM_PREFIX);
    return videos && prompt && strncmp(prompt, FILM_PREFIX, length) == 0 ? prompt + length : prompt;
}
