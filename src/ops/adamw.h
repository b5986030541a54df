/* AdamW: Adam with decoupled weight decay (Loshchilov and Hutter 2019).
 *
 *     m = beta1 m + (1 - beta1) g            v = beta2 v + (1 - beta2) g^2
 *     w = w (1 - lr decay) - lr (m / (1 - beta1^n)) / (sqrt(v / (1 - beta2^n)) + eps)
 *
 * n = step + 1, g is the gradient times grad_scale. */
#ifndef REEL_OPS_ADAMW_H
#define REEL_OPS_ADAMW_H

#include "reel/status.h"

#include <stddef.h>
#include <stdint.h>

#define REEL_ADAMW_EPS 1e-8

/* A part of the buffers that one thread, or block of threads, moves. */
typedef struct {
    size_t offset; /* elements */
    int64_t count;
    int decays;
} reel_adamw_chunk;

typedef struct {
    float *weight, *first, *second; /* whole buffers; the moments are zero before the first step */
    const float *grad;
    const reel_adamw_chunk *chunks; /* [chunk_count], on the device of the buffers */
    int chunk_count;
    int64_t step; /* 0, 1, ... */
    double lr, decay, beta1, beta2, grad_scale;
} reel_adamw_args;

/* The constants of one step, as kernels take them. */
typedef struct {
    float beta1, beta2, rest1, rest2, keep, rate, unbias, eps, scale;
} reel_adamw_factors;

reel_adamw_factors reel_adamw_factors_of(const reel_adamw_args *args);

typedef struct {
    reel_status (*step)(const reel_adamw_args *args);
} reel_adamw_kernels;

extern const reel_adamw_kernels reel_adamw_c;

#endif
