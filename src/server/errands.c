/* A bounded ring of errands and the threads that run them. */
#include "server/errands.h"

#include "base/error.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct {
    reel_errand *run;
    void *user;
} entry;

struct reel_errands {
    pthread_mutex_t lock; /* around the ring and `stops` */
    pthread_cond_t changed;
    entry *ring; /* [depth] */
    int depth, first, count, stops;
    pthread_t *threads;
    int thread_count;
};

static void *run(void *user)
{
    reel_errands *errands = user;
    pthread_mutex_lock(&errands->lock);
    for (;;) {
        while (errands->count == 0 && !errands->stops) {
            pthread_cond_wait(&errands->changed, &errands->lock);
        }
        if (errands->count == 0) {
            break;
        }
        entry next = errands->ring[errands->first];
        errands->first = (errands->first + 1) % errands->depth;
        errands->count--;
        pthread_mutex_unlock(&errands->lock);
        next.run(next.user);
        pthread_mutex_lock(&errands->lock);
    }
    pthread_mutex_unlock(&errands->lock);
    return NULL;
}

reel_status reel_errands_open(reel_errands **out, int threads, int depth)
{
    *out = NULL;
    reel_errands *errands = calloc(1, sizeof *errands);
    if (!errands) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for errands");
    }
    pthread_mutex_init(&errands->lock, NULL);
    pthread_cond_init(&errands->changed, NULL);
    errands->depth = depth;
    errands->ring = calloc((size_t)depth, sizeof *errands->ring);
    errands->threads = calloc((size_t)threads, sizeof *errands->threads);
    while (errands->ring && errands->threads && errands->thread_count < threads &&
           pthread_create(&errands->threads[errands->thread_count], NULL, run, errands) == 0) {
        errands->thread_count++;
    }
    if (errands->thread_count < threads) {
        reel_errands_close(errands);
        return REEL_FAIL(REEL_ERR_MEMORY, "no threads for errands");
    }
    *out = errands;
    return REEL_OK;
}

int reel_errands_add(reel_errands *errands, reel_errand *errand, void *user)
{
    pthread_mutex_lock(&errands->lock);
    int fits = errands->count < errands->depth && !errands->stops;
    if (fits) {
        errands->ring[(errands->first + errands->count++) % errands->depth] =
            (entry){ errand, user };
        pthread_cond_signal(&errands->changed);
    }
    pthread_mutex_unlock(&errands->lock);
    return fits;
}

void reel_errands_stop(reel_errands *errands)
{
    pthread_mutex_lock(&errands->lock);
    errands->stops = 1;
    pthread_cond_broadcast(&errands->changed);
    pthread_mutex_unlock(&errands->lock);
    while (errands->thread_count > 0) {
        pthread_join(errands->threads[--errands->thread_count], NULL);
    }
}

void reel_errands_close(reel_errands *errands)
{
    if (!errands) {
        return;
    }
    reel_errands_stop(errands);
    pthread_cond_destroy(&errands->changed);
    pthread_mutex_destroy(&errands->lock);
    free(errands->threads);
    free(errands->ring);
    free(errands);
}
