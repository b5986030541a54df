/* Telling webhooks what came of tasks: one POST for each film and each failure, again and again
 * until it is taken or given up, across restarts of the server. */
#ifndef REEL_SERVER_WEBHOOKS_H
#define REEL_SERVER_WEBHOOKS_H

#include "reel/status.h"
#include "server/delivery_store.h"
#include "server/protocol.h"

#include <stdint.h>

typedef struct reel_webhooks reel_webhooks;

enum { REEL_WEBHOOK_RETRIES_MAX = 8, REEL_SIGNATURE_SIZE = 7 + 64 + 1 };

typedef struct {
    const reel_protocol *protocol; /* borrowed until close; its `allowed` bounds where calls go */
    const char *secret;            /* copied; NULL: calls are not signed */
    int seconds;                   /* how long one call may take */
    int retry_seconds[REEL_WEBHOOK_RETRIES_MAX]; /* between attempts, up to the first 0 */
    int64_t (*now_ms)(void *);                   /* NULL: the clock of the machine */
    void *clock;
} reel_webhooks_config;

/* 5 s, 30 s, 2 min, 10 min, 1 h; then it is given up. */
#define REEL_WEBHOOKS_CONFIG_INIT                                                                  \
    {                                                                                              \
        .seconds = 10, .retry_seconds = { 5, 30, 120, 600, 3600 }                                  \
    }

/* Starts threads of its own. Takes `store` on success. Owned by the caller, released with
 * reel_webhooks_close(). */
reel_status reel_webhooks_open(reel_webhooks **out, reel_delivery_store *store,
                               const reel_webhooks_config *config);

/* Calls under way are broken off and made again by the next server. NULL is legal. */
void reel_webhooks_close(reel_webhooks *webhooks);

/* "sha256=" and the HMAC-SHA256 of the body in hexadecimal: the value of X-Signature. */
void reel_webhook_sign(char out[REEL_SIGNATURE_SIZE], const char *secret, const char *body);

#endif
