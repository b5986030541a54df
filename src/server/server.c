/* The server as a whole: what it is made of, in which order it starts and stops. */
#include "reel/server.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "reel/generate.h"
#include "server/admission.h"
#include "server/auth.h"
#include "server/events.h"
#include "server/files.h"
#include "server/http.h"
#include "server/latent_files.h"
#include "server/limits.h"
#include "server/listener.h"
#include "server/metrics.h"
#include "server/outside.h"
#include "server/price.h"
#include "server/protocol.h"
#include "server/queue.h"
#include "server/websocket.h"
#include "server/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    URL_SIZE = 320,
    HTTP_THREADS = 4,
    STRANGER_MESSAGE_LIMIT = 64 << 10,
    PEM_MAX = 1 << 20,
    DRAIN_SECONDS = 5,  /* for answers that are on their way when the server stops */
    BODIES_AT_ONCE = 4, /* so many of the largest size may be in memory */
    TICK_MS = 500,
    TICKS_PER_HOUSEKEEPING = 4,
    SPARE_FILES = 64
};

struct reel_server {
    char host[REEL_HOST_SIZE], url[URL_SIZE];
    int port, lock, listener;
    char *files_dir, *latents_dir, *database_path;
    reel_outside outside;
    reel_auth *auth;
    reel_limits *limits;
    char *tls_certificate, *tls_key;
    reel_prices prices;
    reel_queue *queue;
    reel_engine *engine;
    reel_admission *admission;
    reel_metrics metrics;
    reel_protocol protocol;
    reel_websockets *websockets;
    reel_previews *previews;
    reel_events *events;
    reel_http *http;
    reel_worker *worker;
    pthread_t ticker;
    int has_ticker;
    pthread_mutex_t tick_lock;
    pthread_cond_t tick;
    int stops; /* under tick_lock */
};

static reel_status check(const reel_server_options *o)
{
    if (!o->listen || !o->data_dir || !o->model_dir) {
        return REEL_FAIL(REEL_ERR_INVALID, "listen, data and model are required");
    }
    if (o->body_limit < 1024 || o->body_limit > (size_t)4 << 30) {
        return REEL_FAIL(REEL_ERR_INVALID, "body limit: is %zu bytes, expected 1024 to 4294967296",
                         o->body_limit);
    }
    if (o->connections < 16 || o->connections > 1000000) {
        return REEL_FAIL(REEL_ERR_INVALID, "connections: is %d, expected 16 to 1000000",
                         o->connections);
    }
    if (!(o->requests_per_second >= 0 && o->requests_per_second <= 1e6) || o->tasks_per_key < 1) {
        return REEL_FAIL(
            REEL_ERR_INVALID,
            "limits of a key: are %g requests a second and %d tasks, expected 0 to 1e6 "
            "and 1 or more",
            o->requests_per_second, o->tasks_per_key);
    }
    if (!(o->patience_seconds >= 1 && o->patience_seconds <= 3600)) {
        return REEL_FAIL(REEL_ERR_INVALID, "patience: is %g seconds, expected 1 to 3600",
                         o->patience_seconds);
    }
    if (o->queue_depth < 1 || o->queue_depth > 1000000) {
        return REEL_FAIL(REEL_ERR_INVALID, "queue: is %d, expected 1 to 1000000", o->queue_depth);
    }
    if (o->idle_seconds < 1 || o->idle_seconds > 86400) {
        return REEL_FAIL(REEL_ERR_INVALID, "idle: is %d seconds, expected 1 to 86400",
                         o->idle_seconds);
    }
    if (o->retention_seconds < 60 || o->retention_seconds > INT32_MAX) {
        return REEL_FAIL(REEL_ERR_INVALID, "retention: is %lld seconds, expected 60 to %d",
                         (long long)o->retention_seconds, INT32_MAX);
    }
    if (!(o->task_seconds >= 0 && o->task_seconds <= 1e9)) {
        return REEL_FAIL(REEL_ERR_INVALID, "task limit: is %g seconds, expected 0 to 1e9",
                         o->task_seconds);
    }
    return REEL_OK;
}

