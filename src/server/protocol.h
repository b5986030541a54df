/* The Runware protocol: a body of tasks in, JSON replies out.
 *
 * No sockets, and it never waits for a film: everything lasting is in the queue. */
#ifndef REEL_SERVER_PROTOCOL_H
#define REEL_SERVER_PROTOCOL_H

#include "reel/status.h"
#include "server/admission.h"
#include "server/auth.h"
#include "server/limits.h"
#include "server/media.h"
#include "server/message.h"
#include "server/price.h"
#include "server/queue.h"

/* All borrowed for as long as the protocol is used. */
typedef struct reel_protocol {
    reel_queue *queue;
    const reel_auth *auth;
    reel_limits *limits; /* NULL: no key has any */
    const reel_prices *prices;
    reel_admission *admission;    /* NULL: everything fits */
    reel_media_library *media;    /* NULL: nothing is stored */
    const reel_networks *allowed; /* what URLs of callers may reach beside public addresses; NULL:
                                   * anything */
    int checks_content;           /* there is somebody to ask what films show */
    const char *public_url; /* "http://127.0.0.1:8080": videoURL is PUBLIC_URL/files/UUID.mp4 */
    const char *docs_url;   /* errors link to DOCS_URL#request-NAME; NULL: they link to nothing */
    const char *model_name; /* of the loaded model, "mini 0.1"; modelSearch tells it */
} reel_protocol;

enum { REEL_AT_ONCE_BYTES = 256 << 10 }; /* more than this is read where others do not wait */

/* Answer one REST body or one WebSocket message.
 *
 * caller  key is replaced by an authentication task
 * out     filled also when every task was refused; zeroed on failure. Without caller->may_wait a
 *         body that would take long (media to fetch and decode, or sheer size) is left alone and
 *         out->must_wait set
 * fails   REEL_ERR_MEMORY; nothing else: what is wrong with the body stands in the answer
 *
 * Called from any thread, with one thread at a time per caller. */
reel_status reel_protocol_handle(const reel_protocol *protocol, reel_caller *caller,
                                 const char *body, size_t length, reel_frames *out);

#endif
