/* The HTTP side: one table of routes, request bodies, headers, and the way into a WebSocket. */
#ifndef REEL_SERVER_HTTP_H
#define REEL_SERVER_HTTP_H

#include "reel/status.h"
#include "server/auth.h"
#include "server/errands.h"
#include "server/events.h"
#include "server/metrics.h"
#include "server/protocol.h"
#include "server/websocket.h"

#include <stddef.h>
#include <stdint.h>

typedef struct reel_http reel_http;

/* All borrowed until reel_http_close(). */
typedef struct {
    const reel_protocol *protocol;
    const reel_auth *auth;
    reel_websockets *websockets;
    reel_events *events;
    reel_errands *errands; /* for what the threads of the server may not wait for */
    reel_metrics *metrics;
    const char *files_dir;
    size_t body_limit;   /* bytes of one request body */
    size_t memory_limit; /* bytes of all bodies that are being received */
    int connections;     /* at most, WebSockets among them */
    int threads;
    int64_t started;         /* Unix seconds; the model is as old */
    double patience_seconds; /* a client may take so long for its headers, and to begin a body */
    const char *tls_certificate, *tls_key; /* PEM texts; both NULL: no TLS */
} reel_http_config;

/* Serve `listener`, a listening socket, which is taken in any case. */
reel_status reel_http_open(reel_http **out, const reel_http_config *config, int listener);

/* No new connections; requests on old ones are refused. */
void reel_http_stop(reel_http *http);

/* Wait until what is being answered has been answered, so many seconds at most. */
void reel_http_drain(reel_http *http, double seconds);

/* Cut off those who take too long to say what they want. Called a few times a second. */
void reel_http_tick(reel_http *http);

/* WebSockets and event streams must have ended before. NULL is legal. */
void reel_http_close(reel_http *http);

#endif
