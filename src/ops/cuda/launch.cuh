/* What every CUDA kernel file needs: launching on the device's stream, errors, sizes of grids.
 *
 * A kernel file includes this, which brings the operators' headers with it, and ends with its
 * table:
 *
 *     const reel_unary_kernels reel_unary_cuda = { forward, backward };
 *
 * Kernels and their callers are static. Sums run in an order fixed by the shape alone: no atomics
 * on floats. */
#ifndef REEL_OPS_CUDA_LAUNCH_CUH
#define REEL_OPS_CUDA_LAUNCH_CUH

#include "ops/cuda/tables.h"
#include "tensor/device_cuda.h"

#include <cstdint>
#include <cuda_runtime.h>

/* Threads of a block where nothing else decides; blocks of a grid at most (the rest is a loop). */
constexpr int REEL_CUDA_BLOCK = 256;
constexpr int64_t REEL_CUDA_GRID_MAX = 65535;
constexpr size_t REEL_CUDA_SHARED_DEFAULT = 48 << 10; /* more has to be asked for */

/* This thread's indices of 0 .. count - 1 in a one-dimensional grid of any size. */
#define REEL_CUDA_EACH(i, count)                                                                   \
    for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < (count);                  \
         i += (int64_t)gridDim.x * blockDim.x)

static inline int64_t reel_cuda_ceil(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

/* A one-dimensional grid for `count` elements taken by REEL_CUDA_EACH. */
static inline dim3 reel_cuda_grid(int64_t count, int block = REEL_CUDA_BLOCK)
{
    int64_t blocks = reel_cuda_ceil(count, block);
    return dim3((unsigned)(blocks < REEL_CUDA_GRID_MAX ? blocks : REEL_CUDA_GRID_MAX));
}

struct reel_cuda_launch {
    const char *name; /* "rms_norm.forward", for errors */
    dim3 grid, block;
    size_t shared; /* bytes of dynamic shared memory */
};

/* Run `kernel` on the selected device's stream; an empty grid is no work:
 *     reel_cuda_run({ "add", reel_cuda_grid(n), REEL_CUDA_BLOCK, 0 }, add, y, x, n) */
template <typename... Parameters, typename... Arguments>
static reel_status reel_cuda_run(const reel_cuda_launch &launch, void (*kernel)(Parameters...),
                                 Arguments... arguments)
{
    if (launch.grid.x == 0 || launch.grid.y == 0 || launch.grid.z == 0) {
        return REEL_OK;
    }
    if (launch.shared > REEL_CUDA_SHARED_DEFAULT) {
        REEL_TRY(reel_cuda_status(cudaFuncSetAttribute(reinterpret_cast<const void *>(kernel),
                                                       cudaFuncAttributeMaxDynamicSharedMemorySize,
                                                       (int)launch.shared),
                                  launch.name));
    }
    cudaLaunchConfig_t config = {};
    config.gridDim = launch.grid;
    config.blockDim = launch.block;
    config.dynamicSmemBytes = launch.shared;
    config.stream = reel_cuda_stream();
    return reel_cuda_launched(
        cudaLaunchKernelEx(&config, kernel, static_cast<Parameters>(arguments)...), launch.name);
}

#endif
