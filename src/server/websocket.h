/* WebSocket connections: all of them under one epoll loop on one thread, so that an idle one costs
 * no thread and no time, only a socket and its buffers (about 30 KiB). */
#ifndef REEL_SERVER_WEBSOCKET_H
#define REEL_SERVER_WEBSOCKET_H

#include "reel/status.h"
#include "server/errands.h"
#include "server/message.h"
#include "server/metrics.h"
#include "server/protocol.h"

#include <stddef.h>

typedef struct reel_websockets reel_websockets;

enum { REEL_WEBSOCKET_ACCEPT_SIZE = 29 };

/* All borrowed until reel_websockets_stop(). */
typedef struct {
    const reel_protocol *protocol;
    reel_metrics *metrics;
    size_t message_limit;          /* bytes of a message from a known caller */
    size_t stranger_message_limit; /* the same before authentication */
    size_t memory_limit;           /* bytes of messages that are being received, of all callers */
    int idle_seconds;              /* a connection that is silent for so long is closed */
    reel_errands *errands;         /* for messages that the loop may not wait for */
} reel_websockets_config;

/* An upgraded connection, as the HTTP side hands it over. */
typedef struct {
    int fd;            /* belongs to the HTTP side, which close() asks to close it */
    const void *early; /* bytes that came after the handshake, copied */
    size_t early_size;
    reel_caller caller;
    void (*close)(void *user); /* called once, from the loop's thread or from add() */
    void *user;
} reel_websocket_handover;

reel_status reel_websockets_open(reel_websockets **out, const reel_websockets_config *config);

/* Close every connection with code 1001, wait a moment for the peers, end the thread. What is added
 * from now on is closed at once. NULL is legal. */
void reel_websockets_stop(reel_websockets *sockets);

/* After reel_websockets_stop(), once nobody can add any more and the errands are closed. NULL is
 * legal. */
void reel_websockets_close(reel_websockets *sockets);

/* Take over a connection. From any thread. */
void reel_websockets_add(reel_websockets *sockets, const reel_websocket_handover *handover);

/* The value of Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455, 4.2.2). */
void reel_websocket_accept(char out[REEL_WEBSOCKET_ACCEPT_SIZE], const char *key);

#endif
