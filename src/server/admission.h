/* What a task will need, told before it is accepted: peak memory from the engine, time from the
 * films that this server made before. */
#ifndef REEL_SERVER_ADMISSION_H
#define REEL_SERVER_ADMISSION_H

#include "reel/generate.h"
#include "reel/status.h"
#include "server/task.h"

#include <jansson.h>
#include <stddef.h>

typedef struct reel_admission reel_admission;

typedef struct {
    reel_engine *engine;    /* borrowed; asked for sizes while it works */
    size_t memory_bytes;    /* for one film, beside the model; 0: what the machine has */
    double task_seconds;    /* for all films of one task; 0: no limit */
    const char *speed_path; /* where the measured speed is kept over restarts; NULL: nowhere */
} reel_admission_config;

/* Owned by the caller, released with reel_admission_close(). Every function below may be called
 * from any thread. */
reel_status reel_admission_open(reel_admission **out, const reel_admission_config *config);
void reel_admission_close(reel_admission *admission);

/* Non-zero if the task fits. Otherwise *error is the refusal, which names what it needs and what
 * there is, owned by the caller; NULL without memory. */
int reel_admission_check(json_t **error, reel_admission *admission, const reel_task *task);

/* Seconds that the task will take once it begins; 0 as long as nothing like it was made. */
double reel_admission_seconds(reel_admission *admission, const reel_task *task);

/* What one film took: sampling (0: it was not done, latents were kept) and everything after it. */
typedef struct {
    double sampling_seconds, finishing_seconds;
} reel_film_time;

/* Learn from film `index` of a task. */
void reel_admission_learn(reel_admission *admission, const reel_task *task, int index,
                          const reel_film_time *took);

#endif
