/* The matrix product of oneDNN, row-major: C = alpha op(A) op(B) + beta C. */
#ifndef REEL_OPS_DNNL_GEMM_H
#define REEL_OPS_DNNL_GEMM_H

#include "reel/status.h"

#include <stdint.h>

typedef struct {
    int transpose_a, transpose_b;
    int64_t m, n, k;             /* op(A) is [m, k], op(B) is [k, n] */
    int64_t a_row, b_row, c_row; /* elements from one stored row to the next */
    float alpha, beta;
} reel_gemm_shape;

/* Call it inside a parallel region: it then runs on the calling thread alone, so that the result
 * depends on the shape and never on the number of threads. Returns 0, or 1 when oneDNN found no
 * memory (C is then undefined). */
int reel_gemm(const reel_gemm_shape *shape, const float *a, const float *b, float *c);

/* `failed` is the sum of what reel_gemm() and friends returned in a kernel. */
reel_status reel_gemm_status(int failed);

#endif
