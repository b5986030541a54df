/* The rules of a task's life, on top of any store. */
#include "server/queue.h"

#include "base/error.h"
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    RUNNING_MAX = 64, /* tasks that the workers of this process hold at once */
    REAP_BATCH = 32,
    STORE_EVERY_MS = 2000, /* progress goes to the store so often */
    RETRY_MS = 5000,
    RETRY_MAX_MS = 3600 * 1000,
    DAY_MS = 86400 * 1000
};

/* What memory knows of a claimed task beyond its row. */
typedef struct {
    char uuid[REEL_UUID_SIZE]; /* "" and claim 0 mark a free place */
    int64_t claim, stored_ms;
    int progress, is_lost;
} running_task;

struct reel_queue {
    reel_store *store;
    reel_queue_limits limits;
    pthread_mutex_t lock; /* around every use of the store and of what follows */
    pthread_cond_t changed;
    unsigned arrivals; /* counts what reel_queue_wait() waits for */
    unsigned seen;
    running_task running[RUNNING_MAX];
};

static int64_t now_ms(const reel_queue *queue)
{
    if (queue->limits.now_ms) {
        return queue->limits.now_ms(queue->limits.clock);
    }
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void wake(reel_queue *queue)
{
    queue->arrivals++;
    pthread_cond_broadcast(&queue->changed);
}

static running_task *find_running(reel_queue *queue, const char *uuid, int64_t claim)
{
    for (int i = 0; i < RUNNING_MAX; i++) {
        if (queue->running[i].claim == claim && strcmp(queue->running[i].uuid, uuid) == 0) {
            return &queue->running[i];
        }
    }
    return NULL;
}

static int64_t expiry(const reel_queue *queue, const reel_task *task, int64_t now)
{
    int64_t kept = task->ttl_seconds > 0 ? task->ttl_seconds : queue->limits.retention_seconds;
    return now + kept * 1000;
}

/* A running task whose worker is gone: once more, or never again. */
static reel_status abandon(reel_queue *queue, const reel_task *task)
{
    int64_t now = now_ms(queue);
    int is_last = task->attempt >= queue->limits.attempts;
    json_t *error = NULL;
    if (is_last) {
        error = json_pack("{s:s, s:s}", "code", "processingFailed", "message",
                          "The server stopped while it worked on this task, on every attempt.");
        reel_log(REEL_LOG_WARN, "task=%s event=given-up attempts=%d", task->uuid, task->attempt);
    } else {
        reel_log(REEL_LOG_INFO, "task=%s event=resumed attempts=%d", task->uuid, task->attempt);
    }
    reel_transition t = { .uuid = task->uuid,
                          .key = REEL_KEY_ANY,
                          .claim = task->claim,
                          .from = REEL_TASK_RUNNING,
                          .to = is_last ? REEL_TASK_FAILED : REEL_TASK_QUEUED,
                          .progress = 0,
                          .now_ms = now,
                          .expires_ms = is_last ? expiry(queue, task, now) : 0,
                          .error = error };
    int changed = 0;
    reel_status status = queue->store->methods->change(&changed, queue->store, &t);
    json_decref(error);
    running_task *r = find_running(queue, task->uuid, task->claim);
    if (r && changed) {
        r->is_lost = 1;
    }
    return status;
}

/* Abandon every running task with a lease before `now`. */
static reel_status abandon_stale(reel_queue *queue, int64_t now)
{
    int count = REAP_BATCH;
    reel_status status = REEL_OK;
    while (status == REEL_OK && count == REAP_BATCH) {
        reel_task tasks[REAP_BATCH];
        REEL_TRY(queue->store->methods->stale(tasks, &count, queue->store, now, REAP_BATCH));
        for (int i = 0; i < count; i++) {
            status = status < 0 ? status : abandon(queue, &tasks[i]);
            reel_task_deinit(&tasks[i]);
        }
        if (count > 0) {
            wake(queue);
        }
    }
    return status;
}

reel_status reel_queue_open(reel_queue **out, reel_store *store, const reel_queue_limits *limits)
{
    *out = NULL;
    reel_queue *queue = calloc(1, sizeof *queue);
    if (!queue) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for the queue");
    }
    queue->store = store;
    queue->limits = *limits;
    pthread_mutex_init(&queue->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&queue->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    reel_status status = abandon_stale(queue, INT64_MAX);
    if (status < 0) {
        queue->store = NULL; /* stays the caller's */
        reel_queue_close(queue);
        return status;
    }
    *out = queue;
    return REEL_OK;
}

void reel_queue_close(reel_queue *queue)
{
    if (!queue) {
        return;
    }
    if (queue->store) {
        queue->store->methods->close(queue->store);
    }
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}

static int depth_of_key(const reel_queue *queue, int64_t key)
{
    const reel_queue_limits *l = &queue->limits;
    return l->depth_of_key ? l->depth_of_key(l->keys, key) : l->depth_per_key;
}

static reel_status submit(reel_submit_outcome *outcome, reel_queue *queue, const reel_task *task)
{
    reel_task old = { 0 };
    reel_status status = queue->store->methods->find(&old, queue->store, task->uuid);
    reel_task_deinit(&old);
    if (status != REEL_ERR_NOT_FOUND) {
        *outcome = REEL_SUBMIT_DUPLICATE;
        return status;
    }
    reel_store_counts counts;
    REEL_TRY(queue->store->methods->count(&counts, queue->store, task->key));
    if (counts.queued >= queue->limits.depth ||
        counts.queued_for_key >= depth_of_key(queue, task->key)) {
        *outcome = REEL_SUBMIT_FULL;
        return REEL_OK;
    }
    reel_task row = *task;
    row.created_ms = now_ms(queue);
    status = queue->store->methods->insert(queue->store, &row);
    if (status == REEL_ERR_INVALID) {
        *outcome = REEL_SUBMIT_DUPLICATE;
        return REEL_OK;
    }
    *outcome = REEL_SUBMIT_ACCEPTED;
    return status;
}

reel_status reel_queue_submit(reel_submit_outcome *outcome, reel_queue *queue,
                              const reel_task *task)
{
    pthread_mutex_lock(&queue->lock);
    reel_status status = submit(outcome, queue, task);
    if (status == REEL_OK && *outcome == REEL_SUBMIT_ACCEPTED) {
        wake(queue);
    }
    pthread_mutex_unlock(&queue->lock);
    return status;
}

/* What the row does not say. */
static void complete(reel_task *task, reel_queue *queue)
{
    running_task *r = find_running(queue, task->uuid, task->claim);
    if (r && task->state == REEL_TASK_RUNNING) {
        task->progress = r->progress;
    }
    task->is_expired = reel_task_is_final(task->state) && task->expires_ms > 0 &&
                       now_ms(queue) >= task->expires_ms;
}

static reel_status find(reel_task *out, reel_queue *queue, const char *uuid, int64_t key)
{
    REEL_TRY(queue->store->methods->find(out, queue->store, uuid));
    if ((key >= 0 && out->key != key) || out->expires_ms == REEL_EXPIRY_DELETED) {
        reel_task_deinit(out);
        return REEL_FAIL(REEL_ERR_NOT_FOUND, "no such task");
    }
    complete(out, queue);
    return REEL_OK;
}

reel_status reel_queue_find(reel_task *out, reel_queue *queue, const char *uuid, int64_t key)
{
    pthread_mutex_lock(&queue->lock);
    reel_status status = find(out, queue, uuid, key);
    pthread_mutex_unlock(&queue->lock);
    return status;
}

reel_status reel_queue_list(reel_task *out, int *count, reel_queue *queue,
                            const reel_store_page *page)
{
    pthread_mutex_lock(&queue->lock);
    reel_status status = queue->store->methods->list(out, count, queue->store, page);
    for (int i = 0; i < *count && status == REEL_OK; i++) {
        complete(&out[i], queue);
    }
    pthread_mutex_unlock(&queue->lock);
    return status;
}

/* A task ends at the wish of its owner; one that has ended already only gets a new time to expire.
 * *changed tells whether its worker was not quicker. */
static reel_status stop(int *changed, reel_queue *queue, const reel_task *task, int64_t expires_ms)
{
    int is_final = reel_task_is_final(task->state);
    reel_transition t = { .uuid = task->uuid,
                          .key = REEL_KEY_ANY,
                          .claim = task->claim,
                          .from = task->state,
                          .to = is_final ? task->state : REEL_TASK_CANCELLED,
                          .progress = task->progress,
                          .now_ms = is_final ? task->finished_ms : now_ms(queue),
                          .expires_ms = expires_ms };
    reel_status status = queue->store->methods->change(changed, queue->store, &t);
    running_task *r = find_running(queue, task->uuid, task->claim);
    if (r && *changed) {
        r->is_lost = 1;
    }
    return status;
}

reel_status reel_queue_cancel(reel_task_state *state, reel_queue *queue, const char *uuid,
                              int64_t key)
{
    reel_task task = { 0 };
    int changed = 0;
    pthread_mutex_lock(&queue->lock);
    reel_status status = find(&task, queue, uuid, key);
    if (status == REEL_OK && !reel_task_is_final(task.state)) {
        status = stop(&changed, queue, &task, expiry(queue, &task, now_ms(queue)));
    }
    pthread_mutex_unlock(&queue->lock);
    *state = changed ? REEL_TASK_CANCELLED : task.state;
    reel_task_deinit(&task);
    return status;
}

reel_status reel_queue_delete(reel_queue *queue, const char *uuid, int64_t key)
{
    reel_task task = { 0 };
    int changed = 0;
    pthread_mutex_lock(&queue->lock);
    reel_status status = find(&task, queue, uuid, key);
    if (status == REEL_OK) {
        status = stop(&changed, queue, &task, REEL_EXPIRY_DELETED);
    }
    pthread_mutex_unlock(&queue->lock);
    reel_task_deinit(&task);
    return status;
}

reel_status reel_queue_count(reel_queue_counts *out, reel_queue *queue)
{
    reel_store_counts counts = { 0 };
    pthread_mutex_lock(&queue->lock);
    reel_status status = queue->store->methods->count(&counts, queue->store, REEL_KEY_ANY);
    pthread_mutex_unlock(&queue->lock);
    *out = (reel_queue_counts){ .queued = counts.queued,
                                .running = counts.running,
                                .is_full = counts.queued >= queue->limits.depth };
    return status;
}

static reel_status claim(reel_task *out, reel_queue *queue)
{
    running_task *place = find_running(queue, "", 0);
    if (!place) {
        return REEL_FAIL(REEL_ERR_NOT_FOUND, "%d tasks are running already", RUNNING_MAX);
    }
    int64_t now = now_ms(queue);
    REEL_TRY(queue->store->methods->next(out, queue->store, now));
    int changed = 0;
    reel_transition t = { .uuid = out->uuid,
                          .key = REEL_KEY_ANY,
                          .claim = out->claim,
                          .from = REEL_TASK_QUEUED,
                          .to = REEL_TASK_RUNNING,
                          .progress = 0,
                          .attempt_change = 1,
                          .starts = 1,
                          .now_ms = now,
                          .lease_until_ms = now + queue->limits.lease_ms };
    reel_status status = queue->store->methods->change(&changed, queue->store, &t);
    if (status == REEL_OK && !changed) {
        status = REEL_FAIL(REEL_ERR_NOT_FOUND, "another worker was quicker");
    }
    if (status < 0) {
        reel_task_deinit(out);
        return status;
    }
    out->state = REEL_TASK_RUNNING;
    out->attempt++;
    out->claim++;
    out->started_ms = now;
    *place = (running_task){ .claim = out->claim, .stored_ms = now };
    memcpy(place->uuid, out->uuid, sizeof place->uuid);
    return REEL_OK;
}

reel_status reel_queue_claim(reel_task *out, reel_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    reel_status status = claim(out, queue);
    pthread_mutex_unlock(&queue->lock);
    return status;
}

void reel_queue_wait(reel_queue *queue, int timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&queue->lock);
    while (queue->seen == queue->arrivals &&
           pthread_cond_timedwait(&queue->changed, &queue->lock, &until) != ETIMEDOUT) {
    }
    queue->seen = queue->arrivals;
    pthread_mutex_unlock(&queue->lock);
}

