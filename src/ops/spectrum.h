/* Complex spectra. A spectrum is [..., 2 * bins] f32: real parts, then imaginary parts. */
#ifndef REEL_OPS_SPECTRUM_H
#define REEL_OPS_SPECTRUM_H

#include "tensor/runtime.h"

/* m[k] = sqrt(re[k]^2 + im[k]^2 + 1e-12)
 *
 * z:       [..., 2 * bins]  f32
 * returns  [..., bins]      f32, in the arena of rt
 * fails    REEL_ERR_SHAPE (sticky in rt) */
reel_tensor *reel_magnitude(reel_rt *rt, reel_tensor *z);

/* The phase of z with another magnitude: m z / |z|, or (m, 0) where |z| < 1e-12.
 *
 * z:       [..., 2 * bins]  f32
 * m:       [..., bins]      f32
 * returns  [..., 2 * bins]  f32, in the arena of rt
 * fails    REEL_ERR_SHAPE; REEL_ERR_UNSUPPORTED if a gradient is wanted (sticky in rt) */
reel_tensor *reel_with_magnitude(reel_rt *rt, reel_tensor *z, reel_tensor *m);

/* What a back end implements; z: [rows, 2, bins], m: [rows, bins]. Gradients are added to. */
typedef struct {
    float *m;
    const float *z;
    int64_t rows, bins;
} reel_magnitude_args;

typedef struct {
    float *dz;
    const float *dm, *z, *m;
    int64_t rows, bins;
} reel_magnitude_grad_args;

typedef struct {
    float *y;
    const float *z, *m;
    int64_t rows, bins;
} reel_with_magnitude_args;

typedef struct {
    reel_status (*magnitude)(const reel_magnitude_args *args);
    reel_status (*magnitude_backward)(const reel_magnitude_grad_args *args);
    reel_status (*with_magnitude)(const reel_with_magnitude_args *args);
} reel_spectrum_kernels;

extern const reel_spectrum_kernels reel_spectrum_c;

#endif