/* One server for one folder: two would hand out the same task twice. */
static reel_status lock_folder(reel_server *server, const char *data_dir)
{
    REEL_TRY(reel_dir_make(data_dir));
    char *path = reel_path_join(data_dir, "lock");
    if (!path) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for a path");
    }
    server->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    reel_status status = REEL_OK;
    if (server->lock < 0 || flock(server->lock, LOCK_EX | LOCK_NB) != 0) {
        status =
            REEL_FAIL(REEL_ERR_IO, "%s: %s", path,
                      errno == EWOULDBLOCK ? "another server uses this folder" : strerror(errno));
    }
    free(path);
    return status;
}

static reel_status open_queue(reel_server *server, const reel_server_options *options)
{
    reel_store *store = NULL;
    server->database_path = reel_path_join(options->data_dir, "tasks.sqlite");
    server->files_dir = reel_path_join(options->data_dir, "files");
    server->latents_dir = reel_path_join(options->data_dir, "latents");
    if (!server->database_path || !server->files_dir || !server->latents_dir) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for a path");
    }
    reel_status status = reel_files_init(server->files_dir);
    status = status < 0 ? status : reel_files_init(server->latents_dir);
    status = status < 0 ? status : reel_store_sqlite_open(&store, server->database_path);
    if (status < 0) {
        return status;
    }
    reel_queue_limits limits = REEL_QUEUE_LIMITS_INIT;
    limits.depth = options->queue_depth;
    limits.depth_of_key = reel_limits_depth;
    limits.keys = server->limits;
    limits.retention_seconds = options->retention_seconds;
    status = reel_queue_open(&server->queue, store, &limits);
    if (status < 0) {
        store->methods->close(store);
    }
    return status;
}

static reel_status open_engine(reel_server *server, const reel_server_options *options)
{
    REEL_TRY(reel_engine_open(&server->engine, options->model_dir, options->device, NULL));
    char *speed_path = reel_path_join(options->data_dir, "speed.json");
    reel_admission_config config = { .engine = server->engine,
                                     .memory_bytes = options->memory_limit,
                                     .task_seconds = options->task_seconds,
                                     .speed_path = speed_path };
    reel_status status = speed_path ? reel_admission_open(&server->admission, &config)
                                    : REEL_FAIL(REEL_ERR_MEMORY, "no memory for a path");
    free(speed_path);
    return status;
}

/* As many open files as connections need, if the system allows; otherwise fewer connections. */
static int allow_connections(int wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return wanted;
    }
    rlim_t needed = (rlim_t)wanted + SPARE_FILES;
    if (limit.rlim_cur < needed) {
        limit.rlim_cur = needed < limit.rlim_max ? needed : limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur < needed) {
        reel_log(REEL_LOG_WARN, "event=few-connections wanted=%d open-files=%llu", wanted,
                 (unsigned long long)limit.rlim_cur);
        return limit.rlim_cur > 2 * SPARE_FILES ? (int)limit.rlim_cur - SPARE_FILES : SPARE_FILES;
    }
    return wanted;
}

