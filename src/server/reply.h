/* What one task is answered, and how answers become texts to send. */
#ifndef REEL_SERVER_REPLY_H
#define REEL_SERVER_REPLY_H

#include "reel/status.h"
#include "server/message.h"

#include <jansson.h>

/* Zeroed to begin with. Owned by the caller, released with reel_reply_deinit(). */
typedef struct {
    json_t *data, *errors;   /* arrays; NULL while empty */
    int http_status;         /* of the worst error; 0 without one */
    int retry_after_seconds; /* 0: none */
    int is_login;            /* it answers an authentication */
    reel_status status;      /* sticky: REEL_ERR_MEMORY */
} reel_reply;

void reel_reply_deinit(reel_reply *reply);

/* Append an item or an error object, which are taken in any case; NULL means that there was no
 * memory for it and fails the reply. */
void reel_reply_add(reel_reply *reply, json_t *item);
void reel_reply_add_error(reel_reply *reply, json_t *error);

/* Put the answers into texts: over REST one envelope, over WebSocket a frame per task and kind,
 * data first. Neither an empty `data` nor an empty `errors` is ever sent. `out` is zeroed first,
 * and on failure. Fails with REEL_ERR_MEMORY. */
reel_status reel_replies_to_frames(reel_frames *out, reel_transport transport,
                                   const reel_reply *replies, size_t count);

#endif
