/* A protocol over a queue in a scratch folder, for tests that talk to it. */
#ifndef TESTS_SERVER_SPOKEN_H
#define TESTS_SERVER_SPOKEN_H

#include "scratch.h"
#include "server/protocol.h"
#include "server/requests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static reel_queue *queue;
static reel_auth *auth;
static reel_protocol protocol;

/* An open server: everybody has the key REEL_KEY_OPEN. */
static int spoken_setup(void **state)
{
    reel_store *store;
    reel_queue_limits limits = REEL_QUEUE_LIMITS_INIT;
    limits.depth = limits.depth_per_key = 100000;
    if (scratch_setup(state) != 0 ||
        reel_store_sqlite_open(&store, scratch_path("tasks.sqlite")) < 0 ||
        reel_queue_open(&queue, store, &limits) < 0 || reel_auth_open(&auth, NULL) < 0) {
        return -1;
    }
    protocol = (reel_protocol){ .queue = queue,
                                .auth = auth,
                                .prices = &reel_prices_default,
                                .public_url = "http://127.0.0.1:8080",
                                .model_name = "mini 0.1" };
    return 0;
}

static int spoken_teardown(void **state)
{
    reel_queue_close(queue);
    reel_auth_close(auth);
    return scratch_teardown(state);
}

/* What REST says to a task, which is taken: the envelope, owned by the caller. */
static inline json_t *spoken_send(json_t *task, int *http_status)
{
    reel_caller caller = { .key = REEL_KEY_OPEN, .may_wait = 1, .transport = REEL_TRANSPORT_REST };
    reel_frames out;
    json_t *tasks = json_pack("[o]", task);
    char *text = json_dumps(tasks, JSON_ENCODE_ANY);
    assert_int_equal(reel_protocol_handle(&protocol, &caller, text, strlen(text), &out), REEL_OK);
    assert_int_equal(out.count, 1);
    json_t *envelope = json_loads(out.texts[0], 0, NULL);
    *http_status = out.http_status;
    reel_frames_deinit(&out);
    free(text);
    json_decref(tasks);
    return envelope;
}

/* The only error of an envelope; NULL when there is none. Borrowed. */
static inline const json_t *spoken_error(const json_t *envelope)
{
    return json_array_get(json_object_get(envelope, "errors"), 0);
}

#endif
