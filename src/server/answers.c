/* The tables of answers. Tests hold what the server says against them. */
#include "server/answers.h"

#define ROW(name, kind, ...)                                                                       \
    {                                                                                              \
        .path = (name), .type = REEL_PARAMETER_##kind, __VA_ARGS__                                 \
    }
#define FILM_ROWS(prefix)                                                                          \
    ROW(prefix "taskType", STRING, .is_required = 1, .about = "Of the task, also in a poll."),     \
        ROW(prefix "taskUUID", STRING, .about = "Of the task; none for authentication and ping."), \
        ROW(prefix "status", STRING,                                                               \
            .values = "processing success queued running done failed cancelled",                   \
            .about = "Absent in an acknowledgement; films are processing, then success; the "      \
                     "others tell how a cancelled task stood."),                                   \
        ROW(prefix "progress", INTEGER, .max = 100, .about = "Percent, while processing."),        \
        ROW(prefix "videoUUID", STRING, .format = REEL_FORMAT_UUID,                                \
            .about = "Names the film before it exists."),                                          \
        ROW(prefix "videoURL", STRING, .format = REEL_FORMAT_URL, .about = "Of a finished film."), \
        ROW(prefix "seed", INTEGER, .about = "Of a finished film."),                               \
        ROW(prefix "NSFWContent", BOOLEAN, .about = "Of a film that was checked."),                \
        ROW(prefix "cost", FLOAT, .about = "In USD, with includeCost.")
#define OTHER_ROWS(prefix)                                                                         \
    ROW(prefix "pong", BOOLEAN, .about = "Of ping."),                                              \
        ROW(prefix "connectionSessionUUID", STRING, .format = REEL_FORMAT_UUID,                    \
            .about = "Of authentication."),                                                        \
        ROW(prefix "operation", STRING, .about = "Of mediaStorage and accountManagement."),        \
        ROW(prefix "mediaUUID", STRING, .format = REEL_FORMAT_UUID, .about = "Of mediaStorage."),  \
        ROW(prefix "mediaURL", STRING, .format = REEL_FORMAT_URL, .about = "Of mediaStorage."),    \
        ROW(prefix "imageUUID", STRING, .format = REEL_FORMAT_UUID, .about = "Of imageUpload."),   \
        ROW(prefix "imageURL", STRING, .format = REEL_FORMAT_URL, .about = "Of imageUpload."),     \
        ROW(prefix "text", STRING, .about = "Of promptEnhance.")
#define ERROR_ROWS(prefix)                                                                         \
    ROW(prefix "code", STRING, .is_required = 1, .about = "See the table of codes."),              \
        ROW(prefix "message", STRING, .is_required = 1, .about = "One sentence or two."),          \
        ROW(prefix "parameter", STRING, .elements = REEL_ELEMENT_STRING,                           \
            .about = "The path of the parameter at fault, or an array of them."),                  \
        ROW(prefix "type", STRING, .about = "That the parameter should have."),                    \
        ROW(prefix "allowedValues", ARRAY, .elements = REEL_ELEMENT_STRING,                        \
            .about = "Of the parameter."),                                                         \
        ROW(prefix "min", FLOAT, .about = "Of the parameter."),                                    \
        ROW(prefix "max", FLOAT, .about = "Of the parameter."),                                    \
        ROW(prefix "documentation", STRING, .format = REEL_FORMAT_URL,                             \
            .about = "Where more is said."),                                                       \
        ROW(prefix "status", STRING, .values = "error", .about = "Of a task that failed."),        \
        ROW(prefix "taskType", STRING, .about = "Of the task that failed."),                       \
        ROW(prefix "taskUUID", STRING, .about = "Of the task that failed.")

#define VIDEO_ROWS(prefix)                                                                         \
    ROW(prefix "id", STRING, .is_required = 1,                                                     \
        .about = "video_ and the taskUUID without dashes."),                                       \
        ROW(prefix "object", STRING, .is_required = 1, .values = "video"),                         \
        ROW(prefix "model", STRING, .is_required = 1),                                             \
        ROW(prefix "status", STRING, .is_required = 1,                                             \
            .values = "queued in_progress completed failed"),                                      \
        ROW(prefix "progress", INTEGER, .is_required = 1, .max = 100, .about = "Percent."),        \
        ROW(prefix "created_at", INTEGER, .is_required = 1, .about = "Unix seconds."),             \
        ROW(prefix "completed_at", INTEGER, .about = "Unix seconds."),                             \
        ROW(prefix "expires_at", INTEGER, .about = "When the film will be removed."),              \
        ROW(prefix "seconds", STRING, .is_required = 1),                                           \
        ROW(prefix "size", STRING, .is_required = 1),                                              \
        ROW(prefix "prompt", STRING, .is_required = 1),                                            \
        ROW(prefix "error", OBJECT, .about = "Why it failed."),                                    \
        ROW(prefix "error.code", STRING, .is_required = 1),                                        \
        ROW(prefix "error.message", STRING, .is_required = 1),                                     \
        ROW(prefix "remixed_from_video_id", STRING)
