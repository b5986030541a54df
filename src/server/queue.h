/* The queue: the one place where a task changes its state. Everything but progress is on disk
 * before a function returns. Safe to call from any thread. */
#ifndef REEL_SERVER_QUEUE_H
#define REEL_SERVER_QUEUE_H

#include "reel/status.h"
#include "server/store.h"
#include "server/task.h"

#include <stdint.h>

typedef struct reel_queue reel_queue;

enum { REEL_KEY_ANY = -1 }; /* in place of a key id: whoever's task it is */

typedef struct {
    int depth;                                    /* tasks that may wait, in all */
    int depth_per_key;                            /* tasks that may wait for one key */
    int (*depth_of_key)(void *keys, int64_t key); /* the same key by key; NULL: the above */
    void *keys;                                   /* handed to depth_of_key */
    int attempts;              /* how often a task is begun before it counts as failed */
    int64_t lease_ms;          /* a worker that is silent for so long has lost its task */
    int64_t retention_seconds; /* how long results are kept when the task names no ttl */
    int64_t (*now_ms)(void *); /* Unix milliseconds; NULL: the clock of the machine */
    void *clock;               /* handed to now_ms */
} reel_queue_limits;

#define REEL_QUEUE_LIMITS_INIT                                                                     \
    {                                                                                              \
        .depth = 1000, .depth_per_key = 200, .attempts = 3, .lease_ms = 60000,                     \
        .retention_seconds = 7 * 24 * 3600                                                         \
    }

/* Takes `store` on success. Tasks that a dead process was running go back to the queue, or fail
 * when their attempts are used up. Owned by the caller, released with reel_queue_close(). */
reel_status reel_queue_open(reel_queue **out, reel_store *store, const reel_queue_limits *limits);
void reel_queue_close(reel_queue *queue);

/* ---- for the protocol ---------------------------------------------------------------------- */

typedef enum { REEL_SUBMIT_ACCEPTED, REEL_SUBMIT_DUPLICATE, REEL_SUBMIT_FULL } reel_submit_outcome;

/* Accept a task: uuid, key, type, request, job, result_count, results (video_uuid, seed, cost) and
 * ttl_seconds are read, the rest is filled in by the queue. Durable before it returns.
 * *outcome says whether it was accepted; REEL_ERR_IO when the store failed. `task` stays the
 * caller's. */
reel_status reel_queue_submit(reel_submit_outcome *outcome, reel_queue *queue,
                              const reel_task *task);

/* A copy of the task, with its progress of this moment. REEL_ERR_NOT_FOUND when there is none or
 * it belongs to another key. Owned by the caller, released with reel_task_deinit(). */
reel_status reel_queue_find(reel_task *out, reel_queue *queue, const char *uuid, int64_t key);

/* Up to page->limit tasks. Each is released with reel_task_deinit(). */
reel_status reel_queue_list(reel_task *out, int *count, reel_queue *queue,
                            const reel_store_page *page);

/* Stop a task: at once when it waits, within a step when it runs; it reads "cancelled" from now on.
 * Legal on a task that has ended, which stays as it is. `state` receives the state it has now.
 * REEL_ERR_NOT_FOUND as above. */
reel_status reel_queue_cancel(reel_task_state *state, reel_queue *queue, const char *uuid,
                              int64_t key);

/* The same, and nobody finds the task any more; its files go with the expired ones. Its uuid stays
 * taken for a while. REEL_ERR_NOT_FOUND as above. */
reel_status reel_queue_delete(reel_queue *queue, const char *uuid, int64_t key);

typedef struct {
    int64_t queued, running;
    int is_full; /* nothing more is accepted, from anybody */
} reel_queue_counts;

reel_status reel_queue_count(reel_queue_counts *out, reel_queue *queue);

/* Finished films and their cost by days of UTC; the last 7 and 30 days include today. */
typedef struct {
    reel_store_usage total, today, last_7_days, last_30_days;
} reel_queue_usage;

reel_status reel_queue_usage_of(reel_queue_usage *out, reel_queue *queue, int64_t key);

/* ---- for workers --------------------------------------------------------------------------- */

/* The oldest waiting task becomes running and the caller's. REEL_ERR_NOT_FOUND when none waits. */
reel_status reel_queue_claim(reel_task *out, reel_queue *queue);

/* Wait until a task may have come, the queue is interrupted, or `timeout_ms` have passed. */
void reel_queue_wait(reel_queue *queue, int timeout_ms);
void reel_queue_interrupt(reel_queue *queue);

/* Tell how far (0..100) a claimed task is, and keep its lease. Cheap: memory every time, the
 * store now and then. REEL_ERR_CANCELLED when the task is no longer the caller's: it was cancelled,
 * or its lease ran out. */
reel_status reel_queue_progress(reel_queue *queue, const reel_task *task, int progress);

/* Result `index` lies in DATA/files under `file`; `flagged` as in reel_task_result.
 * REEL_ERR_CANCELLED as above. */
reel_status reel_queue_result(reel_queue *queue, const reel_task *task, int index, const char *file,
                              int flagged);

/* The end of a claimed task. REEL_ERR_CANCELLED as above, and then nothing changes. */
reel_status reel_queue_finish(reel_queue *queue, const reel_task *task);
reel_status reel_queue_fail(reel_queue *queue, const reel_task *task, const json_t *error);

/* A claimed task met a failure that may pass (a full disk, say): it waits, longer after each
 * attempt, and begins again; when its attempts are used up it fails with `error`. *is_over says
 * which. */
reel_status reel_queue_retry(int *is_over, reel_queue *queue, const reel_task *task,
                             const json_t *error);

/* Give a claimed task back, as if it had never been begun: the server stops. */
reel_status reel_queue_release(reel_queue *queue, const reel_task *task);

/* Renew the leases of what the workers of this process run, in case a step takes longer than a
 * lease. */
void reel_queue_keep(reel_queue *queue);

/* Tasks whose worker fell silent go back or fail; rows that nobody can ask for any more go. */
reel_status reel_queue_reap(reel_queue *queue);

/* Up to `limit` tasks that hold files and whose time is over, until reel_queue_forget(). Each is
 * released with reel_task_deinit(). */
reel_status reel_queue_expired(reel_task *out, int *count, reel_queue *queue, int limit);
/* The files of this expired task are gone; its row answers as long as retention_seconds more. */
reel_status reel_queue_forget(reel_queue *queue, const reel_task *task);

#endif
