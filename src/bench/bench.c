/* The order of the benchmark, and its report. */
#include "bench/measure.h"

#include "base/error.h"

#include <omp.h>
#include <string.h>

static reel_status check(const reel_bench_request *r)
{
    if (r->size != sizeof *r) {
        return REEL_FAIL(REEL_ERR_INVALID, "request: size is %zu, expected %zu", r->size,
                         sizeof *r);
    }
    if (!(r->seconds >= 0.01 && r->seconds <= 60)) {
        return REEL_FAIL(REEL_ERR_INVALID, "seconds: is %g, expected 0.01 to 60", r->seconds);
    }
    return REEL_OK;
}

static reel_status measure(reel_bench *b)
{
    static reel_status (*const groups[])(reel_bench * b) = {
        reel_bench_machine, reel_bench_products, reel_bench_int8, reel_bench_rows,
        reel_bench_models,  reel_bench_training, reel_bench_film,
    };
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        REEL_TRY(groups[i](b));
    }
    return json_array_size(b->rows)
               ? REEL_OK
               : REEL_FAIL(REEL_ERR_INVALID, "filter: nothing is called like \"%s\"",
                           b->request->filter);
}

/* On the device that is selected. */
static reel_status run(char **out, const reel_bench_request *request)
{
    reel_bench b = { .request = request, .threads = omp_get_max_threads(), .rows = json_array() };
    reel_status status = b.rows ? measure(&b) : REEL_FAIL(REEL_ERR_MEMORY, "bench: no memory");
    if (status == REEL_OK) {
        json_t *report =
            json_pack("{s:s, s:i, s:s, s:O}", "device", reel_device_current()->name, "threads",
                      b.threads, "clock", request->cpu_time ? "cpu" : "wall", "rows", b.rows);
        *out = report ? json_dumps(report, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
        status = *out ? REEL_OK : REEL_FAIL(REEL_ERR_MEMORY, "bench: no memory for the report");
        json_decref(report);
    }
    json_decref(b.rows);
    return status;
}

reel_status reel_bench_run(char **out, const reel_bench_request *request)
{
    const reel_device *device, *before;
    *out = NULL;
    REEL_TRY(check(request));
    REEL_TRY(reel_device_open(&device, request->device));
    REEL_TRY(reel_device_select(device, &before));
    reel_status status = run(out, request);
    reel_device_select(before, NULL);
    return status;
}