void reel_queue_interrupt(reel_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    wake(queue);
    pthread_mutex_unlock(&queue->lock);
}

static reel_status lost(void)
{
    return REEL_FAIL(REEL_ERR_CANCELLED, "the task is no longer this worker's");
}

/* The caller's place among the running; NULL when the task is not its any more. */
static running_task *held(reel_queue *queue, const reel_task *task)
{
    running_task *r = find_running(queue, task->uuid, task->claim);
    return r && !r->is_lost ? r : NULL;
}

/* Write the progress of a running task and a new lease. */
static reel_status renew(reel_queue *queue, running_task *r)
{
    int64_t now = now_ms(queue);
    int changed = 0;
    reel_transition t = { .uuid = r->uuid,
                          .key = REEL_KEY_ANY,
                          .claim = r->claim,
                          .from = REEL_TASK_RUNNING,
                          .to = REEL_TASK_RUNNING,
                          .progress = r->progress,
                          .lease_until_ms = now + queue->limits.lease_ms };
    REEL_TRY(queue->store->methods->change(&changed, queue->store, &t));
    r->is_lost = !changed;
    r->stored_ms = now;
    return changed ? REEL_OK : lost();
}

static reel_status progress(reel_queue *queue, const reel_task *task, int percent)
{
    running_task *r = held(queue, task);
    if (!r) {
        return lost();
    }
    r->progress = percent;
    int64_t age = now_ms(queue) - r->stored_ms;
    return age >= 0 && age < STORE_EVERY_MS ? REEL_OK : renew(queue, r);
}

