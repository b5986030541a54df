/* What goes between a connection and the protocol: who asks, and the JSON texts to send back. */
#ifndef REEL_SERVER_MESSAGE_H
#define REEL_SERVER_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

typedef enum { REEL_TRANSPORT_REST, REEL_TRANSPORT_WEBSOCKET } reel_transport;

enum {
    REEL_KEY_NONE = -1, /* nobody gave a key yet */
    REEL_KEY_WRONG = -2 /* a key was given and is not known */
};

/* One per REST request, one per WebSocket connection. `key` is the id of the API key that an
 * Authorization header named (REEL_KEY_OPEN on an open server), or one of the values above; an
 * authentication task replaces it. */
typedef struct {
    int64_t key;
    reel_transport transport;
    int may_wait; /* this thread may wait for others; tasks that must are answered on no other */
} reel_caller;

/* The answer: over REST exactly one text with data and errors together, over WebSocket one frame
 * per task and kind. Owned by the caller, released with reel_frames_deinit(). */
typedef struct {
    char **texts; /* NUL-terminated JSON, in the order to send */
    size_t count, capacity;
    int http_status;         /* of the REST reply */
    int retry_after_seconds; /* for the Retry-After header; 0: none */
    int is_quiet;            /* nothing but polls and pings: logged only when asked for */
    int must_wait;           /* nothing was done: ask again where waiting is allowed */
    char about[32];          /* "videoInference" "3 tasks", for the log */
} reel_frames;

/* Legal on a zeroed one, which it leaves behind. */
void reel_frames_deinit(reel_frames *frames);

#endif
