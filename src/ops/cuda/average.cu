/* Averaging a buffer on a GPU. */
#include "ops/cuda/launch.cuh"

static __global__ void approach(reel_average_args a)
{
    REEL_CUDA_EACH(i, (int64_t)a.count)
    {
        a.average[i] += a.share * (a.value[i] - a.average[i]);
    }
}

static __global__ void exchange(reel_average_args a)
{
    REEL_CUDA_EACH(i, (int64_t)a.count)
    {
        float kept = a.average[i];
        a.average[i] = a.value[i];
        a.value[i] = kept;
    }
}

static reel_status update(const reel_average_args *a)
{
    return reel_cuda_run(
        { "average.update", reel_cuda_grid((int64_t)a->count), REEL_CUDA_BLOCK, 0 }, approach, *a);
}

static reel_status swap(const reel_average_args *a)
{
    return reel_cuda_run({ "average.swap", reel_cuda_grid((int64_t)a->count), REEL_CUDA_BLOCK, 0 },
                         exchange, *a);
}

const reel_average_kernels reel_average_cuda = { update, swap };
