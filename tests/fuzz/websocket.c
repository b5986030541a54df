/* Fuzz target: any bytes as what a WebSocket peer sends after the handshake. */
#include "server/websocket.h"

#include <semaphore.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static reel_websockets *websockets;
static reel_metrics metrics;
static sem_t closed;

static void set_up(void)
{
    static reel_protocol protocol;
    reel_store *store;
    reel_queue *queue;
    reel_auth *auth;
    reel_queue_limits limits = REEL_QUEUE_LIMITS_INIT;
    limits.depth = 1;
    if (reel_store_sqlite_open(&store, ":memory:") < 0 ||
        reel_queue_open(&queue, store, &limits) < 0 || reel_auth_open(&auth, NULL) < 0) {
        abort();
    }
    protocol = (reel_protocol){ .queue = queue,
                                .auth = auth,
                                .prices = &reel_prices_default,
                                .public_url = "http://127.0.0.1",
                                .model_name = "fuzz" };
    reel_errands *errands;
    if (sem_init(&closed, 0, 0) != 0 || reel_errands_open(&errands, 1, 4) < 0) {
        abort();
    }
    reel_websockets_config config = { .protocol = &protocol,
                                      .metrics = &metrics,
                                      .errands = errands,
                                      .message_limit = 1024,
                                      .stranger_message_limit = 512,
                                      .memory_limit = 4096,
                                      .idle_seconds = 60 };
    if (reel_websockets_open(&websockets, &config) < 0) {
        abort();
    }
}

/* The loop gives the socket back. */
static void on_close(void *user)
{
    int *fd = user;
    close(*fd);
    sem_post(&closed);
}

/* What was handed over to another thread may take a moment longer. */
static void expect_no_bytes_held(void)
{
    const struct timespec pause = { .tv_nsec = 1000000 };
    for (int i = 0; i < 5000 && atomic_load(&metrics.body_bytes) != 0; i++) {
        nanosleep(&pause, NULL);
    }
    if (atomic_load(&metrics.body_bytes) != 0) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    int ends[2];
    char answer[4096];
    if (!websockets) {
        set_up();
    }
    if (size < 1 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) {
        return 0;
    }
    /* the first byte says how much comes together with the handshake */
    size_t early = bytes[0] < size ? bytes[0] : size - 1;
    reel_websocket_handover handover = {
        .fd = ends[0],
        .early = bytes + 1,
        .early_size = early,
        .caller = { .key = size & 1 ? REEL_KEY_OPEN : REEL_KEY_NONE,
                    .transport = REEL_TRANSPORT_WEBSOCKET },
        .close = on_close,
        .user = &ends[0],
    };
    ssize_t written = write(ends[1], bytes + 1 + early, size - 1 - early);
    (void)written;
    shutdown(ends[1], SHUT_WR);
    reel_websockets_add(websockets, &handover);
    while (read(ends[1], answer, sizeof answer) > 0) {
    }
    while (sem_wait(&closed) != 0) { /* it may have said its last word long before */
    }
    close(ends[1]);
    expect_no_bytes_held();
    return 0;
}
