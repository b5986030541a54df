/* Routes for those who run the server: is it up, would it work, what did it do, what can it do. */
#include "base/str.h"
#include "server/openapi.h"
#include "server/routes.h"

enum { METRICS_MAX = 1 << 20 };

enum MHD_Result reel_get_health(reel_exchange *x)
{
    return reel_exchange_send_text(x, MHD_HTTP_OK, "{\"status\":\"ok\"}", "application/json");
}

enum MHD_Result reel_get_readiness(reel_exchange *x)
{
    reel_queue_counts counts;
    if (reel_queue_count(&counts, x->config->protocol->queue) < 0) {
        return reel_exchange_refuse(x, MHD_HTTP_SERVICE_UNAVAILABLE, "serviceUnavailable",
                                    "The task database does not answer.");
    }
    if (counts.is_full) {
        return reel_exchange_refuse(x, MHD_HTTP_SERVICE_UNAVAILABLE, "serviceUnavailable",
                                    "The queue is full.");
    }
    return reel_exchange_send_json(
        x, MHD_HTTP_OK,
        json_pack("{s:s, s:I, s:I, s:s}", "status", "ready", "queued", (json_int_t)counts.queued,
                  "running", (json_int_t)counts.running, "model", x->config->protocol->model_name));
}

enum MHD_Result reel_get_metrics(reel_exchange *x)
{
    reel_str text;
    reel_str_init(&text, METRICS_MAX);
    reel_status status = reel_metrics_write(&text, x->config->metrics, x->config->protocol->queue);
    enum MHD_Result result = status < 0 ? reel_exchange_fail(x, "metrics-failed")
                                        : reel_exchange_send_text(x, MHD_HTTP_OK, text.text,
                                                                  "text/plain; version=0.0.4");
    reel_str_deinit(&text);
    return result;
}

enum MHD_Result reel_get_openapi(reel_exchange *x)
{
    return reel_exchange_send_json(x, MHD_HTTP_OK,
                                   reel_openapi_new(x->config->protocol->public_url));
}
