/* The HTTP side: one table of routes, request bodies, headers, and the way into a WebSocket. */
#ifndef REEL_SERVER_HTTP_H
#define REEL_SERVER_HTTP_H

#include "reel/status.h"
#include "server/auth.h"
#include "server/events.h"
#include "server/metrics.h"
#include "server/protocol.h"
#include "server/websocket.h"

#include <stddef.h>

typedef struct reel_http reel_http;

/* All borrowed until reel_http_close(). */
typedef struct {
    const reel_protocol *protocol;
    const reel_auth *auth;
    reel_websockets *websockets;
    reel_events *events;
    reel_metrics *metrics;
    const char *files_dir;
    size_t body_limit;   /* bytes of one request body */
    size_t memory_limit; /* bytes of all bodies that are being received */
    int connections;     /* at most, WebSockets among them */
    int threads;
} reel_http_config;

/* Serve `listener`, a listening socket, which is taken in any case. */
reel_status reel_http_open(reel_http **out, const reel_http_config *config, int listener);

/* No new connections; requests on old ones are refused. */
void reel_http_stop(reel_http *http);

/* WebSockets and event streams must have ended before. NULL is legal. */
void reel_http_close(reel_http *http);

#endif
