/* Open HTTP connections, and how long each may take to say what it wants: a client that sends its
 * headers one byte at a time must not hold a place for days. From any thread. */
#ifndef REEL_SERVER_CONNECTIONS_H
#define REEL_SERVER_CONNECTIONS_H

#include "reel/status.h"

#include <microhttpd.h>

typedef struct reel_connections reel_connections;
typedef struct reel_connection reel_connection;

/* `seconds` is how long a client's turn may last. */
reel_status reel_connections_open(reel_connections **out, double seconds);
void reel_connections_close(reel_connections *connections); /* NULL is legal */

/* A connection begins and ends. NULL, which remove() takes, without memory: it is not watched. */
reel_connection *reel_connections_add(reel_connections *connections,
                                      struct MHD_Connection *connection);
void reel_connections_remove(reel_connections *connections, reel_connection *connection);

/* Its headers are there: it is the server's turn. Its answer is sent: it is the client's. */
void reel_connections_answer(reel_connections *connections, struct MHD_Connection *connection);
void reel_connections_wait(reel_connections *connections, struct MHD_Connection *connection);

/* Shut down those that had their turn for too long. */
void reel_connections_cut(reel_connections *connections);

#endif
