/* The one table of routes. A route is one row here and one handler in routes_*.c. */
#include "server/routes.h"

#include "server/check_parameters.h"
#include "server/errors.h"
#include "server/video_fields.h"

#include <stdlib.h>
#include <string.h>

#define TASKS(verb, where, function, ...)                                                          \
    {                                                                                              \
        .method = (verb), .path = (where), .handle = (function), __VA_ARGS__                       \
    }
#define OPENAI(verb, where, function, ...)                                                         \
    {                                                                                              \
        .method = (verb), .path = (where), .handle = (function), .needs_key = 1,                   \
        .dialect = REEL_DIALECT_OPENAI, __VA_ARGS__                                                \
    }

static const reel_parameter list_rows[] = {
    { .path = "limit",
      .type = REEL_PARAMETER_INTEGER,
      .min = 1,
      .max = 100,
      .preset = "20",
      .about = "How many at most." },
    { .path = "after",
      .type = REEL_PARAMETER_STRING,
      .about = "Begin behind the video with this id." },
    { .path = "order",
      .type = REEL_PARAMETER_STRING,
      .values = "asc desc",
      .preset = "desc",
      .about = "By the time of creation." },
};
static const reel_parameter content_rows[] = {
    { .path = "variant",
      .type = REEL_PARAMETER_STRING,
      .values = "video thumbnail spritesheet",
      .preset = "video",
      .about = "The film, its first frame, or sixteen of its frames on one sheet (JPEG)." },
};
static const reel_parameter_table list_query = { list_rows, sizeof list_rows / sizeof *list_rows };
static const reel_parameter_table content_query = { content_rows, 1 };

static const char about_tasks[] =
    "One task or many; each is answered for itself. Send the key as a bearer token or as a first "
    "task `authentication`.";
static const char about_socket[] =
    "The same tasks as text messages. Over a socket each task is answered by messages of its own.";
static const char about_events[] =
    "Server-sent events: `progress` whenever it changes, `preview` with an image as a data URI, "
    "and at the end `result` or `error` with what getResponse answers.";
static const char about_refused[] =
    "Refused with unsupportedParameter for as long as the model takes no films as input.";

static const reel_route rows[] = {
    TASKS("POST", "/v1", reel_post_tasks, .body = REEL_BODY_TASK_ARRAY, .answer = "Envelope",
          .summary = "Do tasks", .about = about_tasks),
    TASKS("POST", "/v1/", reel_post_tasks, .body = REEL_BODY_TASK_ARRAY, .answer = "Envelope",
          .summary = "The same"),
    TASKS("POST", "/", reel_post_tasks, .body = REEL_BODY_TASK_ARRAY, .answer = "Envelope",
          .summary = "The same"),
    TASKS("GET", "/v1", reel_get_websocket, .summary = "Open a WebSocket", .about = about_socket),
    TASKS("GET", "/v1/", reel_get_websocket, .summary = "The same"),
    TASKS("GET", "/", reel_get_websocket, .summary = "The same"),
    TASKS("DELETE", "/v1/tasks/{taskUUID}", reel_delete_task, .needs_key = 1, .counts = 1,
          .answer = "Envelope", .summary = "Cancel a task within a step",
          .about = "A task that has ended stays as it is; the answer tells its state."),
    TASKS("GET", "/v1/tasks/{taskUUID}/events", reel_get_events, .needs_key = 1,
          .answer = "text/event-stream", .summary = "Follow a task", .about = about_events),
    TASKS("GET", "/files/{name}", reel_get_file, .answer = "video/mp4", .summary = "Fetch a film",
          .about = "With HEAD, ranges and ETag. Needs no key: the name cannot be guessed."),
    OPENAI("POST", "/v1/videos", reel_post_video, .body = REEL_BODY_FIELDS,
           .fields = &reel_video_create_fields, .answer = "Video", .summary = "Make a video"),
    OPENAI("GET", "/v1/videos", reel_list_videos, .counts = 1, .query = &list_query,
           .answer = "VideoList", .summary = "List videos"),
    OPENAI("POST", "/v1/videos/edits", reel_post_edit, .body = REEL_BODY_FIELDS,
           .fields = &reel_video_edit_fields, .answer = "Video", .summary = "Edit a video",
           .about = about_refused),
    OPENAI("POST", "/v1/videos/extensions", reel_post_extension, .body = REEL_BODY_FIELDS,
           .fields = &reel_video_edit_fields, .answer = "Video",
           .summary = "Go on where a video ends", .about = about_refused),
    OPENAI("GET", "/v1/videos/{id}", reel_get_video, .is_quiet = 1, .answer = "Video",
           .summary = "Look how a video goes"),
    OPENAI("DELETE", "/v1/videos/{id}", reel_delete_video, .counts = 1, .answer = "VideoDeleted",
           .summary = "Cancel and forget a video"),
    OPENAI("GET", "/v1/videos/{id}/content", reel_get_video_content, .query = &content_query,
           .answer = "video/mp4", .summary = "Fetch a video"),
    OPENAI("POST", "/v1/videos/{id}/remix", reel_post_remix, .body = REEL_BODY_FIELDS,
           .fields = &reel_video_remix_fields, .answer = "Video",
           .summary = "Make a video anew with other words", .about = about_refused),
    OPENAI("GET", "/v1/models", reel_list_models, .answer = "ModelList", .summary = "List models"),
    OPENAI("GET", "/v1/models/{model}", reel_get_model, .answer = "Model",
           .summary = "Look at a model"),
    OPENAI("GET", "/v1/models/{model}/schema.json", reel_get_model_schema,
           .answer = "application/json",
           .summary = "JSON Schema of the model's requests and results"),
    TASKS("GET", "/openapi.json", reel_get_openapi, .answer = "application/json",
          .summary = "This description as OpenAPI 3.1"),
    TASKS("GET", "/healthz", reel_get_health, .is_quiet = 1, .answer = "Status",
          .summary = "Is the process up?"),
    TASKS("GET", "/readyz", reel_get_readiness, .is_quiet = 1, .answer = "Status",
          .summary = "Would a task be accepted?",
          .about = "503 while the queue is full, its database does not answer, or the server "
                   "stops."),
    TASKS("GET", "/metrics", reel_get_metrics, .is_quiet = 1, .answer = "text/plain",
          .summary = "Counters for Prometheus"),
};

