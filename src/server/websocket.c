/* The WebSocket loop: wslay for the frames, epoll for the sockets. */
#include "server/websocket.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/base64.h>
#include <nettle/sha1.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wslay/wslay.h>

enum {
    EVENTS_AT_ONCE = 64,
    READ_PER_TURN = 256 << 10, /* then the others have their turn */
    UNSENT_MAX = 4 << 20,      /* a peer that does not read is not read, either */
    FRAGMENTS_MAX = 1 << 16,   /* of one message */
    ERRANDS_MAX = 8,           /* of one connection at a time */
    CLOSING_SECONDS = 3,       /* how long a peer may take to answer a close */
    TICK_MS = 1000,
    CODE_RESTART = 1013 /* try again later (IANA registry) */
};

typedef struct connection connection;
typedef struct errand errand;

/* Connections in the order in which their time runs out. */
typedef struct {
    connection *first, *last;
} connection_list;

struct connection {
    reel_websockets *owner;
    reel_websocket_handover handover;
    wslay_event_context_ptr frames;
    unsigned char *early; /* what of handover.early is not read yet: early_at .. early_size */
    size_t early_at;
    size_t turn_bytes;    /* read in this turn of the loop */
    size_t message_bytes; /* of the unfinished message; counted in metrics.body_bytes */
    int fragments;
    int is_closing; /* a close went out, or there is nothing more to say */
    int is_drained; /* whatever still comes is thrown away */
    int errands;    /* messages of it that are answered elsewhere */
    int is_gone;    /* and it waits for them alone */
    uint32_t interest;
    double deadline; /* closed or dropped then */
    connection *before, *after;
    connection_list *list;
};

struct reel_websockets {
    reel_websockets_config config;
    pthread_t thread;
    int epoll, wake;
    pthread_mutex_t lock; /* around the next three */
    connection *arrived;  /* linked by `after` */
    errand *finished;     /* linked by `next` */
    int stops;
    connection_list open, closing;
    double now;
};

/* A message that the loop may not wait for, and its answer. */
struct errand {
    connection *from;
    reel_websockets *owner;
    reel_caller caller;
    char *body; /* counted in metrics.body_bytes */
    size_t length;
    reel_frames frames;
    reel_status status;
    double began;
    errand *next;
};

static void list_remove(connection *c)
{
    connection_list *list = c->list;
    if (!list) {
        return;
    }
    *(c->before ? &c->before->after : &list->first) = c->after;
    *(c->after ? &c->after->before : &list->last) = c->before;
    c->before = c->after = NULL;
    c->list = NULL;
}

static void list_append(connection_list *list, connection *c, double deadline)
{
    list_remove(c);
    c->before = list->last;
    c->list = list;
    c->deadline = deadline;
    *(list->last ? &list->last->after : &list->first) = c;
    list->last = c;
}

static void forget_message(connection *c)
{
    atomic_fetch_sub(&c->owner->config.metrics->body_bytes, (long long)c->message_bytes);
    c->message_bytes = 0;
    c->fragments = 0;
}

static void drop(connection *c)
{
    list_remove(c);
    forget_message(c);
    epoll_ctl(c->owner->epoll, EPOLL_CTL_DEL, c->handover.fd, NULL);
    if (c->frames) {
        wslay_event_context_free(c->frames);
    }
    atomic_fetch_sub(&c->owner->config.metrics->websockets, 1);
    c->handover.close(c->handover.user);
    free(c->early);
    c->is_gone = 1;
    if (c->errands == 0) {
        free(c);
    }
}

/* ---- what wslay asks for ------------------------------------------------------------------- */

