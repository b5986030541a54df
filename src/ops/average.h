/* The exponential moving average of a buffer. */
#ifndef REEL_OPS_AVERAGE_H
#define REEL_OPS_AVERAGE_H

#include "reel/status.h"

#include <stddef.h>

typedef struct {
    float *average, *value; /* [count] */
    size_t count;
    float share; /* of the new value; 1 - decay */
} reel_average_args;

typedef struct {
    reel_status (*update)(const reel_average_args *args); /* average += share (value - average) */
    reel_status (*swap)(const reel_average_args *args);   /* exchange the two */
} reel_average_kernels;

extern const reel_average_kernels reel_average_c;

#endif
