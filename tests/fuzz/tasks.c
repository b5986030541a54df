/* Fuzz target: any bytes as a body of tasks, over both transports; the answers keep their rules. */
#include "server/protocol.h"

#include "server/errors.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static reel_protocol protocol;

/* A server without keys whose queue is full after one task: the rest is refused when it is good. */
static void set_up(void)
{
    static reel_queue *queue;
    static reel_auth *auth;
    reel_store *store;
    reel_queue_limits limits = REEL_QUEUE_LIMITS_INIT;
    limits.depth = 1;
    if (queue) {
        return;
    }
    if (reel_store_sqlite_open(&store, ":memory:") < 0 ||
        reel_queue_open(&queue, store, &limits) < 0 || reel_auth_open(&auth, NULL) < 0) {
        abort();
    }
    protocol = (reel_protocol){ .queue = queue,
                                .auth = auth,
                                .prices = &reel_prices_default,
                                .public_url = "http://127.0.0.1",
                                .docs_url = "http://127.0.0.1/docs",
                                .model_name = "fuzz" };
}

static void check_envelope(const char *text, reel_transport transport)
{
    json_t *envelope = json_loads(text, 0, NULL);
    const json_t *data = json_object_get(envelope, "data");
    const json_t *errors = json_object_get(envelope, "errors"), *error;
    size_t i;
    if (!envelope || (!data && !errors) || (data && json_array_size(data) == 0) ||
        (errors && json_array_size(errors) == 0) ||
        (data && errors && transport == REEL_TRANSPORT_WEBSOCKET)) {
        abort();
    }
    json_array_foreach(errors, i, error)
    {
        if (!json_is_string(json_object_get(error, "code")) ||
            !json_is_string(json_object_get(error, "message"))) {
            abort();
        }
    }
    json_decref(envelope);
}

static void handle(const char *body, size_t size, reel_transport transport)
{
    reel_caller caller = { .may_wait = 1, .key = REEL_KEY_OPEN, .transport = transport };
    reel_frames frames;
    if (reel_protocol_handle(&protocol, &caller, body, size, &frames) < 0 || frames.count == 0 ||
        frames.http_status < 200 || frames.http_status == 500) {
        abort();
    }
    for (size_t i = 0; i < frames.count; i++) {
        check_envelope(frames.texts[i], transport);
    }
    reel_frames_deinit(&frames);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    set_up();
    handle((const char *)bytes, size, REEL_TRANSPORT_REST);
    handle((const char *)bytes, size, REEL_TRANSPORT_WEBSOCKET);
    return 0;
}
