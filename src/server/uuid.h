/* Names of tasks and films: random UUIDs (RFC 9562, version 4). */
#ifndef REEL_SERVER_UUID_H
#define REEL_SERVER_UUID_H

#include "reel/status.h"
#include "server/task.h"

/* A new one, in lower case, that nobody can guess. Fails with REEL_ERR_IO without randomness. */
reel_status reel_uuid_new(char out[REEL_UUID_SIZE]);

/* Non-zero if `text` is a version 4 UUID in either letter case. */
int reel_uuid_is_v4(const char *text);

/* The same name in lower case. `text` is a version 4 UUID. */
void reel_uuid_lower(char out[REEL_UUID_SIZE], const char *text);

/* A seed that a client did not choose. Fails as reel_uuid_new() does. */
reel_status reel_seed_new(uint32_t *out);

#endif
