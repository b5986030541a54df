/* Muon: momentum, then the nearest orthogonal matrix (Jordan et al. 2024).
 *
 *     M = 0.95 M + G        U = orthogonal(G + 0.95 M)
 *     W = W (1 - lr decay) - lr max(1, rows / columns)^0.5 U
 *
 * The orthogonal factor comes from five Newton-Schulz steps of a quintic whose coefficients pull
 * every singular value to between 0.7 and 1.2. */
#ifndef REEL_TRAIN_MUON_H
#define REEL_TRAIN_MUON_H

#include "ops/kernels.h"

#define REEL_MUON_MOMENTUM 0.95

typedef struct {
    float *weight, *momentum; /* [rows, columns]; the momentum is zero before the first step */
    const float *grad;
    int64_t rows, columns;
} reel_muon_matrix;

typedef struct {
    double lr, decay, grad_scale;
} reel_muon_rule;

/* Floats of scratch memory that a step needs for a matrix of rows x columns. */
size_t reel_muon_scratch(int64_t rows, int64_t columns);

/* x := an approximately orthogonal matrix with the singular vectors of x; 0 stays 0. */
reel_status reel_muon_orthogonalise(float *x, int64_t rows, int64_t columns, float *scratch,
                                    const reel_kernels *kernels);

/* One step for one matrix. */
reel_status reel_muon_step(const reel_muon_matrix *matrix, const reel_muon_rule *rule,
                           float *scratch, const reel_kernels *kernels);

#endif
