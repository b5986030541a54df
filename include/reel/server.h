/* The HTTP and WebSocket server: films made on request, behind the task API of Runware. */
#ifndef REEL_SERVER_H
#define REEL_SERVER_H

#include "reel/status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct reel_server reel_server;

typedef struct {
    size_t size;             /* set by REEL_SERVER_OPTIONS_INIT; lets the struct grow */
    const char *listen;      /* "ADDRESS:PORT" "[ADDRESS]:PORT" ":PORT"; port 0: any free one */
    const char *data_dir;    /* tasks.sqlite and files/; made when absent; one server at a time */
    const char *model_dir;   /* as for reel_engine_open() */
    const char *device;      /* likewise */
    const char *keys_path;   /* "SHA-256 NAME [requests=N] [tasks=N]" on each line;
                              * NULL: everybody may call */
    const char *prices_path; /* JSON of USD per second; NULL: the prices of the model page */
    const char *public_url;  /* what films' addresses begin with; NULL: http://ADDRESS:PORT */
    const char *tls_certificate_path; /* PEM, with its chain; NULL as the key: no TLS */
    const char *tls_key_path;         /* PEM */
    double requests_per_second;       /* of one key, polls not counted, 0 .. 1e6; 0: any number */
    int tasks_per_key;         /* that may wait, 1 or more; the keys file may say otherwise */
    double patience_seconds;   /* in which a client must have sent its headers, 1 .. 3600 */
    size_t body_limit;         /* bytes of a request body or a WebSocket message, 1 KiB .. 4 GiB */
    int connections;           /* at most, 16 .. 1000000 */
    int queue_depth;           /* tasks that may wait, 1 .. 1000000 */
    int idle_seconds;          /* a WebSocket that is silent for so long is closed, 1 .. 86400 */
    int64_t retention_seconds; /* films of tasks without a ttl are kept so long, 60 or more */
    size_t memory_limit;       /* bytes for one film beside the model; 0: what the machine has */
    double task_seconds;       /* tasks predicted to take longer are refused; 0: none is */
    const char *allowed_networks; /* "10.0.0.0/8,127.0.0.1": what URLs of callers (media, webhooks,
                                   * uploads) may reach beside public addresses; NULL: nothing */
    const char *webhook_secret_path; /* its first line signs webhooks; NULL: they are not signed */
    const char *safety_url;          /* who is asked what films show, see server/safety.h; or ... */
    const char *safety_command;      /* ... a program; both NULL: checks are refused */
    int64_t media_retention_seconds; /* uploads are kept so long after their last use, 60 or more */
} reel_server_options;

#define REEL_SERVER_OPTIONS_INIT                                                                   \
    {                                                                                              \
        .size = sizeof(reel_server_options), .listen = "127.0.0.1:8080",                           \
        .model_dir = "models/mini", .body_limit = (size_t)100 << 20, .connections = 4096,          \
        .queue_depth = 1000, .tasks_per_key = 200, .patience_seconds = 60, .idle_seconds = 120,    \
        .retention_seconds = 7 * 24 * 3600, .media_retention_seconds = 30 * 24 * 3600              \
    }

/* Load the model, take up what an earlier server left undone, and serve from now on, on threads of
 * its own. SIGPIPE must be ignored by the process.
 * Fails with REEL_ERR_INVALID (an option, the message names it), REEL_ERR_IO (the address or the
 * folder is taken) and as reel_engine_open(). Owned by the caller, released with
 * reel_server_close(). */
reel_status reel_server_open(reel_server **out, const reel_server_options *options);

/* Stop within a denoising step: WebSockets are closed with code 1001 and the running task goes back
 * to the queue, for the next server on this folder. NULL is legal. */
void reel_server_close(reel_server *server);

/* "http://127.0.0.1:8080", what clients put before the paths. Borrowed until close. */
const char *reel_server_url(const reel_server *server);
int reel_server_port(const reel_server *server);

typedef enum { REEL_API_OPENAPI, REEL_API_MARKDOWN } reel_api_form;

/* The description of the HTTP API: OpenAPI 3.1 as JSON, or a page of Markdown. Owned by the caller,
 * released with free(). Fails with REEL_ERR_MEMORY. */
reel_status reel_api_describe(char **out, reel_api_form form);

#ifdef __cplusplus
}
#endif
#endif