static reel_status open_network(reel_server *server, const reel_server_options *options)
{
    size_t memory_limit = options->body_limit * BODIES_AT_ONCE;
    server->protocol =
        (reel_protocol){ .queue = server->queue,
                         .auth = server->auth,
                         .limits = server->limits,
                         .public_url = options->public_url ? options->public_url : server->url,
                         .model_name = reel_engine_name(server->engine),
                         .prices = &server->prices,
                         .admission = server->admission,
                         .media = server->outside.media,
                         .allowed = &server->outside.allowed,
                         .checks_content = reel_outside_safety(&server->outside) != NULL };
    reel_websockets_config websockets = { .protocol = &server->protocol,
                                          .metrics = &server->metrics,
                                          .message_limit = options->body_limit,
                                          .stranger_message_limit =
                                              options->body_limit < STRANGER_MESSAGE_LIMIT
                                                  ? options->body_limit
                                                  : STRANGER_MESSAGE_LIMIT,
                                          .memory_limit = memory_limit,
                                          .idle_seconds = options->idle_seconds,
                                          .errands = server->outside.errands };
    REEL_TRY(reel_websockets_open(&server->websockets, &websockets));
    REEL_TRY(reel_previews_open(&server->previews));
    REEL_TRY(reel_events_open(&server->events, &server->protocol, server->previews));
    reel_http_config http = { .protocol = &server->protocol,
                              .auth = server->auth,
                              .websockets = server->websockets,
                              .events = server->events,
                              .metrics = &server->metrics,
                              .files_dir = server->files_dir,
                              .body_limit = options->body_limit,
                              .memory_limit = memory_limit,
                              .connections = allow_connections(options->connections),
                              .threads = HTTP_THREADS,
                              .started = time(NULL),
                              .patience_seconds = options->patience_seconds,
                              .tls_certificate = server->tls_certificate,
                              .tls_key = server->tls_key,
                              .errands = server->outside.errands };
    int listener = server->listener;
    server->listener = -1;
    return reel_http_open(&server->http, &http, listener);
}

static void keep_house(reel_server *server)
{
    reel_queue_keep(server->queue);
    if (reel_queue_reap(server->queue) < 0 ||
        reel_files_sweep(server->queue, server->files_dir) < 0 ||
        reel_latent_files_sweep(server->queue, server->latents_dir) < 0 ||
        reel_media_sweep(server->outside.media) < 0) {
        reel_log(REEL_LOG_ERROR, "event=housekeeping-failed reason=\"%s\"", reel_error_message());
    }
}

static void *run_ticker(void *user)
{
    reel_server *server = user;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    pthread_mutex_lock(&server->tick_lock);
    for (unsigned ticks = 0; !server->stops; ticks++) {
        until.tv_nsec += TICK_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        while (!server->stops &&
               pthread_cond_timedwait(&server->tick, &server->tick_lock, &until) != ETIMEDOUT) {
        }
        if (server->stops) {
            break;
        }
        pthread_mutex_unlock(&server->tick_lock);
        reel_events_tick(server->events);
        reel_http_tick(server->http);
        if (ticks % TICKS_PER_HOUSEKEEPING == 0) {
            keep_house(server);
        }
        pthread_mutex_lock(&server->tick_lock);
    }
    pthread_mutex_unlock(&server->tick_lock);
    return NULL;
}

static reel_status start_threads(reel_server *server)
{
    reel_worker_config worker = { .queue = server->queue,
                                  .engine = server->engine,
                                  .admission = server->admission,
                                  .files_dir = server->files_dir,
                                  .latents_dir = server->latents_dir,
                                  .safety = reel_outside_safety(&server->outside),
                                  .allowed = &server->outside.allowed,
                                  .previews = server->previews,
                                  .metrics = &server->metrics };
    REEL_TRY(reel_worker_start(&server->worker, &worker));
    server->has_ticker = pthread_create(&server->ticker, NULL, run_ticker, server) == 0;
    return server->has_ticker ? REEL_OK : REEL_FAIL(REEL_ERR_MEMORY, "no thread for the clock");
}

/* The PEM texts of the certificate and its key, or neither. */
static reel_status read_tls(reel_server *server, const reel_server_options *options)
{
    if (!options->tls_certificate_path != !options->tls_key_path) {
        return REEL_FAIL(REEL_ERR_INVALID, "TLS: a certificate and its key belong together");
    }
    if (!options->tls_key_path) {
        return REEL_OK;
    }
    REEL_TRY(
        reel_file_read(&server->tls_certificate, NULL, options->tls_certificate_path, PEM_MAX));
    return reel_file_read(&server->tls_key, NULL, options->tls_key_path, PEM_MAX);
}

