/* One worker thread around one engine. */
#include "server/worker.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "server/latent_files.h"
#include "server/stills.h"
#include "server/upload.h"
#include "server/video_inference.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { IDLE_MS = 1000, PATH_SIZE = 4096, UPLOAD_ATTEMPTS = 3, UPLOAD_SECONDS = 180 };

/* What the worker is at, in the words for the case that it fails. */
typedef struct {
    const char *code, *what;
    int tells_reason; /* which speaks of what the client chose */
    int is_final;     /* the same failure would come again */
} stage;

static const stage making = { "inferenceError", "The film could not be made", 0, 0 };
static const stage checking = { "processingFailed", "The content of the film could not be checked",
                                0, 0 };
static const stage uploading = { "uploadFailed", "The film could not be uploaded", 1, 1 };

struct reel_worker {
    reel_worker_config config;
    pthread_t thread;
    atomic_int stops;
    const stage *stage; /* of the worker's thread alone */
};

/* One film on its way. */
typedef struct {
    reel_worker *worker;
    const reel_task *task;
    int index;
    double began, sampled; /* when; sampled is 0 until decoding begins */
    int was_denoised;
    int flagged; /* as in reel_task_result */
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
    film *f = user;
    f->was_denoised |= strcmp(phase, "denoise") == 0;
    if (f->sampled == 0 && strcmp(phase, "decode") == 0) {
        f->sampled = reel_clock_seconds();
    }
    double at = (f->index + fraction(phase, done, total)) / f->task->result_count;
    reel_status status = reel_queue_progress(f->worker->config.queue, f->task, (int)(at * 100.0));
    return status == REEL_ERR_CANCELLED || atomic_load(&f->worker->stops);
}

static int is_stopped(void *user)
{
    return on_progress("decode", 1, 1, user);
}

/* Ask the checker, if the task wants it asked. */
static reel_status check_content(film *f, const reel_clip *clip)
{
    const reel_worker_config *c = &f->worker->config;
    reel_safety_question question = { .clip = clip,
                                      .task_uuid = f->task->uuid,
                                      .video_uuid = f->task->results[f->index].video_uuid,
                                      .prompt = json_string_value(
                                          json_object_get(f->task->request, "positivePrompt")),
                                      .mode = reel_safety_mode_of(f->task->request),
                                      .is_stopped = is_stopped,
                                      .user = f };
    if (question.mode == REEL_SAFETY_NONE) {
        return REEL_OK;
    }
    f->worker->stage = &checking;
    reel_status status = c->safety
                             ? reel_safety_ask(&f->flagged, c->safety, &question)
                             : REEL_FAIL(REEL_ERR_UNSUPPORTED, "no checker is configured any more");
    f->worker->stage = status < 0 ? &checking : &making;
    return status;
}

/* Hand the film over to where the task wants it. */
static reel_status upload(film *f, const char *path)
{
    reel_upload upload = { .url = json_string_value(
                               json_object_get(f->task->request, "uploadEndpoint")),
                           .path = path,
                           .allowed = f->worker->config.allowed,
                           .attempts = UPLOAD_ATTEMPTS,
                           .seconds = UPLOAD_SECONDS,
                           .is_stopped = is_stopped,
                           .user = f };
    if (!upload.url) {
        return REEL_OK;
    }
    f->worker->stage = &uploading;
    REEL_TRY(reel_upload_film(&upload));
    f->worker->stage = &making;
    return REEL_OK;
}

/* Generate and write one film; its latents stay behind until the film is on record. */
static reel_status make_file(film *f, const reel_film_output *output)
{
    const reel_worker_config *c = &f->worker->config;
    char path[PATH_SIZE], latents[REEL_LATENTS_PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", c->files_dir, output->name);
    reel_request request;
    REEL_TRY(reel_request_from_task(&request, f->task, f->index));
    reel_latent_file_path(latents, c->latents_dir, f->task, f->index);
    request.latents_path = latents;
    reel_preview_painter painter;
    if (c->previews) {
        reel_preview_painter_init(&painter, c->previews, f->task->uuid, c->files_dir);
        request.preview = &painter.preview;
    }
    reel_clip clip = { 0 };
    REEL_TRY(reel_generate(&clip, c->engine, &request, on_progress, f));
    reel_provenance provenance = { .model = reel_engine_name(c->engine),
                                   .prompt = request.prompt,
                                   .request_hash = output->request_hash,
                                   .seed = request.seed };
    reel_status status = check_content(f, &clip);
    if (status == REEL_OK) {
        status = reel_clip_write(&clip, path, output->quality, &provenance);
    }
    if (status == REEL_OK) {
        status = reel_stills_write(&clip, c->files_dir, f->task->results[f->index].video_uuid);
    }
    reel_clip_free(&clip);
    return status;
}

static reel_status make_film(reel_worker *worker, const reel_task *task, int index)
{
    const reel_worker_config *c = &worker->config;
    reel_film_output output;
    REEL_TRY(reel_film_output_of(&output, task, index));
    film f = {
        .worker = worker, .task = task, .index = index, .began = reel_clock_seconds(), .flagged = -1
    };
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", c->files_dir, output.name);
    worker->stage = &making;
    REEL_TRY(make_file(&f, &output));
    double ended = reel_clock_seconds();
    reel_film_time took = { .sampling_seconds = f.was_denoised ? f.sampled - f.began : 0,
                            .finishing_seconds = ended - f.sampled };
    reel_admission_learn(c->admission, task, index, &took);
    reel_status sent = upload(&f, path), status = sent;
    if (sent != REEL_ERR_CANCELLED) { /* what could not be uploaded is kept all the same */
        status = reel_queue_result(c->queue, task, index, output.name, f.flagged);
    }
    if (status < 0) {
        reel_stills_remove(c->files_dir, task->results[index].video_uuid);
        unlink(path); /* nobody would ask for it or remove it; another attempt has the latents */
    }
    return status < 0 ? status : sent;
}

/* Failures that the same request may not meet the next time: the disk, the descriptors. */
static int may_pass(reel_status status)
{
    return status == REEL_ERR_IO || status == REEL_ERR_NOT_FOUND;
}

static void fail(reel_worker *worker, const reel_task *task, reel_status status)
{
    reel_log(REEL_LOG_ERROR, "task=%s event=failed status=%s reason=\"%s\"", task->uuid,
             reel_status_name(status), reel_error_message());
    const stage *at = worker->stage;
    const char *reason = at->tells_reason || status == REEL_ERR_INVALID || status == REEL_ERR_MEMORY
                             ? reel_error_message() /* speaks of the request alone */
                             : "a fault of the server, see its log";
    json_t *error = json_pack("{s:s, s:o}", "code", at->code, "message",
                              json_sprintf("%s: %s.", at->what, reason));
    int is_over = 1;
    if (may_pass(status) && !at->is_final) {
        reel_queue_retry(&is_over, worker->config.queue, task, error);
    } else {
        reel_queue_fail(worker->config.queue, task, error);
    }
    json_decref(error);
    if (is_over) {
        atomic_fetch_add(&worker->config.metrics->tasks_failed, 1);
    } else {
        reel_log(REEL_LOG_INFO, "task=%s event=waits-for-another-attempt", task->uuid);
    }
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
