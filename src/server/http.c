/* libmicrohttpd around the routes: who calls, bodies and their bounds, one log line per request. */
#include "server/http.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "server/connections.h"
#include "server/errors.h"
#include "server/exchange.h"
#include "server/limits.h"
#include "server/routes.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

enum {
    SILENT_SECONDS = 30, /* a request may pause so long */
    BODY_START = 4096,
    HEADERS_MAX = 32 << 10,
    BYTES_PER_SECOND_MIN = 1024,
    DRAIN_LOOK_MS = 20
};

struct reel_http {
    reel_http_config config;
    struct MHD_Daemon *daemon;
    atomic_int stops;
    atomic_int active; /* requests that are not answered to the end */
    reel_connections *connections;
};

static enum MHD_Result refuse_body(reel_exchange *x, unsigned status)
{
    char message[96];
    if (status == MHD_HTTP_SERVICE_UNAVAILABLE) {
        return reel_exchange_refuse(x, status, "serviceUnavailable",
                                    "The server is busy with large requests.");
    }
    snprintf(message, sizeof message, "The request body is larger than %zu bytes.",
             x->config->body_limit);
    return reel_exchange_refuse(x, MHD_HTTP_CONTENT_TOO_LARGE, "valueTooLarge", message);
}

static int64_t key_of(const reel_exchange *x)
{
    const reel_auth *auth = x->config->auth;
    const char *value = reel_exchange_header(x, "Authorization");
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

static enum MHD_Result answer_options(reel_exchange *x)
{
    struct MHD_Response *response = reel_response_of_text("", "text/plain");
    if (response) {
        MHD_add_response_header(response, "Access-Control-Allow-Methods",
                                "GET, HEAD, POST, DELETE, OPTIONS");
        MHD_add_response_header(response, "Access-Control-Allow-Headers",
                                "Authorization, Content-Type, Range, *");
        MHD_add_response_header(response, "Access-Control-Max-Age", "86400");
    }
    return reel_exchange_send(x, MHD_HTTP_NO_CONTENT, response);
}

/* What the route asks of any caller; 0 when the answer is on its way. */
static int admit(reel_exchange *x, enum MHD_Result *result)
{
    if (x->route->needs_key && x->caller.key < 0) {
        int is_missing = x->caller.key == REEL_KEY_NONE;
        *result = reel_exchange_refuse(x, MHD_HTTP_UNAUTHORIZED,
                                       is_missing ? "missingApiKey" : "invalidApiKey",
                                       is_missing ? "An API key is required." : "Invalid API key.");
        return 0;
    }
    int wait = x->route->counts ? reel_limits_take(x->config->protocol->limits, x->caller.key) : 0;
    if (wait > 0) {
        *result =
            reel_exchange_send_error(x, MHD_HTTP_TOO_MANY_REQUESTS, reel_limits_error(), wait);
        return 0;
    }
    return 1;
}

/* The headers are there: answer at once, or MHD_YES without an answer to take in the body. */
static enum MHD_Result begin(reel_exchange *x, const char *method, const char *path)
{
    int knows_path;
    enum MHD_Result result;
    if (strcmp(method, "OPTIONS") == 0) {
        return answer_options(x);
    }
    if (atomic_load(&x->http->stops)) {
        return reel_exchange_refuse(x, MHD_HTTP_SERVICE_UNAVAILABLE, "serviceUnavailable",
                                    "The server stops.");
    }
    x->route = reel_route_find(x->value, &knows_path, method, path);
    if (!x->route) {
        return knows_path ? reel_exchange_refuse(x, MHD_HTTP_METHOD_NOT_ALLOWED, "invalidRequest",
                                                 "This address has no such method.")
                          : reel_exchange_refuse(x, MHD_HTTP_NOT_FOUND, "notFound",
                                                 "There is no such address.");
    }
    x->is_quiet = x->route->is_quiet;
    x->caller = (reel_caller){ .key = key_of(x), .transport = REEL_TRANSPORT_REST };
    if (x->route->body == REEL_BODY_NONE) {
        return admit(x, &result) ? x->route->handle(x) : result;
    }
    if (x->route->needs_key && x->caller.key < 0) {
        x->refusal = MHD_HTTP_UNAUTHORIZED; /* told at the end: a client that is still writing would
                                             * only see that nobody reads */
    }
    const char *length = reel_exchange_header(x, "Content-Length");
    if (length && strtoull(length, NULL, 10) > x->config->body_limit) {
        return refuse_body(x, MHD_HTTP_CONTENT_TOO_LARGE);
    }
    return MHD_YES;
}

static void drop_body(reel_exchange *x)
{
    atomic_fetch_sub(&x->config->metrics->body_bytes, (long long)x->capacity);
    free(x->body);
    x->body = NULL;
    x->length = x->capacity = 0;
}

/* Room for `more` bytes; a refusal when there is none. */
static void reserve(reel_exchange *x, size_t more)
{
    const reel_http_config *config = x->config;
    if (x->length + more > config->body_limit) {
        x->refusal = MHD_HTTP_CONTENT_TOO_LARGE;
        return;
    }
    if (x->length + more <= x->capacity) {
        return;
    }
    size_t capacity = x->capacity ? x->capacity : BODY_START;
    while (capacity < x->length + more) {
        capacity *= 2;
    }
    long long grown = (long long)(capacity - x->capacity);
    long long all = atomic_fetch_add(&config->metrics->body_bytes, grown) + grown;
    char *body = all <= (long long)config->memory_limit ? realloc(x->body, capacity) : NULL;
    if (!body) {
        atomic_fetch_sub(&config->metrics->body_bytes, grown);
        x->refusal = MHD_HTTP_SERVICE_UNAVAILABLE;
        return;
    }
    x->body = body;
    x->capacity = capacity;
}

/* A body may pause now and then, but not come as slowly as it can. */
static int is_too_slow(const reel_exchange *x)
{
    double allowed =
        x->config->patience_seconds + (double)(x->length + x->refused) / BYTES_PER_SECOND_MIN;
    return reel_clock_seconds() - x->began > allowed;
}

/* MHD_NO ends the connection of a client that goes on sending what was refused. */
static enum MHD_Result take_body(reel_exchange *x, const char *data, size_t size)
{
    if (is_too_slow(x)) {
        return MHD_NO;
    }
    if (!x->refusal) {
        reserve(x, size);
    }
    if (x->refusal) {
        drop_body(x);
        x->refused += size;
        return x->refused > x->config->body_limit ? MHD_NO : MHD_YES;
    }
    memcpy(x->body + x->length, data, size);
    x->length += size;
    return MHD_YES;
}

static reel_exchange *open_exchange(reel_http *http, struct MHD_Connection *connection)
{
    reel_exchange *x = calloc(1, sizeof *x);
    if (x) {
        x->http = http;
        x->config = &http->config;
        x->connection = connection;
        x->began = reel_clock_seconds();
        atomic_fetch_add(&http->active, 1);
        reel_connections_answer(http->connections, connection);
    }
    return x;
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *data,
                                  size_t *data_size, void **state)
{
    (void)version;
    reel_exchange *x = *state;
    if (!x) {
        x = open_exchange(user, connection);
        *state = x;
        return x ? begin(x, method, path) : MHD_NO;
    }
    if (*data_size > 0) {
        enum MHD_Result result = take_body(x, data, *data_size);
        *data_size = 0;
        return result;
    }
    if (x->refusal && x->refusal != MHD_HTTP_UNAUTHORIZED) {
        return refuse_body(x, x->refusal);
    }
    enum MHD_Result result;
    return admit(x, &result) ? x->route->handle(x) : result;
}

/* The pattern of the route and the name of the key: what a stranger writes does not belong in the
 * log, nor what opens the door. */
static void log_request(const reel_exchange *x)
{
    reel_log(x->is_quiet ? REEL_LOG_DEBUG : REEL_LOG_INFO,
             "event=request method=%s path=%s%s%s status=%u key=%s bytes=%zu ms=%.1f",
             x->route ? x->route->method : "-", x->route ? x->route->path : "-",
             x->about[0] ? " about=" : "", x->about, x->status,
             reel_auth_name(x->config->auth, x->caller.key), x->length,
             (reel_clock_seconds() - x->began) * 1000);
}

static void on_completed(void *user, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode why)
{
    (void)why;
    reel_http *http = user;
    reel_exchange *x = *state;
    *state = NULL;
    if (!x) {
        return;
    }
    reel_connections_wait(http->connections, connection);
    reel_metrics_request(x->config->metrics, x->route, x->status);
    log_request(x);
    drop_body(x);
    reel_frames_deinit(&x->frames);
    free(x->tasks);
    json_decref(x->fault);
    free(x);
    atomic_fetch_sub(&http->active, 1);
}

static void on_connection(void *user, struct MHD_Connection *connection, void **state,
                          enum MHD_ConnectionNotificationCode what)
{
    reel_http *http = user;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        *state = reel_connections_add(http->connections, connection);
    } else {
        reel_connections_remove(http->connections, *state);
    }
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

static struct MHD_Daemon *start_daemon(reel_http *http, int listener)
{
    const reel_http_config *c = &http->config;
    int has_tls = c->tls_certificate != NULL;
    struct MHD_OptionItem tls[] = {
        { MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)c->tls_certificate },
        { MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)c->tls_key },
        { MHD_OPTION_END, 0, NULL },
    };
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_UPGRADE | MHD_ALLOW_SUSPEND_RESUME |
                     MHD_USE_ITC | MHD_USE_ERROR_LOG | (has_tls ? MHD_USE_TLS : 0);
    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, http, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
        MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)c->threads,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)c->connections, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)SILENT_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS_MAX,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, http, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, http, MHD_OPTION_ARRAY, has_tls ? tls : &tls[2], MHD_OPTION_END);
}

