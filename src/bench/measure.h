/* A run of the benchmark: the clock, what the machine can do, and the rows so far. */
#ifndef REEL_BENCH_MEASURE_H
#define REEL_BENCH_MEASURE_H

#include "base/json.h"
#include "reel/bench.h"
#include "tensor/device.h"

typedef struct {
    const reel_bench_request *request;
    int threads;
    double f32_peak, int8_peak; /* operations a second; 0 before reel_bench_peaks() */
    json_t *rows;
} reel_bench;

/* Whether a row of that name is asked for. */
int reel_bench_wants(const reel_bench *b, const char *name);

/* Hand a finished row to the caller and the report. REEL_ERR_CANCELLED when the caller has enough.
 */
reel_status reel_bench_add(reel_bench *b, const reel_bench_row *row);

/* Whether the processor is measured, not another device. */
int reel_bench_on_cpu(void);

/* Seconds since some moment, on the clock of the request, once the device has done all that it was
 * asked to. */
double reel_bench_clock(const reel_bench *b);

/* Something to measure: one run of it. */
typedef reel_status (*reel_bench_work)(void *user);

/* The shortest of several runs, at least three, that fit the time of a row: neighbours on the
 * machine only ever make a run slower. */
reel_status reel_bench_time(double *seconds, const reel_bench *b, reel_bench_work work, void *user);

/* Two works by turns, so that both meet the same neighbours. */
reel_status reel_bench_time_both(double seconds[2], const reel_bench *b, reel_bench_work work[2],
                                 void *user[2]);

/* Measure the peaks, once: every row that compares with them asks for it. */
reel_status reel_bench_peaks(reel_bench *b);

/* Seconds of a copy of `bytes` on the device: by all threads of a processor. */
reel_status reel_bench_time_copy(double *seconds, const reel_bench *b, size_t bytes);

/* The groups of rows. */
reel_status reel_bench_machine(reel_bench *b);
reel_status reel_bench_products(reel_bench *b);
reel_status reel_bench_int8(reel_bench *b);
reel_status reel_bench_rows(reel_bench *b);
reel_status reel_bench_models(reel_bench *b);
reel_status reel_bench_training(reel_bench *b);
reel_status reel_bench_film(reel_bench *b);

#endif
