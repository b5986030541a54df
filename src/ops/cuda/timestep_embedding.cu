/* CUDA kernel of the timestep embedding: whole turns are removed in f64, so that large angles keep
 * their phase. */
#include "ops/cuda/launch.cuh"

constexpr double TWO_PI = 6.283185307179586;

static __global__ void embed(reel_timestep_embedding_args a)
{
    double step = log((double)a.max_period) / (double)a.half;
    REEL_CUDA_EACH(k, a.count * a.half)
    {
        int64_t n = k / a.half, i = k % a.half;
        double turns = (double)a.t[n] * (1000.0 / TWO_PI * exp(-step * (double)i));
        float sine, cosine;
        sincosf((float)(TWO_PI * (turns - rint(turns))), &sine, &cosine);
        a.y[2 * n * a.half + i] = cosine;
        a.y[(2 * n + 1) * a.half + i] = sine;
    }
}

static reel_status forward(const reel_timestep_embedding_args *a)
{
    return reel_cuda_run(
        { "timestep_embedding", reel_cuda_grid(a->count * a->half), REEL_CUDA_BLOCK, 0 }, embed,
        *a);
}

const reel_timestep_embedding_kernels reel_timestep_embedding_cuda = { forward };
