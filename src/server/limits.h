/* How often each key may ask: a bucket of tokens that fills up with time. */
#ifndef REEL_SERVER_LIMITS_H
#define REEL_SERVER_LIMITS_H

#include "reel/status.h"
#include "server/auth.h"

#include <jansson.h>
#include <stdint.h>

typedef struct reel_limits reel_limits;

/* Seconds that only grow; NULL in reel_limits_open() is the clock of the machine. */
typedef double (*reel_limits_clock)(void);

/* `usual` holds for keys of which the keys file says nothing else. `auth` is borrowed until
 * reel_limits_close(). */
reel_status reel_limits_open(reel_limits **out, const reel_auth *auth, const reel_key_limits *usual,
                             reel_limits_clock clock);
void reel_limits_close(reel_limits *limits); /* NULL is legal */

/* Take one request of `key`: 0 when it may go on, else the whole seconds after which it may come
 * again. A second's worth, and at least one request, may come at once. `limits` may be NULL: no
 * limits. From any thread. */
int reel_limits_take(reel_limits *limits, int64_t key);

/* What whoever comes too often is told. Owned by the caller, released with json_decref(). */
json_t *reel_limits_error(void);

/* Tasks that `key` may have in the queue; `limits` is a reel_limits. For reel_queue_limits. */
int reel_limits_depth(void *limits, int64_t key);

#endif
