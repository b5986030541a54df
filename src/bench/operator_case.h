/* One operator with its inputs, to be timed forward and backward. */
#ifndef REEL_BENCH_OPERATOR_CASE_H
#define REEL_BENCH_OPERATOR_CASE_H

#include "bench/measure.h"
#include "tensor/runtime.h"

enum { REEL_BENCH_INPUTS = 4 };

typedef struct {
    const char *name; /* "linear" */
    int64_t size[8];  /* what the operator wants to know; a 0 ends it, for the shape's text */
    reel_tensor *(*run)(reel_rt *rt, reel_tensor **in, const int64_t *size);
    int inputs, rank[REEL_BENCH_INPUTS];
    int64_t dim[REEL_BENCH_INPUTS][REEL_MAX_RANK];
    int constants; /* inputs from the last on that want no gradient */
} reel_operator_case;

typedef struct {
    double forward, backward; /* seconds, the best of several runs; backward 0 where none is */
} reel_operator_timing;

/* Inputs and their gradients are in memory and filled, so that the clock sees the operator alone:
 * check, allocation in the arena, kernel, tape. */
reel_status reel_operator_time(reel_operator_timing *out, const reel_bench *b,
                               const reel_operator_case *c, int with_backward);

/* "600x192x768" */
const char *reel_operator_shape(char text[96], const reel_operator_case *c);

#endif
