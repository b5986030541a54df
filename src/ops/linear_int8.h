/* The linear layer with a weight in 8 bits (tensor/int8_matrix.h), for inference:
 *
 *     s[r]    = max_i |x[r][i]| / 127                  a scale for every row of x
 *     a[r][i] = round(x[r][i] * (127 / max_i |x[r][i]|))   to the nearest, ties to even
 *     y[r][o] = fma(sum_i a[r][i] * q[o][i], s[r] * scale[o], bias[o])
 *
 * The sum is exact in 32 bits, so that all kernels give the same bytes. A row whose largest value
 * is below REEL_INT8_ZERO counts as zeros; one with an infinity or a NaN gives NaN.
 *
 * reel_linear() comes here when its weight is such a matrix. */
#ifndef REEL_OPS_LINEAR_INT8_H
#define REEL_OPS_LINEAR_INT8_H

#include "tensor/int8_matrix.h"
#include "tensor/runtime.h"

#define REEL_INT8_ZERO 1e-30f

/* Fill y, which reel_linear() made, as it checked the others; w: [O, I] REEL_I8
 * (tensor/int8_matrix.h). Returns y, or the poison tensor. */
reel_tensor *reel_linear_int8(reel_rt *rt, reel_tensor *y, const reel_tensor *x, reel_tensor *w,
                              const reel_tensor *b);

/* What a back end implements. */
typedef struct {
    float *y /* [rows, out] */;
    const float *x /* [rows, in] */, *b /* [out] or NULL */;
    reel_int8_matrix w;
    int64_t rows;
    float *row_scale;  /* [rows], scratch */
    uint8_t *row_byte; /* [rows, groups * 4], scratch */
} reel_linear_int8_args;

typedef struct {
    reel_status (*forward)(const reel_linear_int8_args *args);
} reel_linear_int8_kernels;

extern const reel_linear_int8_kernels reel_linear_int8_c;
extern const reel_linear_int8_kernels reel_linear_int8_vnni;    /* x86 with AVX512-VNNI */
extern const reel_linear_int8_kernels reel_linear_int8_avxvnni; /* x86 with AVX2 and AVX-VNNI */
extern const reel_linear_int8_kernels reel_linear_int8_avx2;    /* x86 with AVX2 */

#endif
