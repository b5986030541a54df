/* Server-sent events: a stream that tells how a task goes, until it has ended. */
#ifndef REEL_SERVER_EVENTS_H
#define REEL_SERVER_EVENTS_H

#include "reel/status.h"
#include "server/previews.h"
#include "server/protocol.h"

#include <microhttpd.h>

typedef struct reel_events reel_events;

/* Both are borrowed until reel_events_close(). */
reel_status reel_events_open(reel_events **out, const reel_protocol *protocol,
                             reel_previews *previews);

/* End every stream; the daemon that serves them must still run. reel_events_close() follows once
 * it has stopped. */
void reel_events_stop(reel_events *events);
void reel_events_close(reel_events *events);

/* A stream of events of one task that `key` may see:
 *     event: progress   {"taskUUID", "status", "progress"}, whenever one of them changes
 *     event: preview    {"taskUUID", "image"}, the first frame as it is imagined now, a data URI
 *     event: result | error   what getResponse answers over REST; the last one
 * and a comment now and then. NULL when there are too many streams, or without memory. Owned by
 * the caller, released with MHD_destroy_response(). */
struct MHD_Response *reel_events_respond(reel_events *events, struct MHD_Connection *connection,
                                         const char *uuid, int64_t key);

/* Look whether there is anything to tell. Called a few times a second. */
void reel_events_tick(reel_events *events);

#endif