reel_status reel_http_open(reel_http **out, const reel_http_config *config, int listener)
{
    *out = NULL;
    reel_http *http = calloc(1, sizeof *http);
    reel_status status = http ? reel_connections_open(&http->connections, config->patience_seconds)
                              : REEL_FAIL(REEL_ERR_MEMORY, "no memory for the HTTP server");
    if (status == REEL_OK && config->tls_certificate &&
        MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES) {
        status = REEL_FAIL(REEL_ERR_UNSUPPORTED, "this libmicrohttpd was built without TLS");
    }
    if (status == REEL_OK) {
        http->config = *config;
        http->daemon = start_daemon(http, listener);
        if (!http->daemon) {
            status = REEL_FAIL(
                REEL_ERR_IO, "the HTTP server: no start%s",
                config->tls_certificate ? "; do the certificate and its key fit together?" : "");
        }
    }
    if (status < 0) {
        close(listener);
        reel_http_close(http);
        return status;
    }
    *out = http;
    return REEL_OK;
}

void reel_http_tick(reel_http *http)
{
    reel_connections_cut(http->connections);
}

void reel_http_stop(reel_http *http)
{
    atomic_store(&http->stops, 1);
    MHD_socket listener = MHD_quiesce_daemon(http->daemon);
    if (listener != MHD_INVALID_SOCKET) {
        close(listener);
    }
}

void reel_http_drain(reel_http *http, double seconds)
{
    const struct timespec pause = { .tv_nsec = DRAIN_LOOK_MS * 1000000L };
    double until = reel_clock_seconds() + seconds;
    while (atomic_load(&http->active) > 0 && reel_clock_seconds() < until) {
        nanosleep(&pause, NULL);
    }
}

void reel_http_close(reel_http *http)
{
    if (!http) {
        return;
    }
    if (http->daemon) {
        MHD_stop_daemon(http->daemon);
    }
    reel_connections_close(http->connections);
    free(http);
}
