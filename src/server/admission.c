/* Predicting memory and time of a task. */
#include "server/admission.h"

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "server/dimensions.h"
#include "server/errors.h"
#include "server/video_inference.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Measuring memory takes milliseconds, so it is done once for each kind of film, with the length
 * rounded up to the next half second. */
enum { LENGTHS = 31, KINDS = REEL_DIMENSIONS_COUNT * LENGTHS * 4, FORMATS = 3 };

static const char *const formats[FORMATS] = { "mp4", "webm", "mov" };

/* How much the latest film counts in a rate. */
static const double FRESH = 0.25;

/* Seconds per unit of work; 0: not known yet. */
typedef struct {
    double sampling;           /* per step, guidance branch and second of film */
    double finishing[FORMATS]; /* per second of film and million pixels of a frame */
} rates;

struct reel_admission {
    reel_engine *engine;
    double memory_bytes, task_seconds;
    char *speed_path;
    pthread_mutex_t lock;
    rates speed;
    size_t memory[KINDS]; /* 0: not measured yet */
};

static double memory_of_machine(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return pages > 0 && page > 0 ? (double)pages * (double)page : 0.0;
}

/* Rates of an earlier run; a file that is absent or damaged is as good as none. */
static void load_speed(reel_admission *a)
{
    json_t *speed;
    if (!a->speed_path || reel_json_load(&speed, a->speed_path) < 0) {
        return;
    }
    const double most = 1e6;
    reel_status status = reel_json_double(&a->speed.sampling, speed, "sampling", 0, most);
    for (int i = 0; i < FORMATS && status == REEL_OK; i++) {
        status = reel_json_double(&a->speed.finishing[i], speed, formats[i], 0, most);
    }
    if (status < 0) {
        reel_log(REEL_LOG_WARN, "event=speed-unread reason=\"%s\"", reel_error_message());
        a->speed = (rates){ 0 };
    }
    json_decref(speed);
}

static void save_speed(const reel_admission *a, const rates *speed)
{
    if (!a->speed_path) {
        return;
    }
    json_t *object = json_pack("{s:f}", "sampling", speed->sampling);
    for (int i = 0; i < FORMATS; i++) {
        json_object_set_new(object, formats[i], json_real(speed->finishing[i]));
    }
    if (!object || reel_json_save(object, a->speed_path) < 0) {
        reel_log(REEL_LOG_WARN, "event=speed-unsaved reason=\"%s\"", reel_error_message());
    }
    json_decref(object);
}

reel_status reel_admission_open(reel_admission **out, const reel_admission_config *config)
{
    reel_admission *a = calloc(1, sizeof *a);
    *out = NULL;
    if (!a) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for admission");
    }
    a->engine = config->engine;
    a->memory_bytes = config->memory_bytes ? (double)config->memory_bytes : memory_of_machine();
    a->task_seconds = config->task_seconds;
    pthread_mutex_init(&a->lock, NULL);
    if (config->speed_path) {
        a->speed_path = strdup(config->speed_path);
        if (!a->speed_path) {
            reel_admission_close(a);
            return REEL_FAIL(REEL_ERR_MEMORY, "no memory for a path");
        }
    }
    load_speed(a);
    *out = a;
    return REEL_OK;
}

void reel_admission_close(reel_admission *admission)
{
    if (admission) {
        pthread_mutex_destroy(&admission->lock);
        free(admission->speed_path);
        free(admission);
    }
}

/* Its place in the table of measured kinds; -1 for a film that has none. */
static int kind_of(const reel_request *request)
{
    const reel_dimensions *d = reel_dimensions_named(request->resolution, request->aspect);
    int halves = (int)ceil(request->seconds * 2);
    if (!d || halves < 0 || halves >= LENGTHS) {
        return -1;
    }
    int place = reel_dimensions_place(d) * LENGTHS + halves;
    return place * 4 + 2 * (request->audio != 0) + (request->cfg_video == 1.0f);
}

