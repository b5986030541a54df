/* Copies of evenly spaced runs: what concatenating and slicing are made of. */
#ifndef REEL_OPS_COPY_RUNS_H
#define REEL_OPS_COPY_RUNS_H

#include "tensor/runtime.h"

/* For n < outer: `run` elements from source + n * source_stride to
 * target + n * target_stride. */
typedef struct {
    float *target;
    const float *source;
    int64_t outer, run, target_stride, source_stride;
} reel_copy_runs_args;

typedef struct {
    reel_status (*copy)(const reel_copy_runs_args *args);
    reel_status (*add)(const reel_copy_runs_args *args); /* target += source */
} reel_copy_runs_kernels;

extern const reel_copy_runs_kernels reel_copy_runs_c;

#endif