static ssize_t on_recv(wslay_event_context_ptr frames, uint8_t *out, size_t size, int flags,
                       void *user)
{
    (void)flags;
    connection *c = user;
    if (c->early_at < c->handover.early_size) {
        size_t left = c->handover.early_size - c->early_at;
        size_t count = left < size ? left : size;
        memcpy(out, c->early + c->early_at, count);
        c->early_at += count;
        return (ssize_t)count;
    }
    if (c->turn_bytes >= READ_PER_TURN) {
        wslay_event_set_error(frames, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    ssize_t count;
    do {
        count = recv(c->handover.fd, out, size, 0);
    } while (count < 0 && errno == EINTR);
    if (count > 0) {
        c->turn_bytes += (size_t)count;
        return count;
    }
    int is_later = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    wslay_event_set_error(frames, is_later ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static ssize_t on_send(wslay_event_context_ptr frames, const uint8_t *data, size_t size, int flags,
                       void *user)
{
    const connection *c = user;
    int more = flags & WSLAY_MSG_MORE ? MSG_MORE : 0;
    ssize_t count;
    do {
        count = send(c->handover.fd, data, size, MSG_NOSIGNAL | more);
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
        int is_later = errno == EAGAIN || errno == EWOULDBLOCK;
        wslay_event_set_error(frames, is_later ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    }
    return count;
}

static void begin_close(connection *c, uint16_t code, const char *reason)
{
    wslay_event_queue_close(c->frames, code, (const uint8_t *)reason, strlen(reason));
    if (!c->is_closing) {
        c->is_closing = 1;
        list_append(&c->owner->closing, c, c->owner->now + CLOSING_SECONDS);
    }
}

/* Count what a message takes before it is there, and end one that takes too much. */
static void on_frame_start(wslay_event_context_ptr frames,
                           const struct wslay_event_on_frame_recv_start_arg *arg, void *user)
{
    (void)frames;
    connection *c = user;
    const reel_websockets_config *config = &c->owner->config;
    if (wslay_is_ctrl_frame(arg->opcode)) {
        return;
    }
    size_t limit =
        c->handover.caller.key >= 0 ? config->message_limit : config->stranger_message_limit;
    if (arg->payload_length > limit) {
        return; /* wslay closes with 1009 */
    }
    c->message_bytes += (size_t)arg->payload_length;
    long long all = atomic_fetch_add(&config->metrics->body_bytes, (long long)arg->payload_length) +
                    (long long)arg->payload_length;
    if (++c->fragments > FRAGMENTS_MAX) {
        begin_close(c, WSLAY_CODE_MESSAGE_TOO_BIG, "too many fragments");
        wslay_event_shutdown_read(frames);
    } else if (all > (long long)config->memory_limit) {
        begin_close(c, CODE_RESTART, "the server is busy");
        wslay_event_shutdown_read(frames);
    }
}

static void send_frames(connection *c, const reel_frames *frames)
{
    for (size_t i = 0; i < frames->count; i++) {
        struct wslay_event_msg message = { .opcode = WSLAY_TEXT_FRAME,
                                           .msg = (const uint8_t *)frames->texts[i],
                                           .msg_length = strlen(frames->texts[i]) };
        wslay_event_queue_msg(c->frames, &message);
    }
}

static void log_message(const connection *c, const reel_frames *frames, size_t length, double began)
{
    reel_log(frames->is_quiet ? REEL_LOG_DEBUG : REEL_LOG_INFO,
             "event=message about=%s key=%s bytes=%zu ms=%.1f", frames->about,
             reel_auth_name(c->owner->config.protocol->auth, c->handover.caller.key), length,
             (reel_clock_seconds() - began) * 1000);
}

static void answer(connection *c, reel_status status, const reel_frames *frames)
{
    const reel_websockets_config *config = &c->owner->config;
    if (status < 0) {
        reel_log(REEL_LOG_ERROR, "event=websocket-failed reason=\"%s\"", reel_error_message());
        begin_close(c, WSLAY_CODE_INTERNAL_SERVER_ERROR, "internal error");
        return;
    }
    send_frames(c, frames);
    if (c->handover.caller.key >= 0) {
        wslay_event_config_set_max_recv_msg_length(c->frames, config->message_limit);
    }
}

/* ---- messages that are answered elsewhere -------------------------------------------------- */

static void wake(reel_websockets *sockets)
{
    uint64_t one = 1;
    ssize_t written = write(sockets->wake, &one, sizeof one);
    (void)written; /* a full counter wakes as well */
}

static void free_errand(errand *e)
{
    atomic_fetch_sub(&e->owner->config.metrics->body_bytes, (long long)e->length);
    reel_frames_deinit(&e->frames);
    free(e->body);
    free(e);
}

/* On a thread that may wait. */
static void run_errand(void *user)
{
    errand *e = user;
    reel_websockets *sockets = e->owner;
    e->caller.may_wait = 1;
    e->status =
        reel_protocol_handle(sockets->config.protocol, &e->caller, e->body, e->length, &e->frames);
    pthread_mutex_lock(&sockets->lock);
    e->next = sockets->finished;
    sockets->finished = e;
    pthread_mutex_unlock(&sockets->lock);
    wake(sockets);
}

static void hand_over(connection *c, const char *message, size_t length)
{
    errand *e = c->errands < ERRANDS_MAX ? calloc(1, sizeof *e) : NULL;
    char *body = e ? malloc(length + 1) : NULL;
    if (!body) {
        free(e);
        begin_close(c, CODE_RESTART, "too many uploads at once");
        return;
    }
    memcpy(body, message, length);
    body[length] = 0;
    *e = (errand){ .from = c,
                   .owner = c->owner,
                   .caller = c->handover.caller,
                   .body = body,
                   .length = length,
                   .began = reel_clock_seconds() };
    atomic_fetch_add(&c->owner->config.metrics->body_bytes, (long long)length);
    c->errands++;
    if (!reel_errands_add(c->owner->config.errands, run_errand, e)) {
        c->errands--;
        free_errand(e);
        begin_close(c, CODE_RESTART, "the server is busy with uploads");
    }
}

static void on_message(wslay_event_context_ptr context,
                       const struct wslay_event_on_msg_recv_arg *arg, void *user)
{
    (void)context;
    connection *c = user;
    const reel_websockets_config *config = &c->owner->config;
    if (wslay_is_ctrl_frame(arg->opcode)) {
        return; /* wslay answers pings and closes */
    }
    forget_message(c);
    if (arg->opcode != WSLAY_TEXT_FRAME) {
        begin_close(c, WSLAY_CODE_UNSUPPORTED_DATA, "messages are JSON text");
        return;
    }
    atomic_fetch_add(&config->metrics->websocket_messages, 1);
    reel_frames frames = { 0 };
    double began = reel_clock_seconds();
    reel_status status = reel_protocol_handle(config->protocol, &c->handover.caller,
                                              (const char *)arg->msg, arg->msg_length, &frames);
    if (status == REEL_OK && frames.must_wait) {
        hand_over(c, (const char *)arg->msg, arg->msg_length);
        return;
    }
    log_message(c, &frames, arg->msg_length, began);
    answer(c, status, &frames);
    reel_frames_deinit(&frames);
}

static const struct wslay_event_callbacks callbacks = { .recv_callback = on_recv,
                                                        .send_callback = on_send,
                                                        .on_frame_recv_start_callback =
                                                            on_frame_start,
                                                        .on_msg_recv_callback = on_message };

/* ---- the loop ------------------------------------------------------------------------------ */

static void set_interest(connection *c, uint32_t interest)
{
    if (c->interest != interest) {
        struct epoll_event event = { .events = interest, .data.ptr = c };
        epoll_ctl(c->owner->epoll, EPOLL_CTL_MOD, c->handover.fd, &event);
        c->interest = interest;
    }
}

/* Everything was said: end our direction and let the peer's run dry, because closing a socket with
 * unread bytes would reset it and take our last frame with it. */
static void drain(connection *c)
{
    if (!c->is_drained) {
        c->is_drained = 1;
        shutdown(c->handover.fd, SHUT_WR);
        forget_message(c);
        set_interest(c, EPOLLIN);
    }
    if (!c->is_closing) {
        c->is_closing = 1;
        list_append(&c->owner->closing, c, c->owner->now + CLOSING_SECONDS);
    }
}

/* Send what can be sent and choose what to wait for. 0 when the connection is gone. */
static int go_on(connection *c)
{
    if (wslay_event_want_write(c->frames) && wslay_event_send(c->frames) != 0) {
        drop(c);
        return 0;
    }
    int wants_write = wslay_event_want_write(c->frames);
    int wants_read = wslay_event_want_read(c->frames);
    int is_over = wslay_event_get_close_sent(c->frames) &&
                  wslay_event_get_close_received(c->frames) && !wants_write;
    if (is_over || (!wants_read && !wants_write)) {
        drain(c);
        return 1;
    }
    if (wslay_event_get_queued_msg_length(c->frames) > UNSENT_MAX) {
        wants_read = 0;
    }
    set_interest(c, (wants_read ? (uint32_t)EPOLLIN : 0) | (wants_write ? (uint32_t)EPOLLOUT : 0));
    return 1;
}

static void discard(connection *c)
{
    char waste[4096];
    ssize_t count = recv(c->handover.fd, waste, sizeof waste, 0);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
        drop(c);
    }
}

static void on_event(connection *c, uint32_t events)
{
    if (c->is_drained) {
        discard(c);
        return;
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        c->turn_bytes = 0;
        if (wslay_event_recv(c->frames) != 0) {
            drop(c);
            return;
        }
        if (!c->is_closing) {
            list_append(&c->owner->open, c, c->owner->now + c->owner->config.idle_seconds);
        }
    }
    go_on(c);
}

static void admit(reel_websockets *sockets, connection *c)
{
    const reel_websockets_config *config = &sockets->config;
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
    c->interest = EPOLLIN;
    if (wslay_event_context_server_init(&c->frames, &callbacks, c) != 0) {
        c->frames = NULL;
        drop(c);
        return;
    }
    wslay_event_config_set_max_recv_msg_length(c->frames, c->handover.caller.key >= 0
                                                              ? config->message_limit
                                                              : config->stranger_message_limit);
    list_append(&sockets->open, c, sockets->now + config->idle_seconds);
    if (epoll_ctl(sockets->epoll, EPOLL_CTL_ADD, c->handover.fd, &event) != 0) {
        drop(c);
        return;
    }
    if (c->handover.early_size > 0) {
        on_event(c, EPOLLIN);
    }
}

/* The answer to a message that was handed over; the connection may be gone by now. */
static void finish_errand(errand *e)
{
    connection *c = e->from;
    c->errands--;
    if (c->is_gone) {
        if (c->errands == 0) {
            free(c);
        }
        return;
    }
    if (e->caller.key >= 0) {
        c->handover.caller.key = e->caller.key; /* it may have begun with an authentication */
    }
    if (!c->is_closing) {
        list_append(&c->owner->open, c, c->owner->now + c->owner->config.idle_seconds);
        log_message(c, &e->frames, e->length, e->began);
        answer(c, e->status, &e->frames);
        go_on(c);
    }
}

static void finish_errands(errand *finished)
{
    while (finished) {
        errand *e = finished;
        finished = e->next;
        finish_errand(e);
        free_errand(e);
    }
}

/* Take in what add() and the errands left. Returns non-zero once the loop shall stop. */
static int take_arrived(reel_websockets *sockets)
{
    uint64_t ignored;
    while (read(sockets->wake, &ignored, sizeof ignored) > 0) {
    }
    pthread_mutex_lock(&sockets->lock);
    connection *arrived = sockets->arrived;
    errand *finished = sockets->finished;
    sockets->arrived = NULL;
    sockets->finished = NULL;
    int stops = sockets->stops;
    pthread_mutex_unlock(&sockets->lock);
    while (arrived) {
        connection *c = arrived;
        arrived = c->after;
        c->after = NULL;
        admit(sockets, c);
    }
    finish_errands(finished);
    return stops;
}

static void close_idle(reel_websockets *sockets)
{
    while (sockets->open.first && sockets->open.first->deadline <= sockets->now) {
        connection *c = sockets->open.first;
        begin_close(c, WSLAY_CODE_GOING_AWAY, "idle");
        go_on(c);
    }
    while (sockets->closing.first && sockets->closing.first->deadline <= sockets->now) {
        drop(sockets->closing.first);
    }
}

static void turn(reel_websockets *sockets, int *stops)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    int count = epoll_wait(sockets->epoll, events, EVENTS_AT_ONCE, TICK_MS);
    int has_arrivals = 0;
    sockets->now = reel_clock_seconds();
    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr) {
            on_event(events[i].data.ptr, events[i].events);
        } else {
            has_arrivals = 1; /* afterwards: a new connection may lie where an old one lay */
        }
    }
    if (has_arrivals) {
        *stops = take_arrived(sockets);
    }
    close_idle(sockets);
}

static void *run(void *user)
{
    reel_websockets *sockets = user;
    int stops = 0;
    while (!stops) {
        turn(sockets, &stops);
    }
    while (sockets->open.first) {
        connection *c = sockets->open.first;
        begin_close(c, WSLAY_CODE_GOING_AWAY, "the server stops");
        go_on(c);
    }
    while (sockets->closing.first) {
        turn(sockets, &stops);
    }
    return NULL;
}

reel_status reel_websockets_open(reel_websockets **out, const reel_websockets_config *config)
{
    *out = NULL;
    reel_websockets *sockets = calloc(1, sizeof *sockets);
    if (!sockets) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for the WebSocket loop");
    }
    sockets->config = *config;
    sockets->now = reel_clock_seconds();
    pthread_mutex_init(&sockets->lock, NULL);
    sockets->epoll = epoll_create1(EPOLL_CLOEXEC);
    sockets->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
    int is_ready = sockets->epoll >= 0 && sockets->wake >= 0 &&
                   epoll_ctl(sockets->epoll, EPOLL_CTL_ADD, sockets->wake, &event) == 0 &&
                   pthread_create(&sockets->thread, NULL, run, sockets) == 0;
    if (!is_ready) {
        reel_status status = REEL_FAIL(REEL_ERR_IO, "the WebSocket loop: %s", strerror(errno));
        close(sockets->epoll);
        close(sockets->wake);
        pthread_mutex_destroy(&sockets->lock);
        free(sockets);
        return status;
    }
    *out = sockets;
    return REEL_OK;
}

