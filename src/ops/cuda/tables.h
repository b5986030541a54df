/* The CUDA table of every operator, one per file of this folder. */
#ifndef REEL_OPS_CUDA_TABLES_H
#define REEL_OPS_CUDA_TABLES_H

#ifdef __cplusplus
extern "C" {
#endif

#include "ops/kernels.h"

#define REEL_CUDA_TABLE(op) extern const reel_##op##_kernels reel_##op##_cuda;
REEL_KERNELS_EACH(REEL_CUDA_TABLE)
#undef REEL_CUDA_TABLE

#ifdef __cplusplus
}
#endif
#endif
