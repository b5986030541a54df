/* Sums of squares on a GPU: a block of threads per chunk. */
#include "ops/cuda/lanes.cuh"

static __global__ void square_chunks(reel_sum_of_squares_args a)
{
    size_t start = (size_t)blockIdx.x * REEL_SQUARES_CHUNK;
    size_t end = start + REEL_SQUARES_CHUNK < a.count ? start + REEL_SQUARES_CHUNK : a.count;
    double sum = 0;
    for (size_t i = start + threadIdx.x; i < end; i += REEL_CUDA_BLOCK) {
        sum += (double)a.x[i] * (double)a.x[i];
    }
    sum = reel_block_sum(sum);
    if (threadIdx.x == 0) {
        a.parts[blockIdx.x] = sum;
    }
}

static reel_status run(const reel_sum_of_squares_args *a)
{
    return reel_cuda_run(
        { "sum_of_squares", dim3((unsigned)reel_squares_parts(a->count)), REEL_CUDA_BLOCK, 0 },
        square_chunks, *a);
}

const reel_sum_of_squares_kernels reel_sum_of_squares_cuda = { run };
