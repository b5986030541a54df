/* The thread that makes the films: claims a task, generates, writes, tells the queue. */
#ifndef REEL_SERVER_WORKER_H
#define REEL_SERVER_WORKER_H

#include "reel/generate.h"
#include "reel/status.h"
#include "server/metrics.h"
#include "server/queue.h"

typedef struct reel_worker reel_worker;

/* All borrowed until reel_worker_stop(). The engine is the worker's alone. */
typedef struct {
    reel_queue *queue;
    reel_engine *engine;
    const char *files_dir; /* films are written to FILES_DIR/VIDEO-UUID.mp4 */
    reel_metrics *metrics;
} reel_worker_config;

reel_status reel_worker_start(reel_worker **out, const reel_worker_config *config);

/* Stop within a step: the running task goes back to the queue. NULL is legal. */
void reel_worker_stop(reel_worker *worker);

#endif
