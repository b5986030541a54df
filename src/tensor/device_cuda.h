/* What CUDA kernels ask of the device that is selected on their thread (reel_device_select()).
 *
 * All work of a device goes through one stream, in the order in which it was asked for: a kernel
 * may overwrite scratch that an earlier kernel reads. Nothing here waits for the device, so that a
 * step can be captured as a graph. */
#ifndef REEL_TENSOR_DEVICE_CUDA_H
#define REEL_TENSOR_DEVICE_CUDA_H

#include "reel/status.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct CUstream_st;
struct cublasLtContext;

/* How products are computed; storage and sums are f32 in every one of them. */
typedef enum {
    REEL_COMPUTE_F32,  /* f32 throughout */
    REEL_COMPUTE_TF32, /* factors rounded to tf32 (10 bits of fraction) */
    REEL_COMPUTE_BF16  /* factors rounded to bf16 (7 bits of fraction) */
} reel_compute;

/* Who uses a scratch buffer: an operator, the matrix product that it calls meanwhile, or a copy
 * within memory that overlaps. */
typedef enum {
    REEL_SCRATCH_OPERATOR,
    REEL_SCRATCH_GEMM,
    REEL_SCRATCH_COPY,
    REEL_SCRATCH_AREAS
} reel_cuda_scratch_area;

/* The stream (a cudaStream_t) of the selected device; NULL if none is selected. */
struct CUstream_st *reel_cuda_stream(void);
reel_compute reel_cuda_compute(void);
int reel_cuda_multiprocessors(void);

/* The cublasLt handle (a cublasLtHandle_t) of the selected device, made at first use. */
reel_status reel_cuda_blas(struct cublasLtContext **out);

/* `size` bytes aligned to 256, contents undefined, valid until the next call for the same area.
 * The buffer grows to the largest size ever asked for, which a graph's first, uncaptured step
 * finds out. Fails with REEL_ERR_MEMORY. */
reel_status reel_cuda_scratch(void **out, reel_cuda_scratch_area area, size_t size);

/* REEL_OK for cudaSuccess (0); otherwise a failure that names `what` and the runtime's text for
 * the cudaError_t `error`. */
reel_status reel_cuda_status(int error, const char *what);

/* After every launch: `error` as above and, where REEL_CUDA_SYNC is set in the environment, what
 * the kernel itself met. */
reel_status reel_cuda_launched(int error, const char *what);

#ifdef __cplusplus
}
#endif
#endif
