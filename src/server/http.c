/* libmicrohttpd around the protocol. */
#include "server/http.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "server/errors.h"
#include "server/files.h"
#include "server/uuid.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum {
    SILENT_SECONDS = 30, /* a request may pause so long */
    BODY_START = 4096,
    HEADERS_MAX = 32 << 10,
    METRICS_MAX = 1 << 20,
    BUSY_RETRY_SECONDS = 5
};

typedef struct request request;

typedef enum MHD_Result (*handler)(request *r, const char *rest);

/* One way into the server. */
typedef struct {
    const char *method, *path; /* a path that ends in * stands for all that begin so */
    handler handle;
    int has_body, needs_key;
} route;

struct reel_http {
    reel_http_config config;
    struct MHD_Daemon *daemon;
    atomic_int stops;
};

struct request {
    reel_http *http;
    struct MHD_Connection *connection;
    const route *route; /* NULL: answered without one */
    reel_caller caller;
    char *body;
    size_t length, capacity; /* capacity is counted in metrics.body_bytes */
    size_t refused;          /* bytes thrown away after the body grew over a limit */
    unsigned refusal;        /* the status that says so, or 0 */
    unsigned status;         /* of the answer */
    double began;
};

/* ---- answers ------------------------------------------------------------------------------- */

static enum MHD_Result send_response(request *r, unsigned status, struct MHD_Response *response)
{
    if (!response) {
        return MHD_NO; /* without memory there is no answer */
    }
    MHD_add_response_header(response, "Access-Control-Allow-Origin", "*");
    MHD_add_response_header(response, "Access-Control-Expose-Headers",
                            "Content-Range, ETag, Retry-After");
    r->status = status;
    enum MHD_Result result = MHD_queue_response(r->connection, status, response);
    MHD_destroy_response(response);
    return result;
}

/* A copy of `text` as a response of this type. */
static struct MHD_Response *text_response(const char *text, const char *type)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
    if (response) {
        MHD_add_response_header(response, "Content-Type", type);
    }
    return response;
}

static void add_retry_after(struct MHD_Response *response, int seconds)
{
    char text[16];
    if (response && seconds > 0) {
        snprintf(text, sizeof text, "%d", seconds);
        MHD_add_response_header(response, "Retry-After", text);
    }
}

static struct MHD_Response *json_response(json_t *value)
{
    char *text = value ? json_dumps(value, JSON_COMPACT) : NULL;
    json_decref(value);
    struct MHD_Response *response = text ? text_response(text, "application/json") : NULL;
    free(text);
    return response;
}

/* {"errors": [...]} with one error, as the protocol would say it. */
static enum MHD_Result refuse(request *r, unsigned status, const char *code, const char *message)
{
    struct MHD_Response *response =
        json_response(json_pack("{s:[o]}", "errors", reel_error_new(code, NULL, "%s", message)));
    if (response && status == MHD_HTTP_UNAUTHORIZED) {
        MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
    }
    add_retry_after(response, status == MHD_HTTP_SERVICE_UNAVAILABLE ? BUSY_RETRY_SECONDS : 0);
    return send_response(r, status, response);
}

static enum MHD_Result refuse_body(request *r, unsigned status)
{
    char message[96];
    if (status == MHD_HTTP_SERVICE_UNAVAILABLE) {
        return refuse(r, status, "serviceUnavailable", "The server is busy with large requests.");
    }
    snprintf(message, sizeof message, "The request body is larger than %zu bytes.",
             r->http->config.body_limit);
    return refuse(r, MHD_HTTP_CONTENT_TOO_LARGE, "valueTooLarge", message);
}

