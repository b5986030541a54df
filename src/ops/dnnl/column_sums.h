/* Sums over rows: what a bias gets from the gradient of its output. */
#ifndef REEL_OPS_DNNL_COLUMN_SUMS_H
#define REEL_OPS_DNNL_COLUMN_SUMS_H

#include <stdint.h>

/* out[c] += sum_r x[r][c] over x [rows, columns]; in fixed chunks of rows, added in order. */
void reel_add_column_sums(float *out, const float *x, int64_t rows, int64_t columns);

#endif
