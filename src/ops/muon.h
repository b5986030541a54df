/* Muon: momentum, then the nearest orthogonal matrix (Jordan et al. 2024).
 *
 *     M = 0.95 M + G        U = orthogonal(G + 0.95 M)
 *     W = W (1 - lr decay) - lr max(1, rows / columns)^0.5 U
 *
 * G is the gradient times grad_scale. The orthogonal factor comes from five Newton-Schulz steps of
 * a quintic whose coefficients pull every singular value to between 0.7 and 1.2:
 *
 *     X = update / |update|      five times: P = X X^T,  X = a X + (b P + c P P) X */
#ifndef REEL_OPS_MUON_H
#define REEL_OPS_MUON_H

#include "ops/linear.h"

#define REEL_MUON_MOMENTUM 0.95

enum { REEL_MUON_ITERATIONS = 5 };

/* a, b and c of the quintic. */
static const float REEL_MUON_QUINTIC[3] = { 3.4445f, -4.7750f, 2.0315f };

/* A matrix within the buffers. */
typedef struct {
    size_t offset; /* elements */
    int64_t rows, columns;
} reel_muon_matrix;

typedef struct {
    float *weight, *momentum; /* whole buffers; the momentum is zero before the first step */
    const float *grad;
    const reel_muon_matrix *matrices; /* [count], on the host; equal shapes follow each other */
    int count;
    float *scratch; /* [scratch_count], as many as scratch() asked for */
    size_t scratch_count;
    const reel_linear_kernels *linear; /* of the same device */
    double lr, decay, grad_scale;
} reel_muon_args;

typedef struct {
    /* Floats of scratch memory that a step for these matrices works in. */
    size_t (*scratch)(const reel_muon_matrix *matrices, int count);
    reel_status (*step)(const reel_muon_args *args);
} reel_muon_kernels;

extern const reel_muon_kernels reel_muon_c;

#endif