void reel_queue_keep(reel_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    for (int i = 0; i < RUNNING_MAX; i++) {
        running_task *r = &queue->running[i];
        if (r->claim > 0 && !r->is_lost &&
            now_ms(queue) - r->stored_ms >= queue->limits.lease_ms / 4) {
            renew(queue, r); /* a loss shows at the worker's next step */
        }
    }
    pthread_mutex_unlock(&queue->lock);
}

reel_status reel_queue_progress(reel_queue *queue, const reel_task *task, int percent)
{
    pthread_mutex_lock(&queue->lock);
    reel_status status = progress(queue, task, percent);
    pthread_mutex_unlock(&queue->lock);
    return status;
}

reel_status reel_queue_result(reel_queue *queue, const reel_task *task, int index, const char *file,
                              int flagged)
{
    int changed = 0;
    pthread_mutex_lock(&queue->lock);
    reel_status status =
        queue->store->methods->set_file(&changed, queue->store, task, index, file, flagged);
    pthread_mutex_unlock(&queue->lock);
    return status == REEL_OK && !changed ? lost() : status;
}

/* A claimed task leaves its worker for `t->to`; the rest of `t` is filled in here. */
static reel_status leave(reel_queue *queue, const reel_task *task, reel_transition *t)
{
    pthread_mutex_lock(&queue->lock);
    int64_t now = now_ms(queue);
    int changed = 0;
    t->uuid = task->uuid;
    t->key = REEL_KEY_ANY;
    t->claim = task->claim;
    t->from = REEL_TASK_RUNNING;
    t->now_ms = now;
    t->expires_ms = reel_task_is_final(t->to) ? expiry(queue, task, now) : 0;
    running_task *r = find_running(queue, task->uuid, task->claim);
    if (r && t->progress < 0) {
        t->progress = r->progress;
    }
    reel_status status = queue->store->methods->change(&changed, queue->store, t);
    if (r) {
        *r = (running_task){ 0 };
    }
    if (t->to == REEL_TASK_QUEUED) {
        wake(queue);
    }
    pthread_mutex_unlock(&queue->lock);
    return status == REEL_OK && !changed ? lost() : status;
}