static double memory_for(reel_admission *a, const reel_request *request)
{
    int kind = kind_of(request);
    if (kind < 0) {
        return (double)reel_engine_memory(a->engine, request);
    }
    pthread_mutex_lock(&a->lock);
    size_t bytes = a->memory[kind];
    pthread_mutex_unlock(&a->lock);
    if (bytes == 0) {
        reel_request rounded = *request;
        rounded.seconds = ceil(request->seconds * 2) / 2;
        bytes = reel_engine_memory(a->engine, &rounded);
        pthread_mutex_lock(&a->lock);
        a->memory[kind] = bytes;
        pthread_mutex_unlock(&a->lock);
    }
    return (double)bytes;
}

static double sampling_work(const reel_admission *a, const reel_request *r)
{
    int steps = r->steps ? r->steps : reel_engine_steps(a->engine);
    return steps * (r->cfg_video == 1.0f ? 1.0 : 2.0) * r->seconds;
}

static double finishing_work(const reel_request *r)
{
    const reel_dimensions *d = reel_dimensions_named(r->resolution, r->aspect);
    return d ? r->seconds * d->width * d->height / 1e6 : r->seconds;
}

static int format_of(const reel_task *task)
{
    const char *name = json_string_value(json_object_get(task->job, "format"));
    for (int i = 0; name && i < FORMATS; i++) {
        if (strcmp(name, formats[i]) == 0) {
            return i;
        }
    }
    return 0;
}

/* The rate of a format, or of another one as long as it is not known itself. */
static double finishing_rate(const rates *speed, int format)
{
    double rate = speed->finishing[format];
    for (int i = 0; i < FORMATS && rate <= 0; i++) {
        rate = speed->finishing[i];
    }
    return rate;
}

double reel_admission_seconds(reel_admission *a, const reel_task *task)
{
    reel_request request;
    if (reel_request_from_task(&request, task, 0) < 0) {
        return 0.0;
    }
    pthread_mutex_lock(&a->lock);
    rates speed = a->speed;
    pthread_mutex_unlock(&a->lock);
    double finishing = finishing_rate(&speed, format_of(task));
    if (speed.sampling <= 0 || finishing <= 0) {
        return 0.0;
    }
    return task->result_count *
           (speed.sampling * sampling_work(a, &request) + finishing * finishing_work(&request));
}

static void learn(double *rate, double seconds, double work)
{
    if (seconds > 0 && work > 0) {
        double found = seconds / work;
        *rate = *rate > 0 ? (1 - FRESH) * *rate + FRESH * found : found;
    }
}

void reel_admission_learn(reel_admission *a, const reel_task *task, int index,
                          const reel_film_time *took)
{
    reel_request request;
    if (reel_request_from_task(&request, task, index) < 0) {
        return;
    }
    pthread_mutex_lock(&a->lock);
    learn(&a->speed.sampling, took->sampling_seconds, sampling_work(a, &request));
    learn(&a->speed.finishing[format_of(task)], took->finishing_seconds, finishing_work(&request));
    rates speed = a->speed;
    pthread_mutex_unlock(&a->lock);
    save_speed(a, &speed);
}

static int refuse(json_t **error, const char *message, double needed, double limit)
{
    *error = reel_error_new_between("unsupportedRequestSize", "duration resolution", "%s", message);
    if (json_object_set_new(*error, "required", json_real(needed)) != 0 ||
        json_object_set_new(*error, "max", json_real(limit)) != 0) {
        json_decref(*error);
        *error = NULL;
    }
    return 0;
}

int reel_admission_check(json_t **error, reel_admission *a, const reel_task *task)
{
    char message[160];
    reel_request request;
    *error = NULL;
    if (reel_request_from_task(&request, task, 0) < 0) {
        *error = reel_error_internal("admission");
        return 0;
    }
    double bytes = memory_for(a, &request);
    if (a->memory_bytes > 0 && bytes > a->memory_bytes) {
        snprintf(message, sizeof message,
                 "This film needs %.2f GB of memory, the server has %.2f GB for it.", bytes / 1e9,
                 a->memory_bytes / 1e9);
        return refuse(error, message, bytes, a->memory_bytes);
    }
    double seconds = reel_admission_seconds(a, task);
    if (a->task_seconds > 0 && seconds > a->task_seconds) {
        snprintf(message, sizeof message,
                 "This task would take about %.0f s, the server gives one %.0f s.", seconds,
                 a->task_seconds);
        return refuse(error, message, seconds, a->task_seconds);
    }
    return 1;
}
