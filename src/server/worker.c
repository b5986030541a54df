/* One worker thread around one engine. */
#include "server/worker.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "server/video_inference.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { IDLE_MS = 1000, PATH_SIZE = 4096 };

struct reel_worker {
    reel_worker_config config;
    pthread_t thread;
    atomic_int stops;
};

/* One film on its way. */
typedef struct {
    reel_worker *worker;
    const reel_task *task;
    int index;
} film;

/* Where a phase lies within the work on one film, 0 to 1. */
static double fraction(const char *phase, int done, int total)
{
    double part = total > 0 ? (double)done / total : 0.0;
    if (strcmp(phase, "text") == 0) {
        return 0.02 * part;
    }
    return strcmp(phase, "decode") == 0 ? 0.85 + 0.13 * part : 0.02 + 0.83 * part;
}

static int on_progress(const char *phase, int done, int total, void *user)
{
    const film *f = user;
    double at = (f->index + fraction(phase, done, total)) / f->task->result_count;
    reel_status status = reel_queue_progress(f->worker->config.queue, f->task, (int)(at * 100.0));
    return status == REEL_ERR_CANCELLED || atomic_load(&f->worker->stops);
}

static reel_status make_film(reel_worker *worker, const reel_task *task, int index)
{
    const reel_worker_config *c = &worker->config;
    char name[REEL_TASK_FILE_SIZE], path[PATH_SIZE];
    snprintf(name, sizeof name, "%s.mp4", task->results[index].video_uuid);
    snprintf(path, sizeof path, "%s/%s", c->files_dir, name);
    reel_request request;
    REEL_TRY(reel_request_from_task(&request, task, index));
    film f = { worker, task, index };
    reel_clip clip = { 0 };
    REEL_TRY(reel_generate(&clip, c->engine, &request, on_progress, &f));
    reel_provenance provenance = { .model = reel_engine_name(c->engine),
                                   .prompt = request.prompt,
                                   .seed = request.seed };
    reel_status status = reel_clip_write(&clip, path, &provenance);
    reel_clip_free(&clip);
    if (status == REEL_OK) {
        status = reel_queue_result(c->queue, task, index, name);
        if (status < 0) {
            unlink(path); /* nobody will ask for it, and nobody would remove it */
        }
    }
    return status;
}

static void fail(reel_worker *worker, const reel_task *task, reel_status status)
{
    reel_log(REEL_LOG_ERROR, "task=%s event=failed status=%s reason=\"%s\"", task->uuid,
             reel_status_name(status), reel_error_message());
    atomic_fetch_add(&worker->config.metrics->tasks_failed, 1);
    const char *reason = status == REEL_ERR_INVALID || status == REEL_ERR_MEMORY
                             ? reel_error_message() /* speaks of the request alone */
                             : "a fault of the server, see its log";
    json_t *error = json_pack("{s:s, s:o}", "code", "inferenceError", "message",
                              json_sprintf("The film could not be made: %s.", reason));
    reel_queue_fail(worker->config.queue, task, error);
    json_decref(error);
}

static void work(reel_worker *worker, const reel_task *task)
{
    const reel_worker_config *c = &worker->config;
    double began = reel_clock_seconds();
    reel_log(REEL_LOG_INFO, "task=%s event=started attempt=%d results=%d", task->uuid,
             task->attempt, task->result_count);
    reel_histogram_add(&c->metrics->queue_wait,
                       (double)(task->started_ms - task->created_ms) / 1000);
    reel_status status = REEL_OK;
    for (int i = 0; i < task->result_count && status == REEL_OK; i++) {
        if (!task->results[i].file[0]) { /* an earlier attempt may have come so far */
            status = make_film(worker, task, i);
        }
    }
    double took = reel_clock_seconds() - began;
    if (status == REEL_OK) {
        status = reel_queue_finish(c->queue, task);
        if (status == REEL_OK) {
            atomic_fetch_add(&c->metrics->tasks_done, 1);
            reel_histogram_add(&c->metrics->generation, took);
            reel_log(REEL_LOG_INFO, "task=%s event=done seconds=%.3f", task->uuid, took);
            return;
        }
    }
    if (status != REEL_ERR_CANCELLED) {
        fail(worker, task, status);
        return;
    }
    atomic_fetch_add(&c->metrics->tasks_stopped, 1);
    /* Cancelled tasks are not the worker's any more, and releasing them changes nothing. */
    int is_requeued = reel_queue_release(c->queue, task) == REEL_OK;
    reel_log(REEL_LOG_INFO, "task=%s event=%s seconds=%.3f", task->uuid,
             is_requeued ? "requeued" : "cancelled", took);
}

static void *run(void *user)
{
    reel_worker *worker = user;
    while (!atomic_load(&worker->stops)) {
        reel_task task;
        reel_status status = reel_queue_claim(&task, worker->config.queue);
        if (status == REEL_OK) {
            work(worker, &task);
            reel_task_deinit(&task);
            continue;
        }
        if (status != REEL_ERR_NOT_FOUND) {
            reel_log(REEL_LOG_ERROR, "event=claim-failed reason=\"%s\"", reel_error_message());
        }
        reel_queue_wait(worker->config.queue, IDLE_MS);
    }
    return NULL;
}

reel_status reel_worker_start(reel_worker **out, const reel_worker_config *config)
{
    *out = NULL;
    reel_worker *worker = calloc(1, sizeof *worker);
    if (!worker) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for a worker");
    }
    worker->config = *config;
    if (pthread_create(&worker->thread, NULL, run, worker) != 0) {
        free(worker);
        return REEL_FAIL(REEL_ERR_MEMORY, "no thread for a worker");
    }
    *out = worker;
    return REEL_OK;
}

void reel_worker_stop(reel_worker *worker)
{
    if (!worker) {
        return;
    }
    atomic_store(&worker->stops, 1);
    reel_queue_interrupt(worker->config.queue);
    pthread_join(worker->thread, NULL);
    free(worker);
}
