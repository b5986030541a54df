/* A weight matrix [O, I] in 8 bits, one scale per output:
 *
 *     w[o][i] = scale[o] * q[o][i],   q = round(w / scale),   scale[o] = max_i |w[o][i]| / 127
 *
 * Laid out in panels of 16 outputs and groups of 4 inputs, which is what instructions that sum
 * products of bytes read in one go; both are filled up with zeros. Every kernel reads this layout.
 *
 * A tensor of that kind has the dtype REEL_I8, the dimensions [O, I] and, as its data, the bytes
 * that reel_int8_matrix_view() understands. */
#ifndef REEL_TENSOR_INT8_MATRIX_H
#define REEL_TENSOR_INT8_MATRIX_H

#include <stddef.h>
#include <stdint.h>

enum {
    REEL_INT8_PANEL = 16,
    REEL_INT8_GROUP = 4,
    REEL_INT8_IN_MAX = 65536 /* inputs whose products are sure to fit a 32-bit sum */
};

typedef struct {
    int64_t out, in;
    float *scale;   /* [panels * 16] */
    int32_t *sum;   /* [panels * 16], of each output's q */
    int8_t *panels; /* [panels][groups][16][4] */
} reel_int8_matrix;

static inline int64_t reel_int8_panels(int64_t out)
{
    return (out + REEL_INT8_PANEL - 1) / REEL_INT8_PANEL;
}

static inline int64_t reel_int8_groups(int64_t in)
{
    return (in + REEL_INT8_GROUP - 1) / REEL_INT8_GROUP;
}

/* Bytes of a matrix, a multiple of 64. */
size_t reel_int8_matrix_bytes(int64_t out, int64_t in);

/* `memory` as a matrix: aligned to 64 bytes and zeroed before the first row is set. Borrows it. */
reel_int8_matrix reel_int8_matrix_view(void *memory, int64_t out, int64_t in);

/* Row `row` from f32 values [in]. Infinities and NaN make it NaN as a whole. */
void reel_int8_matrix_set_row(const reel_int8_matrix *m, int64_t row, const float *values);

/* Row `row` from and to its bytes [in] and its scale, as a file holds them. -128 is read as -127:
 * kernels rely on symmetry. */
void reel_int8_matrix_set_bytes(const reel_int8_matrix *m, int64_t row, const int8_t *bytes,
                                float scale);
float reel_int8_matrix_get_bytes(int8_t *bytes, const reel_int8_matrix *m, int64_t row);

#endif
