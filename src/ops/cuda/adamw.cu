/* AdamW on a GPU: a block of threads per chunk. */
#include "ops/cuda/launch.cuh"

static __global__ void move_chunks(reel_adamw_args a, reel_adamw_factors f)
{
    const reel_adamw_chunk chunk = a.chunks[blockIdx.x];
    float *w = a.weight + chunk.offset, *m = a.first + chunk.offset, *v = a.second + chunk.offset;
    const float *g = a.grad + chunk.offset;
    float keep = chunk.decays ? f.keep : 1.0f;
    for (int64_t i = threadIdx.x; i < chunk.count; i += blockDim.x) {
        float grad = g[i] * f.scale;
        float first = f.beta1 * m[i] + f.rest1 * grad;
        float second = f.beta2 * v[i] + f.rest2 * grad * grad;
        m[i] = first;
        v[i] = second;
        w[i] = w[i] * keep - f.rate * first / (sqrtf(second) * f.unbias + f.eps);
    }
}

static reel_status step(const reel_adamw_args *a)
{
    return reel_cuda_run({ "adamw", dim3((unsigned)a->chunk_count), REEL_CUDA_BLOCK, 0 },
                         move_chunks, *a, reel_adamw_factors_of(a));
}

const reel_adamw_kernels reel_adamw_cuda = { step };
