/* Opens many WebSockets and polls one task over each of them at a steady pace; prints how long the
 * answers took as one JSON object.
 *
 *     load_websockets PORT CONNECTIONS SECONDS PERIOD-MS TASK-UUID
 *
 * One thread, one epoll, wslay for the frames: it shall cost as little beside the server as can be.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <wslay/wslay.h>

enum { HEAD_MAX = 1024, EVENTS = 256, CONNECTIONS_MAX = 20000, TICK_MS = 2 };

typedef enum { SHAKING, OPEN, BROKEN } phase;

typedef struct {
    int fd;
    phase phase;
    wslay_event_context_ptr frames;
    char head[HEAD_MAX]; /* of the handshake */
    size_t head_length;
    double asked; /* when; 0: no answer is due */
    double next;  /* when to ask again */
} connection;

static struct {
    int port, count, epoll, open, broken;
    double seconds, period;
    char poll[160];
    connection *connections;
    double *latencies;
    size_t answers, answers_max, wrong;
} run;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void break_off(connection *c)
{
    if (c->phase != BROKEN) {
        run.open -= c->phase == OPEN;
        run.broken++;
        c->phase = BROKEN;
        close(c->fd);
    }
}

/* ---- frames ---- */

static ssize_t receive_bytes(wslay_event_context_ptr frames, uint8_t *out, size_t size, int flags,
                             void *user)
{
    (void)flags;
    const connection *c = user;
    ssize_t count = recv(c->fd, out, size, 0);
    if (count > 0) {
        return count;
    }
    int waits = count < 0 && (errno == EAGAIN || errno == EINTR);
    wslay_event_set_error(frames, waits ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static ssize_t send_bytes(wslay_event_context_ptr frames, const uint8_t *bytes, size_t size,
                          int flags, void *user)
{
    (void)flags;
    const connection *c = user;
    ssize_t count = send(c->fd, bytes, size, MSG_NOSIGNAL);
    if (count < 0) {
        int waits = errno == EAGAIN || errno == EINTR;
        wslay_event_set_error(frames, waits ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    }
    return count;
}

static int make_mask(wslay_event_context_ptr frames, uint8_t *out, size_t size, void *user)
{
    (void)frames, (void)user;
    memset(out, 0x5a, size);
    return 0;
}

static void on_message(wslay_event_context_ptr frames,
                       const struct wslay_event_on_msg_recv_arg *message, void *user)
{
    (void)frames;
    connection *c = user;
    if (message->opcode != WSLAY_TEXT_FRAME) {
        return;
    }
    if (run.answers < run.answers_max) {
        run.latencies[run.answers++] = now() - c->asked;
    }
    run.wrong += memcmp(message->msg, "{\"data\":", 8) != 0;
    c->asked = 0;
}

static const struct wslay_event_callbacks callbacks = { .recv_callback = receive_bytes,
                                                        .send_callback = send_bytes,
                                                        .genmask_callback = make_mask,
                                                        .on_msg_recv_callback = on_message };

static void ask(connection *c, double time)
{
    struct wslay_event_msg message = { WSLAY_TEXT_FRAME, (const uint8_t *)run.poll,
                                       strlen(run.poll) };
    c->next += run.period;
    if (c->asked > 0) {
        return; /* the answer to the last one is late: that is what is measured */
    }
    c->asked = time;
    if (wslay_event_queue_msg(c->frames, &message) != 0 || wslay_event_send(c->frames) != 0) {
        break_off(c);
    }
}

/* ---- connecting ---- */

static void shake(const connection *c)
{
    char text[HEAD_MAX];
    int length = snprintf(text, sizeof text,
                          "GET /v1 HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
                          "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                          run.port);
    if (send(c->fd, text, (size_t)length, MSG_NOSIGNAL) != length) {
        perror("handshake");
    }
}

/* The server says nothing unasked, so what follows the head is nothing. */
static void read_head(connection *c)
{
    ssize_t count = recv(c->fd, c->head + c->head_length, HEAD_MAX - 1 - c->head_length, 0);
    if (count <= 0) {
        if (count == 0 || errno != EAGAIN) {
            break_off(c);
        }
        return;
    }
    c->head_length += (size_t)count;
    c->head[c->head_length] = '\0';
    if (!strstr(c->head, "\r\n\r\n")) {
        return;
    }
    if (strncmp(c->head, "HTTP/1.1 101", 12) != 0 ||
        wslay_event_context_client_init(&c->frames, &callbacks, c) != 0) {
        break_off(c);
        return;
    }
    c->phase = OPEN;
    run.open++;
}

static int connect_one(connection *c)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)run.port),
                                   .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int yes = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof address) != 0) {
        perror("connect");
        return 0;
    }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
    shake(c);
    return epoll_ctl(run.epoll, EPOLL_CTL_ADD, c->fd, &event) == 0;
}

