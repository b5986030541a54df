/* How fast the engine runs here, each operator and model as a share of what this machine can do. */
#ifndef REEL_BENCH_H
#define REEL_BENCH_H

#include "reel/status.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One measurement. Names are paths:
 *
 *   machine/   f32, int8: large products, the fastest operations seen; copy: memory
 *   product/   operators that multiply: linear, linear_int8, attention, conv, and "/backward"
 *   row/       operators that move numbers: norms, rope, modulation, activations ...
 *   tiny/      what calling an operator costs
 *   model/     a step of the transformer in f32 and int8, text, both decoders
 *   train/     a training step of the transformer and its parts
 *   large/     the same for a transformer of 1.3 billion weights: 5 s at 480p; for GPUs alone
 *   film/      a whole film by phase, by operator and by place in the networks */
typedef struct {
    const char *name, *shape; /* borrowed until the callback returns */
    double seconds;           /* the best of several runs */
    double rate;              /* of `unit` a second; 0 where none is meant */
    const char *unit;         /* "FLOP", "OP" (in 8 bits), "B" (read and written) or "" */
    double ratio;             /* of rate or time to `against`; 0 where none is meant */
    const char *against;      /* "peak", "copy", "f32", "film" or "" */
    double memory_bytes;      /* activations and weights of the row; 0 where none is meant */
} reel_bench_row;

/* Called after each measurement. Return non-zero to stop. */
typedef int (*reel_bench_row_fn)(const reel_bench_row *row, void *user);

typedef struct {
    size_t size;           /* set by REEL_BENCH_REQUEST_INIT; lets the struct grow */
    const char *model_dir; /* of the rows model/, train/ and film/ */
    const char *device;    /* as for reel_engine_open(); on others than the processor nothing in 8
                            * bits is measured, and the rows large/ are */
    const char *filter;    /* only rows whose name holds this; NULL: all */
    double seconds;        /* that each row may take, about; 0.01 .. 60 */
    int cpu_time;          /* measure CPU seconds over the threads in use: for busy machines */
    reel_bench_row_fn row; /* may be NULL */
    void *user;
} reel_bench_request;

#define REEL_BENCH_REQUEST_INIT                                                                    \
    {                                                                                              \
        .size = sizeof(reel_bench_request), .model_dir = "models/mini", .seconds = 0.3             \
    }

/* Measure everything the filter lets through. The report is a JSON object: device, threads, clock
 * ("wall" or "cpu"), rows [{name, shape, seconds, rate, unit, ratio, against, memoryBytes}], owned
 * by the caller, released with free(). Fails with REEL_ERR_INVALID (a field is out of range, or
 * nothing is called like the filter), REEL_ERR_NOT_FOUND, REEL_ERR_FORMAT (the model),
 * REEL_ERR_UNSUPPORTED (the device), REEL_ERR_MEMORY, REEL_ERR_CANCELLED. */
reel_status reel_bench_run(char **out, const reel_bench_request *request);

#ifdef __cplusplus
}
#endif
#endif
