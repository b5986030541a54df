/* Requests of the server to others: media that callers name, webhooks, uploads, the safety checker.
 *
 * http and https only, through no proxy, with bounds on time and size. The address is checked when
 * the connection is made, whatever the name resolved to before, and again after each redirect. */
#ifndef REEL_SERVER_OUTGOING_H
#define REEL_SERVER_OUTGOING_H

#include "base/str.h"
#include "reel/status.h"
#include "server/address.h"

#include <stdint.h>

/* One request; what is zero is not there. All borrowed until the call returns. */
typedef struct {
    const char *url;
    const reel_networks *allowed; /* beside public addresses; NULL: any address at all, for URLs
                                   * that the operator chose */
    int seconds;                  /* the whole of it, connecting included */
    int redirects;                /* how many are followed */

    const char *content_type; /* of what is sent */
    const char *header;       /* one more, "X-Signature: ..."; NULL: none */
    const void *body;         /* sent by POST */
    size_t body_size;
    int puts_file; /* sent by PUT: `file`, `file_size` bytes from where it stands */
    int file;
    int64_t file_size;

    int saves_reply; /* a reply of 2xx goes to `reply_file`, whatever else there is is dropped */
    int reply_file;
    reel_str *reply;     /* or here, within its limit; NULL: nowhere */
    int64_t reply_limit; /* bytes that are taken at all */

    int (*is_stopped)(void *user); /* asked about every second; non-zero ends it; may be NULL */
    void *user;
} reel_outgoing;

/* Once for the process, before the first request and after the last one. */
reel_status reel_outgoing_init(void);
void reel_outgoing_deinit(void);

/* Send it and take in the reply. REEL_OK for a status of 2xx alone.
 * Fails with REEL_ERR_INVALID (the URL, or an address that is not allowed), REEL_ERR_FORMAT (the
 * reply is too large), REEL_ERR_CANCELLED, REEL_ERR_IO (everything else); the message names neither
 * the URL nor an address, so that it may be told to the caller. */
reel_status reel_outgoing_send(const reel_outgoing *request);

/* Whether a URL can be meant: REEL_ERR_INVALID when it is no http or https URL with a host, or its
 * host is an address (in any spelling) that is not allowed. Asks nobody. */
reel_status reel_outgoing_check_url(const char *url, const reel_networks *allowed);

#endif
