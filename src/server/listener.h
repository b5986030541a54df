/* The listening socket. */
#ifndef REEL_SERVER_LISTENER_H
#define REEL_SERVER_LISTENER_H

#include "reel/status.h"

enum { REEL_HOST_SIZE = 256 };

/* Listen at "ADDRESS:PORT", "[ADDRESS]:PORT" or ":PORT" (every address). `host` receives the
 * address as it stands in a URL, *port the port that was bound. REEL_ERR_INVALID when the text is
 * none of these, REEL_ERR_IO when the address is taken or not ours. *fd is owned by the caller,
 * released with close(). */
reel_status reel_listener_open(int *fd, char host[REEL_HOST_SIZE], int *port, const char *listen);

/* Non-zero if only this machine can reach `host`. */
int reel_host_is_local(const char *host);

#endif