/* ---- the run ---- */

static void handle_events(int timeout_ms)
{
    struct epoll_event events[EVENTS];
    int count = epoll_wait(run.epoll, events, EVENTS, timeout_ms);
    for (int i = 0; i < count; i++) {
        connection *c = events[i].data.ptr;
        if (c->phase == SHAKING) {
            read_head(c);
        } else if (c->phase == OPEN && wslay_event_recv(c->frames) != 0) {
            break_off(c);
        }
    }
}

static int open_all(void)
{
    double limit = now() + 60;
    for (int i = 0; i < run.count; i++) {
        if (!connect_one(&run.connections[i])) {
            return 0;
        }
        handle_events(0);
    }
    while (run.open + run.broken < run.count && now() < limit) {
        handle_events(TICK_MS);
    }
    return run.open == run.count;
}

static void poll_all(void)
{
    double start = now(), end = start + run.seconds;
    for (int i = 0; i < run.count; i++) { /* spread over the first period */
        run.connections[i].next = start + run.period * i / run.count;
    }
    for (double time = start; time < end; time = now()) {
        for (int i = 0; i < run.count; i++) {
            connection *c = &run.connections[i];
            if (c->phase == OPEN && c->next <= time) {
                ask(c, now());
            }
        }
        handle_events(TICK_MS);
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double percentile_ms(double share)
{
    size_t place = (size_t)(share * (double)run.answers);
    place = place < run.answers ? place : run.answers - 1;
    return run.answers ? 1000 * run.latencies[place] : 0;
}

static int report(void)
{
    int late = 0;
    for (int i = 0; i < run.count; i++) {
        late += run.connections[i].asked > 0 && now() - run.connections[i].asked > 1;
    }
    qsort(run.latencies, run.answers, sizeof *run.latencies, compare);
    json_t *result = json_pack("{s:i, s:I, s:i, s:i, s:I, s:f, s:f, s:f}", "connections", run.open,
                               "answers", (json_int_t)run.answers, "broken", run.broken, "late",
                               late, "wrong", (json_int_t)run.wrong, "p50Ms", percentile_ms(0.5),
                               "p99Ms", percentile_ms(0.99), "maxMs", percentile_ms(1));
    json_dumpf(result, stdout, JSON_REAL_PRECISION(4));
    puts("");
    json_decref(result);
    return run.broken == 0 && run.wrong == 0 && late == 0 && run.answers > 0;
}

static void allow_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fputs("load_websockets PORT CONNECTIONS SECONDS PERIOD-MS TASK-UUID\n", stderr);
        return 2;
    }
    run.port = atoi(argv[1]);
    run.count = atoi(argv[2]);
    run.seconds = atof(argv[3]);
    run.period = atof(argv[4]) / 1000;
    if (run.count < 1 || run.count > CONNECTIONS_MAX || run.seconds <= 0 || run.period <= 0) {
        fputs("load_websockets: a number is out of range\n", stderr);
        return 2;
    }
    snprintf(run.poll, sizeof run.poll, "[{\"taskType\":\"getResponse\",\"taskUUID\":\"%s\"}]",
             argv[5]);
    allow_files();
    run.epoll = epoll_create1(EPOLL_CLOEXEC);
    run.answers_max = (size_t)((double)run.count * (run.seconds / run.period + 2));
    run.connections = calloc((size_t)run.count, sizeof *run.connections);
    run.latencies = calloc(run.answers_max, sizeof *run.latencies);
    if (run.epoll < 0 || !run.connections || !run.latencies || !open_all()) {
        fprintf(stderr, "load_websockets: %d of %d connections are open\n", run.open, run.count);
        return 1;
    }
    poll_all();
    int is_good = report();
    for (int i = 0; i < run.count; i++) {
        wslay_event_context_free(run.connections[i].frames);
    }
    free(run.connections);
    free(run.latencies);
    return is_good ? 0 : 1;
}