static const char *header_of(const request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

/* ---- routes -------------------------------------------------------------------------------- */

static enum MHD_Result post_tasks(request *r, const char *rest)
{
    (void)rest;
    reel_frames frames = { 0 };
    reel_status status = reel_protocol_handle(r->http->config.protocol, &r->caller,
                                              r->body ? r->body : "", r->length, &frames);
    if (status < 0 || frames.count == 0) {
        reel_log(REEL_LOG_ERROR, "event=request-failed reason=\"%s\"", reel_error_message());
        reel_frames_deinit(&frames);
        return refuse(r, MHD_HTTP_INTERNAL_SERVER_ERROR, "internalServerError",
                      "The server could not answer.");
    }
    struct MHD_Response *response = text_response(frames.texts[0], "application/json");
    unsigned http_status = (unsigned)frames.http_status;
    add_retry_after(response, frames.retry_after_seconds);
    reel_frames_deinit(&frames);
    return send_response(r, http_status, response);
}

static void close_upgraded(void *user)
{
    MHD_upgrade_action(user, MHD_UPGRADE_ACTION_CLOSE);
}

static void on_upgrade(void *user, struct MHD_Connection *connection, void *request_user,
                       const char *early, size_t early_size, MHD_socket fd,
                       struct MHD_UpgradeResponseHandle *handle)
{
    (void)connection;
    reel_http *http = user;
    const request *r = request_user;
    reel_websocket_handover handover = { .fd = fd,
                                         .early = early,
                                         .early_size = early_size,
                                         .caller = r->caller,
                                         .close = close_upgraded,
                                         .user = handle };
    handover.caller.transport = REEL_TRANSPORT_WEBSOCKET;
    reel_websockets_add(http->config.websockets, &handover);
}

/* Non-zero if the comma-separated list holds `word` in any letter case. */
static int list_holds(const char *list, const char *word)
{
    size_t length = strlen(word);
    while (list && *list) {
        list += strspn(list, " \t,");
        size_t item = strcspn(list, " \t,");
        if (item == length && strncasecmp(list, word, length) == 0) {
            return 1;
        }
        list += item;
    }
    return 0;
}

static enum MHD_Result get_websocket(request *r, const char *rest)
{
    (void)rest;
    const char *key = header_of(r, "Sec-WebSocket-Key");
    const char *version = header_of(r, "Sec-WebSocket-Version");
    if (!list_holds(header_of(r, "Upgrade"), "websocket") ||
        !list_holds(header_of(r, "Connection"), "upgrade")) {
        struct MHD_Response *response = json_response(json_pack(
            "{s:[o]}", "errors",
            reel_error_new("invalidRequest", NULL, "Send tasks by POST or over a WebSocket.")));
        if (response) {
            MHD_add_response_header(response, "Allow", "POST, OPTIONS");
        }
        return send_response(r, MHD_HTTP_METHOD_NOT_ALLOWED, response);
    }
    if (!version || strcmp(version, "13") != 0 || !key || strlen(key) != 24) {
        struct MHD_Response *response = text_response("", "text/plain");
        if (response) {
            MHD_add_response_header(response, "Sec-WebSocket-Version", "13");
        }
        return send_response(r,
                             version && strcmp(version, "13") == 0 ? MHD_HTTP_BAD_REQUEST
                                                                   : MHD_HTTP_UPGRADE_REQUIRED,
                             response);
    }
    char accept[REEL_WEBSOCKET_ACCEPT_SIZE];
    reel_websocket_accept(accept, key);
    struct MHD_Response *response = MHD_create_response_for_upgrade(on_upgrade, r->http);
    if (response) {
        MHD_add_response_header(response, "Upgrade", "websocket");
        MHD_add_response_header(response, "Sec-WebSocket-Accept", accept);
    }
    return send_response(r, MHD_HTTP_SWITCHING_PROTOCOLS, response);
}

static enum MHD_Result get_file(request *r, const char *rest)
{
    unsigned status;
    uint64_t size;
    struct MHD_Response *response =
        reel_file_respond(&status, &size, r->connection, r->http->config.files_dir, rest);
    if (response) {
        return send_response(r, status, response);
    }
    if (status == MHD_HTTP_RANGE_NOT_SATISFIABLE) {
        char text[64];
        snprintf(text, sizeof text, "bytes */%llu", (unsigned long long)size);
        response = text_response("", "text/plain");
        if (response) {
            MHD_add_response_header(response, "Content-Range", text);
        }
        return send_response(r, status, response);
    }
    return status == MHD_HTTP_NOT_FOUND
               ? refuse(r, status, "mediaNotFound", "There is no such film, or its time is over.")
               : refuse(r, status, "internalServerError", "The server could not answer.");
}

static enum MHD_Result refuse_task(request *r)
{
    return refuse(r, MHD_HTTP_NOT_FOUND, "taskNotFound", "There is no such task.");
}

static enum MHD_Result delete_task(request *r, const char *rest)
{
    char uuid[REEL_UUID_SIZE];
    reel_task_state state;
    if (!reel_uuid_is_v4(rest)) {
        return refuse_task(r);
    }
    reel_uuid_lower(uuid, rest);
    reel_status status =
        reel_queue_cancel(&state, r->http->config.protocol->queue, uuid, r->caller.key);
    if (status == REEL_ERR_NOT_FOUND) {
        return refuse_task(r);
    }
    if (status < 0) {
        reel_log(REEL_LOG_ERROR, "task=%s event=cancel-failed reason=\"%s\"", uuid,
                 reel_error_message());
        return refuse(r, MHD_HTTP_INTERNAL_SERVER_ERROR, "internalServerError",
                      "The server could not answer.");
    }
    return send_response(
        r, MHD_HTTP_OK,
        json_response(json_pack("{s:[{s:s, s:s, s:s}]}", "data", "taskType", "videoInference",
                                "taskUUID", uuid, "status", reel_task_state_name(state))));
}

/* /v1/tasks/UUID/events */
static enum MHD_Result get_events(request *r, const char *rest)
{
    char uuid[REEL_UUID_SIZE];
    reel_task task;
    snprintf(uuid, sizeof uuid, "%s", rest);
    if (strlen(rest) < REEL_UUID_SIZE || strcmp(rest + REEL_UUID_SIZE - 1, "/events") != 0 ||
        !reel_uuid_is_v4(uuid)) {
        return refuse_task(r);
    }
    reel_uuid_lower(uuid, uuid);
    if (reel_queue_find(&task, r->http->config.protocol->queue, uuid, r->caller.key) < 0) {
        return refuse_task(r);
    }
    reel_task_deinit(&task);
    struct MHD_Response *response =
        reel_events_respond(r->http->config.events, r->connection, uuid, r->caller.key);
    return response ? send_response(r, MHD_HTTP_OK, response)
                    : refuse(r, MHD_HTTP_SERVICE_UNAVAILABLE, "serviceUnavailable",
                             "There are too many event streams.");
}

static enum MHD_Result get_health(request *r, const char *rest)
{
    (void)rest;
    return send_response(r, MHD_HTTP_OK, text_response("{\"status\":\"ok\"}", "application/json"));
}

static enum MHD_Result get_readiness(request *r, const char *rest)
{
    (void)rest;
    reel_queue_counts counts;
    if (reel_queue_count(&counts, r->http->config.protocol->queue) < 0) {
        return refuse(r, MHD_HTTP_SERVICE_UNAVAILABLE, "serviceUnavailable",
                      "The task database does not answer.");
    }
    if (counts.is_full) {
        return refuse(r, MHD_HTTP_SERVICE_UNAVAILABLE, "serviceUnavailable", "The queue is full.");
    }
    return send_response(
        r, MHD_HTTP_OK,
        json_response(json_pack("{s:s, s:I, s:I, s:s}", "status", "ready", "queued",
                                (json_int_t)counts.queued, "running", (json_int_t)counts.running,
                                "model", r->http->config.protocol->model_name)));
}

static enum MHD_Result get_metrics(request *r, const char *rest)
{
    (void)rest;
    reel_str text;
    reel_str_init(&text, METRICS_MAX);
    reel_status status =
        reel_metrics_write(&text, r->http->config.metrics, r->http->config.protocol->queue);
    enum MHD_Result result =
        status < 0
            ? refuse(r, MHD_HTTP_INTERNAL_SERVER_ERROR, "internalServerError",
                     "The server could not answer.")
            : send_response(r, MHD_HTTP_OK, text_response(text.text, "text/plain; version=0.0.4"));
    reel_str_deinit(&text);
    return result;
}

static const route routes[] = {
    { .method = "POST", .path = "/v1", .handle = post_tasks, .has_body = 1 },
    { .method = "POST", .path = "/v1/", .handle = post_tasks, .has_body = 1 },
    { .method = "POST", .path = "/", .handle = post_tasks, .has_body = 1 },
    { .method = "GET", .path = "/v1", .handle = get_websocket },
    { .method = "GET", .path = "/v1/", .handle = get_websocket },
    { .method = "GET", .path = "/", .handle = get_websocket },
    { .method = "GET", .path = "/files/*", .handle = get_file },
    { .method = "DELETE", .path = "/v1/tasks/*", .handle = delete_task, .needs_key = 1 },
    { .method = "GET", .path = "/v1/tasks/*", .handle = get_events, .needs_key = 1 },
    { .method = "GET", .path = "/healthz", .handle = get_health },
    { .method = "GET", .path = "/readyz", .handle = get_readiness },
    { .method = "GET", .path = "/metrics", .handle = get_metrics },
};

enum { ROUTE_COUNT = sizeof routes / sizeof routes[0] };

/* ---- requests ------------------------------------------------------------------------------ */

/* What of `path` the * of a route stands for, "" without one, NULL when it does not fit. */
static const char *match(const route *candidate, const char *path)
{
    size_t length = strlen(candidate->path);
    if (candidate->path[length - 1] == '*') {
        return strncmp(path, candidate->path, length - 1) == 0 ? path + length - 1 : NULL;
    }
    return strcmp(path, candidate->path) == 0 ? "" : NULL;
}

/* The route, or NULL; *knows_path tells a wrong method from a wrong path. */
static const route *find_route(const char **rest, int *knows_path, const char *method,
                               const char *path)
{
    const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
    *knows_path = 0;
    for (int i = 0; i < ROUTE_COUNT; i++) {
        *rest = match(&routes[i], path);
        if (*rest && strcmp(routes[i].method, wanted) == 0) {
            return &routes[i];
        }
        *knows_path |= *rest != NULL;
    }
    return NULL;
}

static int64_t key_of(const request *r)
{
    const reel_auth *auth = r->http->config.auth;
    const char *value = header_of(r, "Authorization");
    if (reel_auth_is_open(auth)) {
        return REEL_KEY_OPEN;
    }
    if (!value || strncasecmp(value, "Bearer ", 7) != 0) {
        return value ? REEL_KEY_WRONG : REEL_KEY_NONE;
    }
    value += 7;
    value += strspn(value, " ");
    return reel_auth_check(auth, value, strlen(value));
}

static enum MHD_Result answer_options(request *r)
{
    struct MHD_Response *response = text_response("", "text/plain");
    if (response) {
        MHD_add_response_header(response, "Access-Control-Allow-Methods",
                                "GET, HEAD, POST, DELETE, OPTIONS");
        MHD_add_response_header(response, "Access-Control-Allow-Headers",
                                "Authorization, Content-Type, Range");
        MHD_add_response_header(response, "Access-Control-Max-Age", "86400");
    }
    return send_response(r, MHD_HTTP_NO_CONTENT, response);
}

/* The headers are there: answer at once, or MHD_YES without an answer to take in the body. */
static enum MHD_Result begin(request *r, const char *method, const char *path)
{
    const char *rest;
    int knows_path;
    if (strcmp(method, "OPTIONS") == 0) {
        return answer_options(r);
    }
    if (atomic_load(&r->http->stops)) {
        return refuse(r, MHD_HTTP_SERVICE_UNAVAILABLE, "serviceUnavailable", "The server stops.");
    }
    r->route = find_route(&rest, &knows_path, method, path);
    if (!r->route) {
        return knows_path ? refuse(r, MHD_HTTP_METHOD_NOT_ALLOWED, "invalidRequest",
                                   "This address has no such method.")
                          : refuse(r, MHD_HTTP_NOT_FOUND, "notFound", "There is no such address.");
    }
    r->caller = (reel_caller){ .key = key_of(r), .transport = REEL_TRANSPORT_REST };
    if (r->route->needs_key && r->caller.key < 0) {
        return r->caller.key == REEL_KEY_NONE
                   ? refuse(r, MHD_HTTP_UNAUTHORIZED, "missingApiKey", "An API key is required.")
                   : refuse(r, MHD_HTTP_UNAUTHORIZED, "invalidApiKey", "Invalid API key.");
    }
    if (!r->route->has_body) {
        return r->route->handle(r, rest);
    }
    const char *length = header_of(r, "Content-Length");
    if (length && strtoull(length, NULL, 10) > r->http->config.body_limit) {
        return refuse_body(r, MHD_HTTP_CONTENT_TOO_LARGE);
    }
    return MHD_YES;
}

static void drop_body(request *r)
{
    atomic_fetch_sub(&r->http->config.metrics->body_bytes, (long long)r->capacity);
    free(r->body);
    r->body = NULL;
    r->length = r->capacity = 0;
}

/* Room for `more` bytes; a refusal when there is none. */
static void reserve(request *r, size_t more)
{
    const reel_http_config *config = &r->http->config;
    if (r->length + more > config->body_limit) {
        r->refusal = MHD_HTTP_CONTENT_TOO_LARGE;
        return;
    }
    if (r->length + more <= r->capacity) {
        return;
    }
    size_t capacity = r->capacity ? r->capacity : BODY_START;
    while (capacity < r->length + more) {
        capacity *= 2;
    }
    long long grown = (long long)(capacity - r->capacity);
    long long all = atomic_fetch_add(&config->metrics->body_bytes, grown) + grown;
    char *body = all <= (long long)config->memory_limit ? realloc(r->body, capacity) : NULL;
    if (!body) {
        atomic_fetch_sub(&config->metrics->body_bytes, grown);
        r->refusal = MHD_HTTP_SERVICE_UNAVAILABLE;
        return;
    }
    r->body = body;
    r->capacity = capacity;
}

/* MHD_NO ends the connection of a client that goes on sending what was refused. */
static enum MHD_Result take_body(request *r, const char *data, size_t size)
{
    if (!r->refusal) {
        reserve(r, size);
    }
    if (r->refusal) {
        drop_body(r);
        r->refused += size;
        return r->refused > r->http->config.body_limit ? MHD_NO : MHD_YES;
    }
    memcpy(r->body + r->length, data, size);
    r->length += size;
    return MHD_YES;
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *data,
                                  size_t *data_size, void **state)
{
    (void)version;
    request *r = *state;
    if (!r) {
        r = calloc(1, sizeof *r);
        if (!r) {
            return MHD_NO;
        }
        *state = r;
        r->http = user;
        r->connection = connection;
        r->began = reel_clock_seconds();
        return begin(r, method, path);
    }
    if (*data_size > 0) {
        enum MHD_Result result = take_body(r, data, *data_size);
        *data_size = 0;
        return result;
    }
    return r->refusal ? refuse_body(r, r->refusal) : r->route->handle(r, "");
}

static void on_completed(void *user, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode why)
{
    (void)user, (void)connection, (void)why;
    request *r = *state;
    *state = NULL;
    if (!r) {
        return;
    }
    reel_metrics_request(r->http->config.metrics, r->status);
    /* The pattern of the route, not the path: what a stranger writes does not belong in the log. */
    reel_log(REEL_LOG_DEBUG, "event=request method=%s path=%s status=%u bytes=%zu ms=%.1f",
             r->route ? r->route->method : "-", r->route ? r->route->path : "-", r->status,
             r->length, (reel_clock_seconds() - r->began) * 1000);
    drop_body(r);
    free(r);
}

static void on_log(void *user, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void on_log(void *user, const char *format, va_list args)
{
    (void)user;
    char line[512];
    vsnprintf(line, sizeof line, format, args);
    line[strcspn(line, "\r\n")] = 0;
    reel_log(REEL_LOG_DEBUG, "event=http reason=\"%s\"", line);
}

reel_status reel_http_open(reel_http **out, const reel_http_config *config, int listener)
{
    *out = NULL;
    reel_http *http = calloc(1, sizeof *http);
    if (!http) {
        close(listener);
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for the HTTP server");
    }
    http->config = *config;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_UPGRADE | MHD_ALLOW_SUSPEND_RESUME |
                     MHD_USE_ITC | MHD_USE_ERROR_LOG;
    http->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, http, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
        MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)config->threads,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)config->connections, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)SILENT_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS_MAX,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
    if (!http->daemon) {
        reel_status status =
            REEL_FAIL(REEL_ERR_IO, "the HTTP server: %s", errno ? strerror(errno) : "no start");
        close(listener);
        free(http);
        return status;
    }
    *out = http;
    return REEL_OK;
}

void reel_http_stop(reel_http *http)
{
    atomic_store(&http->stops, 1);
    MHD_socket listener = MHD_quiesce_daemon(http->daemon);
    if (listener != MHD_INVALID_SOCKET) {
        close(listener);
    }
}

void reel_http_close(reel_http *http)
{
    if (http) {
        MHD_stop_daemon(http->daemon);
        free(http);
    }
}
