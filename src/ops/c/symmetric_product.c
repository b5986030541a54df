/* Symmetric products by tiles that stay in registers, over packed strips of both factors. */
#include "ops/c/symmetric_product.h"

#include <string.h>

#if defined(__AVX512F__)
enum { LANES = 16, TILE_ROWS = 12 };
#elif defined(__AVX__)
enum { LANES = 8, TILE_ROWS = 6 };
#else
enum { LANES = 4, TILE_ROWS = 6 };
#endif
enum { TILE_COLUMNS = 2 * LANES };

typedef float lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(4)));

static int64_t min_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t tiles_of(int64_t side, int64_t tile)
{
    return (side + tile - 1) / tile;
}

size_t reel_symmetric_product_scratch(int64_t side, int64_t depth)
{
    return (size_t)(depth * (tiles_of(side, TILE_ROWS) * TILE_ROWS + TILE_COLUMNS));
}

/* strip[k][i] = factor(first + i, k), zero beyond the side; `width` is known where this is inlined,
 * so that a row of a full strip is copied by a few vectors. */
static inline __attribute__((always_inline)) void pack(float *restrict strip,
                                                       const reel_symmetric_factor *f,
                                                       int64_t first, int64_t width,
                                                       const reel_symmetric_product_args *args)
{
    const float *data = f->data + first * f->outer;
    int64_t count = min_of(width, args->side - first);
    if (count == width && f->outer == 1) {
        for (int64_t k = 0; k < args->depth; k++) {
            memcpy(strip + k * width, data + k * f->inner, (size_t)width * sizeof *strip);
        }
        return;
    }
    for (int64_t i = 0; i < width; i++) {
        for (int64_t k = 0; k < args->depth; k++) {
            strip[k * width + i] = i < count ? data[i * f->outer + k * f->inner] : 0.0f;
        }
    }
}

/* tile[i][j] = sum_k a[k][i] b[k][j] */
static void multiply(float *restrict tile, const float *restrict a, const float *restrict b,
                     int64_t depth)
{
    lanes left[TILE_ROWS] = { { 0 } }, right[TILE_ROWS] = { { 0 } };
    for (int64_t k = 0; k < depth; k++) {
        lanes b_left = *(const lanes *)(b + k * TILE_COLUMNS);
        lanes b_right = *(const lanes *)(b + k * TILE_COLUMNS + LANES);
#pragma GCC unroll 12
        for (int i = 0; i < TILE_ROWS; i++) {
            left[i] += a[k * TILE_ROWS + i] * b_left;
            right[i] += a[k * TILE_ROWS + i] * b_right;
        }
    }
#pragma GCC unroll 12
    for (int i = 0; i < TILE_ROWS; i++) {
        *(lanes *)(tile + i * TILE_COLUMNS) = left[i];
        *(lanes *)(tile + i * TILE_COLUMNS + LANES) = right[i];
    }
}

/* out = scale tile + add_scale add */
static inline __attribute__((always_inline)) void store_row(const reel_symmetric_product_args *args,
                                                            const float *restrict tile, int64_t at,
                                                            int64_t columns)
{
    float *out = args->out + at;
    const float scale = args->scale, add_scale = args->add_scale;
    if (args->add) {
        const float *add = args->add + at;
#pragma omp simd
        for (int64_t j = 0; j < columns; j++) {
            out[j] = scale * tile[j] + add_scale * add[j];
        }
        return;
    }
#pragma omp simd
    for (int64_t j = 0; j < columns; j++) {
        out[j] = scale * tile[j];
    }
}

/* Rows from `row` and columns from `column` of the result; what lies above the diagonal is
 * overwritten by mirror(). */
static void store(const reel_symmetric_product_args *args, const float *tile, int64_t row,
                  int64_t column)
{
    int64_t rows = min_of(TILE_ROWS, args->side - row), columns = args->side - column;
    for (int64_t i = 0; i < rows; i++) {
        int64_t at = (row + i) * args->side + column;
        if (columns >= TILE_COLUMNS) {
            store_row(args, tile + i * TILE_COLUMNS, at, TILE_COLUMNS);
        } else {
            store_row(args, tile + i * TILE_COLUMNS, at, columns);
        }
    }
}

static void mirror(float *x, int64_t side)
{
    enum { BLOCK = 16 };
    for (int64_t row = 0; row < side; row += BLOCK) {
        for (int64_t column = 0; column <= row; column += BLOCK) {
            for (int64_t j = column; j < min_of(column + BLOCK, side); j++) {
                int64_t first = row > j ? row : j + 1;
                for (int64_t i = first; i < min_of(row + BLOCK, side); i++) {
                    x[j * side + i] = x[i * side + j];
                }
            }
        }
    }
}

void reel_symmetric_product(const reel_symmetric_product_args *args, float *scratch)
{
    float *a = scratch, *b = a + tiles_of(args->side, TILE_ROWS) * TILE_ROWS * args->depth;
    _Alignas(64) float tile[TILE_ROWS * TILE_COLUMNS];
    for (int64_t row = 0; row < args->side; row += TILE_ROWS) {
        pack(a + row * args->depth, &args->a, row, TILE_ROWS, args);
    }
    for (int64_t column = 0; column < args->side; column += TILE_COLUMNS) {
        pack(b, &args->b, column, TILE_COLUMNS, args);
        for (int64_t row = column / TILE_ROWS * TILE_ROWS; row < args->side; row += TILE_ROWS) {
            multiply(tile, a + row * args->depth, b, args->depth);
            store(args, tile, row, column);
        }
    }
    for (int64_t i = 0; i < args->side; i++) {
        args->out[i * args->side + i] += args->diagonal;
    }
    mirror(args->out, args->side);
}
