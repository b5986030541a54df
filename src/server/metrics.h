/* What the server counts, as Prometheus text. Every function may be called from any thread. */
#ifndef REEL_SERVER_METRICS_H
#define REEL_SERVER_METRICS_H

#include "base/str.h"
#include "reel/status.h"
#include "server/queue.h"

#include <stdatomic.h>

enum { REEL_METRIC_ROUTES = 48, REEL_METRIC_STATUSES = 600, REEL_METRIC_BUCKETS = 10 };

struct reel_route;

/* How often a duration fell under each bound, in seconds. */
typedef struct {
    atomic_ullong buckets[REEL_METRIC_BUCKETS + 1]; /* the last has no bound */
    atomic_ullong milliseconds;
} reel_histogram;

/* Plain counters: add to them with atomic_fetch_add(). A zeroed one is ready. */
typedef struct {
    /* by row of the table of routes (the last stands for what has none) and status code */
    atomic_ullong http_requests[REEL_METRIC_ROUTES][REEL_METRIC_STATUSES];
    atomic_llong websockets; /* open now */
    atomic_ullong websocket_messages;
    atomic_ullong tasks_done, tasks_failed, tasks_stopped; /* as this process' worker saw them */
    atomic_llong body_bytes;                               /* request bodies in memory now */
    reel_histogram queue_wait, generation;
} reel_metrics;

/* `route` is NULL for a request that found none. */
void reel_metrics_request(reel_metrics *metrics, const struct reel_route *route,
                          unsigned http_status);
void reel_histogram_add(reel_histogram *histogram, double seconds);

/* Append all of it, and the depth of the queue. */
reel_status reel_metrics_write(reel_str *out, reel_metrics *metrics, reel_queue *queue);

#endif