reel_status reel_queue_finish(reel_queue *queue, const reel_task *task)
{
    return leave(queue, task, &(reel_transition){ .to = REEL_TASK_DONE, .progress = 100 });
}

reel_status reel_queue_fail(reel_queue *queue, const reel_task *task, const json_t *error)
{
    return leave(queue, task,
                 &(reel_transition){ .to = REEL_TASK_FAILED, .progress = -1, .error = error });
}

reel_status reel_queue_release(reel_queue *queue, const reel_task *task)
{
    return leave(queue, task, &(reel_transition){ .to = REEL_TASK_QUEUED, .attempt_change = -1 });
}

/* 5 s after the first attempt, 30 s after the second, then ever less often. */
static int64_t pause_after(int attempt)
{
    int64_t pause = RETRY_MS;
    for (int i = 1; i < attempt && pause < RETRY_MAX_MS; i++) {
        pause *= 6;
    }
    return pause < RETRY_MAX_MS ? pause : RETRY_MAX_MS;
}

reel_status reel_queue_retry(int *is_over, reel_queue *queue, const reel_task *task,
                             const json_t *error)
{
    *is_over = task->attempt >= queue->limits.attempts;
    if (*is_over) {
        return reel_queue_fail(queue, task, error);
    }
    return leave(queue, task,
                 &(reel_transition){ .to = REEL_TASK_QUEUED,
                                     .progress = -1,
                                     .ready_ms = now_ms(queue) + pause_after(task->attempt) });
}

reel_status reel_queue_usage_of(reel_queue_usage *out, reel_queue *queue, int64_t key)
{
    const reel_store_methods *methods = queue->store->methods;
    pthread_mutex_lock(&queue->lock);
    int64_t today = now_ms(queue) / DAY_MS;
    reel_status status = methods->usage(&out->total, queue->store, key, 0);
    status = status < 0 ? status : methods->usage(&out->today, queue->store, key, today);
    status = status < 0 ? status : methods->usage(&out->last_7_days, queue->store, key, today - 6);
    status =
        status < 0 ? status : methods->usage(&out->last_30_days, queue->store, key, today - 29);
    pthread_mutex_unlock(&queue->lock);
    return status;
}

reel_status reel_queue_reap(reel_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    int64_t now = now_ms(queue);
    reel_status status = abandon_stale(queue, now);
    if (status == REEL_OK) {
        status = queue->store->methods->purge(queue->store,
                                              now - queue->limits.retention_seconds * 1000);
    }
    pthread_mutex_unlock(&queue->lock);
    return status;
}

reel_status reel_queue_expired(reel_task *out, int *count, reel_queue *queue, int limit)
{
    pthread_mutex_lock(&queue->lock);
    reel_status status =
        queue->store->methods->expired(out, count, queue->store, now_ms(queue), limit);
    pthread_mutex_unlock(&queue->lock);
    return status;
}

reel_status reel_queue_forget(reel_queue *queue, const reel_task *task)
{
    pthread_mutex_lock(&queue->lock);
    reel_status status = queue->store->methods->clear_files(queue->store, task->uuid);
    pthread_mutex_unlock(&queue->lock);
    return status;
}
