/* Sums over rows, chunk by chunk. */
#include "ops/dnnl/column_sums.h"

enum { CHUNKS = 16, COLUMNS = 512 };

static void add_rows(float *restrict sum, const float *x, int64_t rows, int64_t stride,
                     int64_t columns)
{
    for (int64_t c = 0; c < columns; c++) {
        sum[c] = 0.0f;
    }
    for (int64_t r = 0; r < rows; r++) {
        const float *row = x + r * stride;
#pragma omp simd
        for (int64_t c = 0; c < columns; c++) {
            sum[c] += row[c];
        }
    }
}

void reel_add_column_sums(float *out, const float *x, int64_t rows, int64_t columns)
{
    float partial[CHUNKS][COLUMNS];
    int64_t length = (rows + CHUNKS - 1) / CHUNKS;
    for (int64_t from = 0; from < columns; from += COLUMNS) {
        int64_t count = columns - from < COLUMNS ? columns - from : COLUMNS;
#pragma omp parallel for schedule(static) if (rows * columns > 32768)
        for (int64_t n = 0; n < CHUNKS; n++) {
            int64_t first = n * length < rows ? n * length : rows;
            int64_t end = first + length < rows ? first + length : rows;
            add_rows(partial[n], x + first * columns + from, end - first, columns, count);
        }
        for (int64_t n = 0; n < CHUNKS; n++) {
            for (int64_t c = 0; c < count; c++) {
                out[from + c] += partial[n][c];
            }
        }
    }
}
