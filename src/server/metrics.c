/* Counters and histograms in the Prometheus text format 0.0.4. */
#include "server/metrics.h"

#include "server/routes.h"

#include <inttypes.h>

static const double bounds[REEL_METRIC_BUCKETS] = { 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14400 };

void reel_metrics_request(reel_metrics *metrics, const reel_route *route, unsigned http_status)
{
    ptrdiff_t row = route ? route - reel_routes.rows : REEL_METRIC_ROUTES - 1;
    if (http_status < REEL_METRIC_STATUSES && row < REEL_METRIC_ROUTES) {
        atomic_fetch_add(&metrics->http_requests[row][http_status], 1);
    }
}

static void write_requests(reel_str *out, reel_metrics *metrics)
{
    reel_str_append(out, "# TYPE reel_http_requests_total counter\n");
    for (int row = 0; row < REEL_METRIC_ROUTES; row++) {
        const reel_route *route = row < reel_routes.count ? &reel_routes.rows[row] : NULL;
        for (int i = 0; i < REEL_METRIC_STATUSES; i++) {
            unsigned long long requests = atomic_load(&metrics->http_requests[row][i]);
            if (requests > 0) {
                reel_str_printf(out,
                                "reel_http_requests_total{method=\"%s\",path=\"%s\",code=\"%d\"} "
                                "%llu\n",
                                route ? route->method : "", route ? route->path : "", i, requests);
            }
        }
    }
}

void reel_histogram_add(reel_histogram *histogram, double seconds)
{
    int i = 0;
    while (i < REEL_METRIC_BUCKETS && seconds > bounds[i]) {
        i++;
    }
    atomic_fetch_add(&histogram->buckets[i], 1);
    atomic_fetch_add(&histogram->milliseconds,
                     seconds > 0 ? (unsigned long long)(seconds * 1000) : 0);
}

static void write_histogram(reel_str *out, reel_histogram *histogram, const char *name)
{
    unsigned long long total = 0;
    reel_str_printf(out, "# TYPE %s histogram\n", name);
    for (int i = 0; i < REEL_METRIC_BUCKETS; i++) {
        total += atomic_load(&histogram->buckets[i]);
        reel_str_printf(out, "%s_bucket{le=\"%g\"} %llu\n", name, bounds[i], total);
    }
    total += atomic_load(&histogram->buckets[REEL_METRIC_BUCKETS]);
    reel_str_printf(out, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum %.3f\n%s_count %llu\n", name, total,
                    name, (double)atomic_load(&histogram->milliseconds) / 1000, name, total);
}

static void write_value(reel_str *out, const char *type, const char *name, long long value)
{
    reel_str_printf(out, "# TYPE %s %s\n%s %lld\n", name, type, name, value);
}

reel_status reel_metrics_write(reel_str *out, reel_metrics *metrics, reel_queue *queue)
{
    reel_queue_counts counts = { 0 };
    reel_status status = reel_queue_count(&counts, queue);
    if (status < 0) {
        return status;
    }
    write_requests(out, metrics);
    reel_str_printf(out,
                    "# TYPE reel_tasks_total counter\n"
                    "reel_tasks_total{status=\"done\"} %llu\n"
                    "reel_tasks_total{status=\"failed\"} %llu\n"
                    "reel_tasks_total{status=\"stopped\"} %llu\n",
                    atomic_load(&metrics->tasks_done), atomic_load(&metrics->tasks_failed),
                    atomic_load(&metrics->tasks_stopped));
    write_value(out, "gauge", "reel_queue_depth", counts.queued);
    write_value(out, "gauge", "reel_tasks_running", counts.running);
    write_value(out, "gauge", "reel_websocket_connections", atomic_load(&metrics->websockets));
    write_value(out, "counter", "reel_websocket_messages_total",
                (long long)atomic_load(&metrics->websocket_messages));
    write_value(out, "gauge", "reel_request_body_bytes", atomic_load(&metrics->body_bytes));
    write_histogram(out, &metrics->queue_wait, "reel_queue_wait_seconds");
    write_histogram(out, &metrics->generation, "reel_generation_seconds");
    return out->status;
}