static reel_status start(reel_server *server, const reel_server_options *options)
{
    REEL_TRY(check(options));
    REEL_TRY(reel_auth_open(&server->auth, options->keys_path));
    reel_key_limits usual = { .requests_per_second = options->requests_per_second,
                              .tasks_queued = options->tasks_per_key };
    REEL_TRY(reel_limits_open(&server->limits, server->auth, &usual, NULL));
    REEL_TRY(read_tls(server, options));
    server->prices = reel_prices_default;
    if (options->prices_path) {
        REEL_TRY(reel_prices_load(&server->prices, options->prices_path));
    }
    REEL_TRY(reel_listener_open(&server->listener, server->host, &server->port, options->listen));
    snprintf(server->url, sizeof server->url, "http%s://%s:%d", server->tls_key ? "s" : "",
             server->host, server->port);
    if (reel_auth_is_open(server->auth) && !reel_host_is_local(server->host)) {
        reel_log(REEL_LOG_WARN, "event=no-keys address=%s: everybody who reaches it may call",
                 server->host);
    }
    REEL_TRY(lock_folder(server, options->data_dir));
    REEL_TRY(open_queue(server, options));
    REEL_TRY(open_engine(server, options));
    REEL_TRY(
        reel_outside_open(&server->outside, options, server->database_path, server->files_dir));
    REEL_TRY(open_network(server, options));
    REEL_TRY(reel_outside_start(&server->outside, &server->protocol, server->database_path));
    return start_threads(server);
}

reel_status reel_server_open(reel_server **out, const reel_server_options *options)
{
    *out = NULL;
    reel_server *server = calloc(1, sizeof *server);
    if (!server) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for the server");
    }
    server->lock = server->listener = -1;
    pthread_mutex_init(&server->tick_lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&server->tick, &monotonic);
    pthread_condattr_destroy(&monotonic);
    reel_status status = start(server, options);
    if (status < 0) {
        reel_server_close(server);
        return status;
    }
    reel_log(REEL_LOG_INFO, "event=listening url=%s model=\"%s\" keys=%s", server->url,
             reel_engine_name(server->engine), reel_auth_is_open(server->auth) ? "none" : "asked");
    *out = server;
    return REEL_OK;
}

/* First nothing new comes in, then whoever is connected leaves, then the work stops. */
void reel_server_close(reel_server *server)
{
    if (!server) {
        return;
    }
    if (server->http) {
        reel_http_stop(server->http);
    }
    if (server->has_ticker) {
        pthread_mutex_lock(&server->tick_lock);
        server->stops = 1;
        pthread_cond_signal(&server->tick);
        pthread_mutex_unlock(&server->tick_lock);
        pthread_join(server->ticker, NULL);
    }
    reel_outside_stop(&server->outside);
    reel_websockets_stop(server->websockets);
    if (server->events) {
        reel_events_stop(server->events);
    }
    reel_worker_stop(server->worker);
    if (server->http) {
        reel_http_drain(server->http, DRAIN_SECONDS);
    }
    reel_http_close(server->http);
    reel_events_close(server->events);
    reel_previews_close(server->previews);
    reel_websockets_close(server->websockets);
    reel_outside_close(&server->outside);
    reel_queue_close(server->queue);
    reel_admission_close(server->admission);
    reel_engine_close(server->engine);
    reel_limits_close(server->limits);
    reel_auth_close(server->auth);
    if (server->tls_key) {
        explicit_bzero(server->tls_key, strlen(server->tls_key));
    }
    free(server->tls_certificate);
    free(server->tls_key);
    free(server->files_dir);
    free(server->latents_dir);
    free(server->database_path);
    if (server->listener >= 0) {
        close(server->listener);
    }
    if (server->lock >= 0) {
        close(server->lock);
    }
    pthread_cond_destroy(&server->tick);
    pthread_mutex_destroy(&server->tick_lock);
    free(server);
}

const char *reel_server_url(const reel_server *server)
{
    return server->url;
}

int reel_server_port(const reel_server *server)
{
    return server->port;
}