#define MODEL_ROWS(prefix)                                                                         \
    ROW(prefix "id", STRING, .is_required = 1),                                                    \
        ROW(prefix "object", STRING, .is_required = 1, .values = "model"),                         \
        ROW(prefix "created", INTEGER, .is_required = 1, .about = "When the server loaded it."),   \
        ROW(prefix "owned_by", STRING, .is_required = 1),                                          \
        ROW(prefix "name", STRING, .is_required = 1, .about = "Of the loaded weights.")

static const reel_parameter member_rows[] = { FILM_ROWS("") };
const reel_parameter_table reel_task_answer_members = { member_rows,
                                                        sizeof member_rows / sizeof *member_rows };

static const reel_parameter envelope_rows[] = {
    ROW("data", ARRAY, .elements = REEL_ELEMENT_OBJECT,
        .about = "Of the tasks that went well; never empty."),
    FILM_ROWS("data."),
    OTHER_ROWS("data."),
    ROW("errors", ARRAY, .elements = REEL_ELEMENT_OBJECT,
        .about = "Of the tasks that did not; never empty."),
    ERROR_ROWS("errors."),
};
static const reel_parameter video_rows[] = { VIDEO_ROWS("") };
static const reel_parameter list_rows[] = {
    ROW("object", STRING, .is_required = 1, .values = "list"),
    ROW("data", ARRAY, .is_required = 1, .elements = REEL_ELEMENT_OBJECT, .about = "Each a Video."),
    VIDEO_ROWS("data."),
    ROW("first_id", STRING),
    ROW("last_id", STRING),
    ROW("has_more", BOOLEAN, .is_required = 1),
};
static const reel_parameter deleted_rows[] = {
    ROW("id", STRING, .is_required = 1),
    ROW("object", STRING, .is_required = 1, .values = "video.deleted"),
    ROW("deleted", BOOLEAN, .is_required = 1),
};
static const reel_parameter model_rows[] = { MODEL_ROWS("") };
static const reel_parameter models_rows[] = {
    ROW("object", STRING, .is_required = 1, .values = "list"),
    ROW("data", ARRAY, .is_required = 1, .elements = REEL_ELEMENT_OBJECT, .about = "Each a Model."),
    MODEL_ROWS("data."),
};
static const reel_parameter status_rows[] = {
    ROW("status", STRING, .is_required = 1, .values = "ok ready"),
    ROW("queued", INTEGER),
    ROW("running", INTEGER),
    ROW("model", STRING),
};
static const reel_parameter errors_rows[] = {
    ROW("errors", ARRAY, .is_required = 1, .elements = REEL_ELEMENT_OBJECT),
    ERROR_ROWS("errors."),
};
static const reel_parameter error_rows[] = {
    ROW("error", OBJECT, .is_required = 1),
    ROW("error.message", STRING, .is_required = 1),
    ROW("error.type", STRING, .is_required = 1),
    ROW("error.param", STRING, .about = "The field at fault."),
    ROW("error.code", STRING, .is_required = 1, .about = "See the table of codes."),
    ROW("error.allowedValues", ARRAY, .elements = REEL_ELEMENT_STRING, .about = "Of the field."),
    ROW("error.min", FLOAT, .about = "Of the field."),
    ROW("error.max", FLOAT, .about = "Of the field."),
    ROW("error.documentation", STRING, .format = REEL_FORMAT_URL, .about = "Where more is said."),
};

#define TABLE(rows)                                                                                \
    {                                                                                              \
        rows, sizeof rows / sizeof *rows                                                           \
    }

const reel_answer reel_answers[] = {
    { "Envelope", TABLE(envelope_rows) },    { "Errors", TABLE(errors_rows) },
    { "Video", TABLE(video_rows) },          { "VideoList", TABLE(list_rows) },
    { "VideoDeleted", TABLE(deleted_rows) }, { "Model", TABLE(model_rows) },
    { "ModelList", TABLE(models_rows) },     { "Error", TABLE(error_rows) },
    { "Status", TABLE(status_rows) },
};

const int reel_answer_count = sizeof reel_answers / sizeof *reel_answers;
