/* Where a lane finds what it names to ldmatrix (mma.cuh), inside a [16, 16] piece of bf16. Blocks
 * are one-dimensional. */
#ifndef REEL_OPS_CUDA_FRAGMENT_CUH
#define REEL_OPS_CUDA_FRAGMENT_CUH

#include "ops/cuda/mma.cuh"

/* r[0 .. 3] become a[0 .. 3] of a factor A stored by rows; or, of a piece whose rows are the rows
 * of B and transposed, b0, b1 of two neighbouring factors B. */
static __device__ inline int reel_a_row()
{
    return threadIdx.x % 16;
}
static __device__ inline int reel_a_column()
{
    return threadIdx.x / 16 % 2 * 8;
}

/* r[0 .. 3] become b0, b1 of two neighbouring factors B whose columns are the rows of the piece;
 * or, of a piece whose rows are the columns of A and transposed, a[0 .. 3]. */
static __device__ inline int reel_b_row()
{
    return threadIdx.x % 8 + threadIdx.x / 16 % 2 * 8;
}
static __device__ inline int reel_b_column()
{
    return threadIdx.x / 8 % 2 * 8;
}

#endif
