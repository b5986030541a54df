/* The matrix product of cuBLASLt, row-major: C = alpha op(A) op(B) + beta C, in the compute mode of
 * the selected device. */
#ifndef REEL_OPS_CUDA_GEMM_CUH
#define REEL_OPS_CUDA_GEMM_CUH

#include "ops/cuda/launch.cuh"

struct reel_cuda_gemm_shape {
    int transpose_a, transpose_b;
    int64_t m, n, k;             /* op(A) is [m, k], op(B) is [k, n] */
    int64_t a_row, b_row, c_row; /* elements from one stored row to the next */
    float alpha, beta;
    int64_t count;                        /* products of a batch; 0 means 1 */
    int64_t a_stride, b_stride, c_stride; /* elements from one product's matrix to the next */
};

/* `bias` [n] is added to every row (beta must then be 0), or NULL. `what` names the caller. */
extern "C" reel_status reel_cuda_gemm(const reel_cuda_gemm_shape *shape, const float *a,
                                      const float *b, float *c, const float *bias,
                                      const char *what);

#endif
