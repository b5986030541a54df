/* The CUDA kernels' place in the one dispatch; nothing in builds without CUDA. */
#include "ops/kernels.h"

#ifdef REEL_CUDA
#include "ops/cuda/tables.h"

void reel_kernels_init_cuda(reel_kernels *k)
{
#define TAKE_CUDA(op) k->op = reel_##op##_cuda;
    REEL_KERNELS_EACH(TAKE_CUDA)
#undef TAKE_CUDA
}
#else
void reel_kernels_init_cuda(reel_kernels *k)
{
    (void)k;
}
#endif
