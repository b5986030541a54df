/* A list of connections, each with the time since when it is the client's turn. */
#include "server/connections.h"

#include "base/clock.h"
#include "base/error.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

struct reel_connection {
    int fd;
    double since; /* 0: the server's turn */
    reel_connection *before, *after;
};

struct reel_connections {
    double seconds;
    pthread_mutex_t lock;
    reel_connection *first;
};

reel_status reel_connections_open(reel_connections **out, double seconds)
{
    *out = calloc(1, sizeof **out);
    if (!*out) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for connections");
    }
    (*out)->seconds = seconds;
    pthread_mutex_init(&(*out)->lock, NULL);
    return REEL_OK;
}

void reel_connections_close(reel_connections *connections)
{
    if (connections) {
        pthread_mutex_destroy(&connections->lock);
        free(connections);
    }
}

reel_connection *reel_connections_add(reel_connections *connections,
                                      struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    reel_connection *c = info ? calloc(1, sizeof *c) : NULL;
    if (!c) {
        return NULL;
    }
    c->fd = info->connect_fd;
    c->since = reel_clock_seconds();
    pthread_mutex_lock(&connections->lock);
    c->after = connections->first;
    if (c->after) {
        c->after->before = c;
    }
    connections->first = c;
    pthread_mutex_unlock(&connections->lock);
    return c;
}

void reel_connections_remove(reel_connections *connections, reel_connection *c)
{
    if (!c) {
        return;
    }
    pthread_mutex_lock(&connections->lock);
    *(c->before ? &c->before->after : &connections->first) = c->after;
    if (c->after) {
        c->after->before = c->before;
    }
    pthread_mutex_unlock(&connections->lock);
    free(c);
}

static void set_turn(reel_connections *connections, struct MHD_Connection *connection, double since)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    reel_connection *c = info ? info->socket_context : NULL;
    if (c) {
        pthread_mutex_lock(&connections->lock);
        c->since = since;
        pthread_mutex_unlock(&connections->lock);
    }
}

void reel_connections_answer(reel_connections *connections, struct MHD_Connection *connection)
{
    set_turn(connections, connection, 0);
}

void reel_connections_wait(reel_connections *connections, struct MHD_Connection *connection)
{
    set_turn(connections, connection, reel_clock_seconds());
}

void reel_connections_cut(reel_connections *connections)
{
    double now = reel_clock_seconds();
    pthread_mutex_lock(&connections->lock);
    for (reel_connection *c = connections->first; c; c = c->after) {
        if (c->since > 0 && now - c->since > connections->seconds) {
            shutdown(c->fd, SHUT_RDWR);
            c->since = 0; /* once is enough */
        }
    }
    pthread_mutex_unlock(&connections->lock);
}
