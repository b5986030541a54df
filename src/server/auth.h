/* Who may call: the keys of the server, known only by their SHA-256. */
#ifndef REEL_SERVER_AUTH_H
#define REEL_SERVER_AUTH_H

#include "reel/status.h"
#include "server/message.h"

#include <stddef.h>
#include <stdint.h>

typedef struct reel_auth reel_auth;

enum { REEL_KEY_OPEN = 0 }; /* the id of everybody on a server without keys */

/* What one key may ask for. */
typedef struct {
    double requests_per_second; /* polls and pings do not count; 0: any number; negative: unsaid */
    int tasks_queued;           /* that may wait at a time; negative: unsaid */
} reel_key_limits;

/* Read a keys file: a line for each key, "HEX NAME [requests=N] [tasks=N]" with the 64 hexadecimal
 * digits of the SHA-256 of the key (as sha256sum prints it), a name for the log, and limits where
 * they are others than those of most keys; empty lines and lines that begin with # are left out.
 * Errors name the line. NULL opens the server to everybody, whose key id is then REEL_KEY_OPEN.
 * Owned by the caller, released with reel_auth_close(). */
reel_status reel_auth_open(reel_auth **out, const char *keys_path);
void reel_auth_close(reel_auth *auth);

/* Non-zero when no key is asked for. */
int reel_auth_is_open(const reel_auth *auth);

/* The id (above 0, the same after a restart) of a key, REEL_KEY_WRONG when there is none such;
 * REEL_KEY_OPEN for anything on an open server. Takes the same time for any key. */
int64_t reel_auth_check(const reel_auth *auth, const char *key, size_t length);

/* Keys by their place, 0 .. reel_auth_count() - 1; an open server has one place for everybody. A
 * key that is no longer in the file, or none, has place -1. */
int reel_auth_count(const reel_auth *auth);
int reel_auth_place(const reel_auth *auth, int64_t key);

/* What the file says of the key at a place; nothing for -1. */
reel_key_limits reel_auth_limits(const reel_auth *auth, int place);

/* "alice"; "-" for a key that has no name here. Borrowed until close. */
const char *reel_auth_name(const reel_auth *auth, int64_t key);

#endif
