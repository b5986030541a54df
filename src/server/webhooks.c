/* Two threads that make the calls that are due. */
#include "server/webhooks.h"

#include "base/error.h"
#include "base/log.h"
#include "server/film_items.h"
#include "server/outgoing.h"

#include <errno.h>
#include <nettle/base16.h>
#include <nettle/hmac.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { THREADS = 2, LOOK_MS = 500, SPARE_SECONDS = 30, SECRET_SIZE = 256, ANSWER_BYTES = 1 << 20 };

struct reel_webhooks {
    reel_webhooks_config config;
    char secret[SECRET_SIZE];
    reel_delivery_store *store;
    int leaves_store;     /* to the caller: the threads did not start */
    pthread_mutex_t lock; /* around every use of the store, and of `stops` while waiting */
    pthread_cond_t changed;
    atomic_int stops;
    pthread_t threads[THREADS];
    int thread_count;
};

static int64_t now_ms(const reel_webhooks *w)
{
    if (w->config.now_ms) {
        return w->config.now_ms(w->config.clock);
    }
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void reel_webhook_sign(char out[REEL_SIGNATURE_SIZE], const char *secret, const char *body)
{
    struct hmac_sha256_ctx context;
    uint8_t digest[SHA256_DIGEST_SIZE];
    hmac_sha256_set_key(&context, strlen(secret), (const uint8_t *)secret);
    hmac_sha256_update(&context, strlen(body), (const uint8_t *)body);
    hmac_sha256_digest(&context, sizeof digest, digest);
    memcpy(out, "sha256=", 7);
    base16_encode_update(out + 7, sizeof digest, digest);
    out[REEL_SIGNATURE_SIZE - 1] = 0;
}

/* The envelope of a poll with one item. */
static json_t *describe(const reel_protocol *protocol, const reel_task *task, int place)
{
    const char *uuid = json_string_value(json_object_get(task->request, "taskUUID"));
    uuid = uuid ? uuid : task->uuid;
    if (place != REEL_DELIVERY_OF_FAILURE) {
        return json_pack("{s:[o]}", "data", reel_film_item(protocol, task, uuid, place));
    }
    json_t *error = reel_failure_item(task);
    if (!error || json_object_set_new(error, "taskUUID", json_string(uuid)) != 0) {
        json_decref(error);
        return NULL;
    }
    return json_pack("{s:[o]}", "errors", error);
}

/* What is to be said, owned by the caller. REEL_ERR_NOT_FOUND when there is nothing to say any
 * more: the task is gone, or its film. */
static reel_status write_body(char **out, const reel_webhooks *w, const reel_delivery *delivery)
{
    const reel_protocol *protocol = w->config.protocol;
    reel_task task;
    *out = NULL;
    REEL_TRY(reel_queue_find(&task, protocol->queue, delivery->uuid, REEL_KEY_ANY));
    int place = delivery->place;
    int is_there =
        place == REEL_DELIVERY_OF_FAILURE || (place >= 0 && place < task.result_count &&
                                              task.results[place].file[0] && !task.is_expired);
    json_t *envelope = is_there ? describe(protocol, &task, place) : NULL;
    *out = envelope ? json_dumps(envelope, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
    json_decref(envelope);
    reel_task_deinit(&task);
    return *out        ? REEL_OK
           : !is_there ? REEL_FAIL(REEL_ERR_NOT_FOUND, "the film is gone")
                       : REEL_FAIL(REEL_ERR_MEMORY, "no memory for a webhook");
}

static int is_stopped(void *user)
{
    return atomic_load(&((reel_webhooks *)user)->stops);
}

static reel_status call(reel_webhooks *w, const reel_delivery *delivery)
{
    char *body, signature[REEL_SIGNATURE_SIZE], header[REEL_SIGNATURE_SIZE + 16];
    REEL_TRY(write_body(&body, w, delivery));
    if (w->secret[0]) {
        reel_webhook_sign(signature, w->secret, body);
        snprintf(header, sizeof header, "X-Signature: %s", signature);
    }
    reel_outgoing request = { .url = delivery->url,
                              .allowed = w->config.protocol->allowed,
                              .seconds = w->config.seconds,
                              .content_type = "application/json",
                              .header = w->secret[0] ? header : NULL,
                              .body = body,
                              .body_size = strlen(body),
                              .reply_limit = ANSWER_BYTES,
                              .is_stopped = is_stopped,
                              .user = w };
    reel_status status = reel_outgoing_send(&request);
    free(body);
    return status;
}

/* Seconds until the next attempt; 0: there is none. */
static int retry_after(const reel_webhooks *w, const reel_delivery *delivery, reel_status status)
{
    int is_hopeless = status == REEL_ERR_NOT_FOUND || status == REEL_ERR_INVALID;
    return is_hopeless || delivery->attempt > REEL_WEBHOOK_RETRIES_MAX
               ? 0
               : w->config.retry_seconds[delivery->attempt - 1];
}

/* The URL may hold a secret, so the log does without it. */
static void settle(reel_webhooks *w, const reel_delivery *delivery, reel_status status)
{
    const reel_delivery_store_methods *methods = w->store->methods;
    int wait = status == REEL_OK ? 0 : retry_after(w, delivery, status);
    if (status == REEL_OK) {
        reel_log(REEL_LOG_INFO, "task=%s event=webhook-delivered film=%d attempt=%d",
                 delivery->uuid, delivery->place, delivery->attempt);
    } else {
        reel_log(wait > 0 ? REEL_LOG_INFO : REEL_LOG_WARN,
                 "task=%s event=webhook-%s film=%d attempt=%d reason=\"%s\"", delivery->uuid,
                 wait > 0 ? "failed" : "given-up", delivery->place, delivery->attempt,
                 reel_error_message());
    }
    pthread_mutex_lock(&w->lock);
    reel_status stored =
        wait > 0 ? methods->postpone(w->store, delivery->id, now_ms(w) + (int64_t)wait * 1000)
                 : methods->remove(w->store, delivery->id);
    pthread_mutex_unlock(&w->lock);
    if (stored < 0) {
        reel_log(REEL_LOG_ERROR, "event=webhook-not-noted reason=\"%s\"", reel_error_message());
    }
}

/* Make one call that is due; 0 when none is. A call that is broken off is due again by itself. */
static int work(reel_webhooks *w)
{
    reel_delivery delivery;
    int64_t now = now_ms(w);
    pthread_mutex_lock(&w->lock);
    reel_status status = w->store->methods->take(
        &delivery, w->store, now, now + (int64_t)(w->config.seconds + SPARE_SECONDS) * 1000);
    pthread_mutex_unlock(&w->lock);
    if (status < 0) {
        if (status != REEL_ERR_NOT_FOUND) {
            reel_log(REEL_LOG_ERROR, "event=webhooks-failed reason=\"%s\"", reel_error_message());
        }
        return 0;
    }
    status = call(w, &delivery);
    if (status == REEL_ERR_CANCELLED) {
        pthread_mutex_lock(&w->lock);
        w->store->methods->postpone(w->store, delivery.id, now);
        pthread_mutex_unlock(&w->lock);
        return 0;
    }
    settle(w, &delivery, status);
    return 1;
}

static void *run(void *user)
{
    reel_webhooks *w = user;
    while (!atomic_load(&w->stops)) {
        if (work(w)) {
            continue;
        }
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += LOOK_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_mutex_lock(&w->lock);
        while (!atomic_load(&w->stops) &&
               pthread_cond_timedwait(&w->changed, &w->lock, &until) != ETIMEDOUT) {
        }
        pthread_mutex_unlock(&w->lock);
    }
    return NULL;
}

reel_status reel_webhooks_open(reel_webhooks **out, reel_delivery_store *store,
                               const reel_webhooks_config *config)
{
    *out = NULL;
    if (config->secret && strlen(config->secret) >= SECRET_SIZE) {
        return REEL_FAIL(REEL_ERR_INVALID, "webhook secret: has %zu bytes, expected up to %d",
                         strlen(config->secret), SECRET_SIZE - 1);
    }
    reel_webhooks *w = calloc(1, sizeof *w);
    if (!w) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for webhooks");
    }
    w->config = *config;
    w->config.secret = NULL;
    snprintf(w->secret, sizeof w->secret, "%s", config->secret ? config->secret : "");
    w->store = store;
    pthread_mutex_init(&w->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&w->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    while (w->thread_count < THREADS &&
           pthread_create(&w->threads[w->thread_count], NULL, run, w) == 0) {
        w->thread_count++;
    }
    if (w->thread_count < THREADS) {
        w->leaves_store = 1;
        reel_webhooks_close(w);
        return REEL_FAIL(REEL_ERR_MEMORY, "no threads for webhooks");
    }
    *out = w;
    return REEL_OK;
}

void reel_webhooks_close(reel_webhooks *webhooks)
{
    if (!webhooks) {
        return;
    }
    pthread_mutex_lock(&webhooks->lock);
    atomic_store(&webhooks->stops, 1);
    pthread_cond_broadcast(&webhooks->changed);
    pthread_mutex_unlock(&webhooks->lock);
    for (int i = 0; i < webhooks->thread_count; i++) {
        pthread_join(webhooks->threads[i], NULL);
    }
    if (!webhooks->leaves_store) {
        webhooks->store->methods->close(webhooks->store);
    }
    pthread_cond_destroy(&webhooks->changed);
    pthread_mutex_destroy(&webhooks->lock);
    free(webhooks);
}