void reel_websockets_stop(reel_websockets *sockets)
{
    if (!sockets) {
        return;
    }
    pthread_mutex_lock(&sockets->lock);
    sockets->stops = 1;
    pthread_mutex_unlock(&sockets->lock);
    wake(sockets);
    pthread_join(sockets->thread, NULL);
}

void reel_websockets_close(reel_websockets *sockets)
{
    if (!sockets) {
        return;
    }
    finish_errands(sockets->finished); /* of connections that are gone */
    close(sockets->epoll);
    close(sockets->wake);
    pthread_mutex_destroy(&sockets->lock);
    free(sockets);
}

void reel_websockets_add(reel_websockets *sockets, const reel_websocket_handover *handover)
{
    connection *c = calloc(1, sizeof *c);
    int flags = fcntl(handover->fd, F_GETFL);
    if (c && handover->early_size > 0) {
        c->early = malloc(handover->early_size);
    }
    if (!c || (handover->early_size > 0 && !c->early) ||
        fcntl(handover->fd, F_SETFL, flags | O_NONBLOCK) != 0) {
        if (c) {
            free(c->early);
        }
        free(c);
        handover->close(handover->user);
        return;
    }
    c->owner = sockets;
    c->handover = *handover;
    if (handover->early_size > 0) {
        memcpy(c->early, handover->early, handover->early_size);
    }
    pthread_mutex_lock(&sockets->lock);
    int is_late = sockets->stops;
    if (!is_late) {
        c->after = sockets->arrived;
        sockets->arrived = c;
        atomic_fetch_add(&sockets->config.metrics->websockets, 1);
    }
    pthread_mutex_unlock(&sockets->lock);
    if (is_late) {
        free(c->early);
        free(c);
        handover->close(handover->user);
        return;
    }
    wake(sockets);
}

void reel_websocket_accept(char out[REEL_WEBSOCKET_ACCEPT_SIZE], const char *key)
{
    static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    struct sha1_ctx context;
    uint8_t digest[SHA1_DIGEST_SIZE];
    sha1_init(&context);
    sha1_update(&context, strlen(key), (const uint8_t *)key);
    sha1_update(&context, sizeof magic - 1, (const uint8_t *)magic);
    sha1_digest(&context, sizeof digest, digest);
    base64_encode_raw(out, sizeof digest, digest);
    out[REEL_WEBSOCKET_ACCEPT_SIZE - 1] = 0;
}
