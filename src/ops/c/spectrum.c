/* Kernels of complex spectra. */
#include "ops/spectrum.h"

#include "ops/c/blocks.h"

#include <math.h>

static const float FLOOR = 1e-12f;

static reel_status magnitude(const reel_magnitude_args *a)
{
#pragma omp parallel for schedule(static) if (a->rows * a->bins > REEL_PARALLEL_MIN)
    for (int64_t r = 0; r < a->rows; r++) {
        const float *re = a->z + 2 * r * a->bins, *im = re + a->bins;
        float *m = a->m + r * a->bins;
#pragma omp simd
        for (int64_t k = 0; k < a->bins; k++) {
            m[k] = sqrtf(re[k] * re[k] + im[k] * im[k] + FLOOR);
        }
    }
    return REEL_OK;
}

static reel_status magnitude_backward(const reel_magnitude_grad_args *a)
{
#pragma omp parallel for schedule(static) if (a->rows * a->bins > REEL_PARALLEL_MIN)
    for (int64_t r = 0; r < a->rows; r++) {
        const float *re = a->z + 2 * r * a->bins, *im = re + a->bins;
        const float *m = a->m + r * a->bins, *dm = a->dm + r * a->bins;
        float *dre = a->dz + 2 * r * a->bins, *dim = dre + a->bins;
#pragma omp simd
        for (int64_t k = 0; k < a->bins; k++) {
            float slope = dm[k] / m[k];
            dre[k] += slope * re[k];
            dim[k] += slope * im[k];
        }
    }
    return REEL_OK;
}

/* Squares of magnitudes near 1e-12 are still normal f32, so one test of the sum decides. */
static reel_status with_magnitude(const reel_with_magnitude_args *a)
{
#pragma omp parallel for schedule(static) if (a->rows * a->bins > REEL_PARALLEL_MIN)
    for (int64_t r = 0; r < a->rows; r++) {
        const float *re = a->z + 2 * r * a->bins, *im = re + a->bins, *m = a->m + r * a->bins;
        float *out_re = a->y + 2 * r * a->bins, *out_im = out_re + a->bins;
#pragma omp simd
        for (int64_t k = 0; k < a->bins; k++) {
            float size = sqrtf(re[k] * re[k] + im[k] * im[k]);
            int has_phase = size >= FLOOR;
            float factor = m[k] / (has_phase ? size : 1.0f);
            out_re[k] = has_phase ? factor * re[k] : m[k];
            out_im[k] = has_phase ? factor * im[k] : 0.0f;
        }
    }
    return REEL_OK;
}

const reel_spectrum_kernels reel_spectrum_c = { magnitude, magnitude_backward, with_magnitude };
