/* The thread that makes the films: claims a task, generates, writes, tells the queue. */
#ifndef REEL_SERVER_WORKER_H
#define REEL_SERVER_WORKER_H

#include "reel/generate.h"
#include "reel/status.h"
#include "server/address.h"
#include "server/admission.h"
#include "server/metrics.h"
#include "server/previews.h"
#include "server/queue.h"
#include "server/safety.h"

typedef struct reel_worker reel_worker;

/* All borrowed until reel_worker_stop(). The engine is the worker's alone. */
typedef struct {
    reel_queue *queue;
    reel_engine *engine;
    reel_admission *admission;        /* learns how long films take */
    const char *files_dir;            /* films are written to FILES_DIR/VIDEO-UUID.mp4 */
    const char *latents_dir;          /* server/latent_files.h */
    const reel_safety_config *safety; /* NULL: nothing is checked */
    const reel_networks *allowed;     /* what uploads may reach beside public addresses */
    reel_metrics *metrics;
    reel_previews *previews; /* NULL: nobody can watch */
} reel_worker_config;

reel_status reel_worker_start(reel_worker **out, const reel_worker_config *config);

/* Stop within a step: the running task goes back to the queue. NULL is legal. */
void reel_worker_stop(reel_worker *worker);

#endif
