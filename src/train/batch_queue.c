/* The producer thread and its bounded queue. */
#include "train/batch_queue.h"

#include "base/error.h"

#include <omp.h>
#include <stdio.h>

static void *produce(void *user)
{
    reel_batch_queue *q = user;
    omp_set_num_threads(q->threads);
    pthread_mutex_lock(&q->lock);
    while (!q->stopping && q->next < q->end) {
        if (q->count == REEL_BATCHES_AHEAD) {
            pthread_cond_wait(&q->changed, &q->lock);
            continue;
        }
        int64_t step = q->next;
        pthread_mutex_unlock(&q->lock);
        void *batch = NULL;
        reel_status status = q->ops->batch_make(q->stage, step, &batch);
        pthread_mutex_lock(&q->lock);
        if (status < 0) {
            q->status = status;
            snprintf(q->message, sizeof q->message, "%s", reel_error_message());
            q->stopping = 1;
        } else {
            q->ready[(q->first + q->count++) % REEL_BATCHES_AHEAD] = batch;
            q->next++;
        }
        pthread_cond_broadcast(&q->changed);
    }
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

reel_status reel_batch_queue_start(reel_batch_queue *q, const reel_stage_ops *ops,
                                   reel_stage *stage, int64_t start, int64_t end)
{
    int is_cpu = reel_device_current()->kind == REEL_DEVICE_CPU;
    *q = (reel_batch_queue){ .ops = ops, .stage = stage, .next = start, .end = end };
    q->threads = is_cpu ? 1 : omp_get_max_threads(); /* the others belong to the kernels */
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->changed, NULL);
    if (pthread_create(&q->thread, NULL, produce, q) != 0) {
        pthread_cond_destroy(&q->changed);
        pthread_mutex_destroy(&q->lock);
        q->ops = NULL;
        return REEL_FAIL(REEL_ERR_MEMORY, "no thread to make the batches on");
    }
    return REEL_OK;
}

reel_status reel_batch_queue_take(void **batch, reel_batch_queue *q)
{
    *batch = NULL;
    reel_status status = REEL_OK;
    pthread_mutex_lock(&q->lock);
    while (q->count == 0 && q->status == REEL_OK && q->next < q->end) {
        pthread_cond_wait(&q->changed, &q->lock);
    }
    if (q->count > 0) {
        *batch = q->ready[q->first];
        q->first = (q->first + 1) % REEL_BATCHES_AHEAD;
        q->count--;
        pthread_cond_broadcast(&q->changed);
    } else if (q->status < 0) {
        status = REEL_FAIL(q->status, "batch of step %lld: %s", (long long)q->next, q->message);
    } else {
        status =
            REEL_FAIL(REEL_ERR_INVALID, "there is no batch after step %lld", (long long)q->end);
    }
    pthread_mutex_unlock(&q->lock);
    return status;
}

void reel_batch_queue_stop(reel_batch_queue *q)
{
    if (!q->ops) {
        return;
    }
    pthread_mutex_lock(&q->lock);
    q->stopping = 1;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
    pthread_join(q->thread, NULL);
    for (; q->count > 0; q->count--) {
        q->ops->batch_free(q->ready[q->first]);
        q->first = (q->first + 1) % REEL_BATCHES_AHEAD;
    }
    pthread_cond_destroy(&q->changed);
    pthread_mutex_destroy(&q->lock);
    *q = (reel_batch_queue){ 0 };
}
