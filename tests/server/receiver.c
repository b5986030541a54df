/* libmicrohttpd once more, on the other side. */
#include "server/receiver.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ANSWER_MAX = 64 << 20, WAIT_MS = 10, WAITS = 6000 };

struct receiver {
    struct MHD_Daemon *daemon;
    int port;
    pthread_mutex_t lock; /* around what follows */
    received list[RECEIVED_MAX];
    int count, refusals;
    unsigned status, refusal;
    char header[512];
    char *body;
    size_t size;
};

static enum MHD_Result note_header(void *user, enum MHD_ValueKind kind, const char *key,
                                   const char *value)
{
    (void)kind;
    received *r = user;
    size_t used = strlen(r->headers);
    snprintf(r->headers + used, sizeof r->headers - used, "%s: %s\n", key, value ? value : "");
    return MHD_YES;
}

static received *begin(receiver *r, struct MHD_Connection *connection, const char *path,
                       const char *method)
{
    if (r->count == RECEIVED_MAX) {
        return NULL;
    }
    received *got = calloc(1, sizeof *got);
    if (got) {
        snprintf(got->method, sizeof got->method, "%s", method);
        snprintf(got->path, sizeof got->path, "%s", path);
        MHD_get_connection_values(connection, MHD_HEADER_KIND, note_header, got);
    }
    return got;
}

static enum MHD_Result finish(receiver *r, struct MHD_Connection *connection, received *got)
{
    pthread_mutex_lock(&r->lock);
    int is_refused = r->refusals > 0;
    r->refusals -= is_refused;
    unsigned status = is_refused ? r->refusal : r->status;
    struct MHD_Response *response = MHD_create_response_from_buffer(
        is_refused ? 0 : r->size, r->body ? r->body : (void *)(uintptr_t) "",
        MHD_RESPMEM_MUST_COPY);
    char name[64] = "";
    const char *colon = strchr(r->header, ':');
    if (colon && !is_refused) {
        snprintf(name, sizeof name, "%.*s", (int)(colon - r->header), r->header);
        MHD_add_response_header(response, name, colon + 2);
    }
    r->list[r->count++] = *got;
    pthread_mutex_unlock(&r->lock);
    free(got);
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **state)
{
    (void)version;
    receiver *r = user;
    received *got = *state;
    if (!got) {
        *state = got = begin(r, connection, path, method);
        return got ? MHD_YES : MHD_NO;
    }
    if (*size > 0) {
        char *body =
            got->size + *size < ANSWER_MAX ? realloc(got->body, got->size + *size + 1) : NULL;
        if (!body) {
            return MHD_NO;
        }
        memcpy(body + got->size, data, *size);
        got->body = body;
        got->size += *size;
        body[got->size] = 0;
        *size = 0;
        return MHD_YES;
    }
    *state = NULL;
    return finish(r, connection, got);
}

static void on_completed(void *user, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode why)
{
    (void)user, (void)connection, (void)why;
    received *got = *state;
    if (got) { /* broken off in the middle */
        free(got->body);
        free(got);
    }
}

receiver *receiver_open(void)
{
    receiver *r = calloc(1, sizeof *r);
    if (!r) {
        abort();
    }
    r->status = 200;
    pthread_mutex_init(&r->lock, NULL);
    r->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, 0,
                                 NULL, NULL, on_request, r, MHD_OPTION_NOTIFY_COMPLETED,
                                 on_completed, NULL, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        r->daemon ? MHD_get_daemon_info(r->daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (!info) {
        fprintf(stderr, "the test's receiver does not start\n");
        abort();
    }
    r->port = info->port;
    return r;
}

void receiver_close(receiver *r)
{
    MHD_stop_daemon(r->daemon);
    for (int i = 0; i < r->count; i++) {
        free(r->list[i].body);
    }
    free(r->body);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

const char *receiver_url(const receiver *r, const char *path)
{
    static char urls[8][512];
    static unsigned next;
    char *url = urls[next++ % 8];
    snprintf(url, sizeof urls[0], "http://127.0.0.1:%d%s", r->port, path);
    return url;
}

void receiver_answer(receiver *r, unsigned status, const char *header, const void *body,
                     size_t size)
{
    pthread_mutex_lock(&r->lock);
    free(r->body);
    r->body = size > 0 ? malloc(size) : NULL;
    r->size = r->body ? size : 0;
    if (r->body) {
        memcpy(r->body, body, size);
    }
    r->status = status;
    snprintf(r->header, sizeof r->header, "%s", header ? header : "");
    pthread_mutex_unlock(&r->lock);
}

void receiver_refuse(receiver *r, int count, unsigned status)
{
    pthread_mutex_lock(&r->lock);
    r->refusals = count;
    r->refusal = status;
    pthread_mutex_unlock(&r->lock);
}

int receiver_count(receiver *r)
{
    pthread_mutex_lock(&r->lock);
    int count = r->count;
    pthread_mutex_unlock(&r->lock);
    return count;
}

const received *receiver_get(receiver *r, int i)
{
    return i < receiver_count(r) ? &r->list[i] : NULL;
}

int receiver_wait(receiver *r, int count)
{
    const struct timespec pause = { .tv_nsec = WAIT_MS * 1000000L };
    for (int i = 0; i < WAITS && receiver_count(r) < count; i++) {
        nanosleep(&pause, NULL);
    }
    return receiver_count(r) >= count;
}
