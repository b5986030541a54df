/* Timing and collecting. */
#include "bench/measure.h"

#include "base/clock.h"
#include "base/error.h"

#include <string.h>

enum { RUNS_MIN = 3, RUNS_MAX = 1000 };

int reel_bench_wants(const reel_bench *b, const char *name)
{
    return !b->request->filter || strstr(name, b->request->filter) != NULL;
}

reel_status reel_bench_add(reel_bench *b, const reel_bench_row *row)
{
    json_t *object =
        json_pack("{s:s, s:s, s:f, s:f, s:s, s:f, s:s, s:f}", "name", row->name, "shape",
                  row->shape ? row->shape : "", "seconds", row->seconds, "rate", row->rate, "unit",
                  row->unit ? row->unit : "", "ratio", row->ratio, "against",
                  row->against ? row->against : "", "memoryBytes", row->memory_bytes);
    if (json_array_append_new(b->rows, object) != 0) {
        return REEL_FAIL(REEL_ERR_MEMORY, "bench: no memory for a row");
    }
    if (b->request->row && b->request->row(row, b->request->user) != 0) {
        return REEL_FAIL(REEL_ERR_CANCELLED, "stopped after %s", row->name);
    }
    return REEL_OK;
}

int reel_bench_on_cpu(void)
{
    return reel_device_current()->kind == REEL_DEVICE_CPU;
}

double reel_bench_clock(const reel_bench *b)
{
    reel_synchronise(); /* a failure is told again by what comes next */
    return b->request->cpu_time ? reel_clock_cpu_seconds() / b->threads : reel_clock_seconds();
}

reel_status reel_bench_time_both(double seconds[2], const reel_bench *b, reel_bench_work work[2],
                                 void *user[2])
{
    const double begin = reel_clock_seconds();
    seconds[0] = seconds[1] = 1e30;
    for (int i = 0; i < RUNS_MAX; i++) {
        if (i >= RUNS_MIN && reel_clock_seconds() - begin > b->request->seconds) {
            break;
        }
        for (int k = 0; k < 2 && work[k]; k++) {
            const double start = reel_bench_clock(b);
            REEL_TRY(work[k](user[k]));
            const double took = reel_bench_clock(b) - start;
            seconds[k] = took < seconds[k] ? took : seconds[k];
        }
    }
    return REEL_OK;
}

reel_status reel_bench_time(double *seconds, const reel_bench *b, reel_bench_work work, void *user)
{
    double both[2];
    REEL_TRY(
        reel_bench_time_both(both, b, (reel_bench_work[]){ work, NULL }, (void *[]){ user, NULL }));
    *seconds = both[0];
    return REEL_OK;
}
