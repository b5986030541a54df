/* Batches made ahead on a thread of their own, in order, at most a few at a time. */
#ifndef REEL_TRAIN_BATCH_QUEUE_H
#define REEL_TRAIN_BATCH_QUEUE_H

#include "train/stage.h"

#include <pthread.h>

enum { REEL_BATCHES_AHEAD = 3 };

typedef struct {
    const reel_stage_ops *ops;
    reel_stage *stage;
    int64_t next, end; /* steps whose batches are still to be made */
    void *ready[REEL_BATCHES_AHEAD];
    int first, count;
    int stopping, threads;
    reel_status status; /* of the producer, with its message */
    char message[512];
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
} reel_batch_queue;

/* Start making the batches of steps start .. end-1. The producer uses one thread, or all
 * where the kernels run on another device than the processor. Owned by the caller, released with
 * reel_batch_queue_stop(). `queue` must not move.
 */
reel_status reel_batch_queue_start(reel_batch_queue *queue, const reel_stage_ops *ops,
                                   reel_stage *stage, int64_t start, int64_t end);

/* Wait for the next batch; owned by the caller, released with ops->batch_free(). Passes on the
 * failure of the producer. */
reel_status reel_batch_queue_take(void **batch, reel_batch_queue *queue);

/* Wait for the producer to end and free what was not taken. */
void reel_batch_queue_stop(reel_batch_queue *queue);

#endif