const reel_route_table reel_routes = { rows, sizeof rows / sizeof *rows };

/* Non-zero if `path` follows the pattern; `value` receives its {...}. */
static int fits(char value[REEL_PATH_VALUE_SIZE], const char *pattern, const char *path)
{
    value[0] = 0;
    const char *brace = strchr(pattern, '{');
    if (!brace) {
        return strcmp(pattern, path) == 0;
    }
    size_t prefix = (size_t)(brace - pattern);
    if (strncmp(pattern, path, prefix) != 0) {
        return 0;
    }
    path += prefix;
    size_t length = strcspn(path, "/");
    if (length == 0 || length >= REEL_PATH_VALUE_SIZE ||
        strcmp(strchr(brace, '}') + 1, path + length) != 0) {
        return 0;
    }
    memcpy(value, path, length);
    value[length] = 0;
    return 1;
}

const reel_route *reel_route_find(char value[REEL_PATH_VALUE_SIZE], int *knows_path,
                                  const char *method, const char *path)
{
    const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
    *knows_path = 0;
    for (int i = 0; i < reel_routes.count; i++) {
        if (fits(value, rows[i].path, path)) {
            if (strcmp(rows[i].method, wanted) == 0) {
                return &rows[i];
            }
            *knows_path = 1;
        }
    }
    return NULL;
}

/* What a query says is text; numbers become numbers where they are wanted. */
static json_t *value_of(const reel_parameter *p, const char *text)
{
    char *end;
    long long number = strtoll(text, &end, 10);
    return p->type == REEL_PARAMETER_INTEGER && *text && !*end ? json_integer(number)
                                                               : json_string(text);
}

int reel_route_read_query(json_t **values, json_t **error, const reel_exchange *x)
{
    const reel_parameter_table *table = x->route->query;
    *values = json_object();
    *error = NULL;
    for (int i = 0; table && i < table->count; i++) {
        const char *text = reel_exchange_query(x, table->rows[i].path);
        if (text && json_object_set_new(*values, table->rows[i].path,
                                        value_of(&table->rows[i], text)) != 0) {
            *error = reel_error_new("invalidRequest", table->rows[i].path,
                                    "Invalid value for '%s' parameter. It must be UTF-8.",
                                    table->rows[i].path);
            return 0;
        }
    }
    return !table || reel_check_object(error, *values, table);
}
