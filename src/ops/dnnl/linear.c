/* The linear layer as matrix products over fixed blocks of the result. */
#include "ops/linear.h"

#include "ops/dnnl/column_sums.h"
#include "ops/dnnl/gemm.h"
#include "ops/dnnl/thread_buffer.h"

#include <string.h>

/* A result cut into blocks; the cuts depend on its size alone. */
typedef struct {
    int64_t rows, columns;           /* of the result */
    int64_t row_block, column_block; /* of one block */
    int64_t blocks_across, block_count;
} block_grid;

static int64_t min_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* About `rows` by `columns` per block, an even number of equal rows of blocks where possible. */
static block_grid grid_of(int64_t rows, int64_t columns, int64_t row_block, int64_t column_block)
{
    int64_t down = (rows + row_block - 1) / row_block;
    down += down > 1 ? down % 2 : 0;
    int64_t across = (columns + column_block - 1) / column_block;
    block_grid g = { .rows = rows, .columns = columns };
    g.row_block = (rows + down - 1) / down;
    g.column_block = ((columns + across - 1) / across + 15) / 16 * 16;
    g.blocks_across = (columns + g.column_block - 1) / g.column_block;
    g.block_count = g.blocks_across * ((rows + g.row_block - 1) / g.row_block);
    return g;
}

typedef struct {
    int64_t row, column, rows, columns;
} block;

static block block_at(const block_grid *g, int64_t n)
{
    int64_t row = n / g->blocks_across * g->row_block;
    int64_t column = n % g->blocks_across * g->column_block;
    return (block){ row, column, min_of(g->row_block, g->rows - row),
                    min_of(g->column_block, g->columns - column) };
}

/* Few rows leave the columns to be shared out. */
static block_grid grid_of_rows(int64_t rows, int64_t columns)
{
    return rows < 128 ? grid_of(rows, columns, 128, 64) : grid_of(rows, columns, 160, 1024);
}

/* w^T [in, out] in a buffer of this thread: a product whose right side lies along the rows of the
 * result is the faster one, which pays where many rows share the turned weight. */
static const float *turned_weight(const reel_linear_args *a)
{
    enum { TILE = 16 };
    float *turned = reel_thread_buffer(a->in * a->out);
    const float *w = a->w;
#pragma omp parallel for schedule(static) if (a->in * a->out > 32768)
    for (int64_t i = 0; i < (turned ? a->in : 0); i += TILE) {
        for (int64_t o = 0; o < a->out; o++) {
            for (int64_t n = i; n < min_of(i + TILE, a->in); n++) {
                turned[n * a->out + o] = w[o * a->in + n];
            }
        }
    }
    return turned;
}

/* A block of y; `turned` is w^T, or NULL. */
static int forward_block(const reel_linear_args *a, block at, const float *turned)
{
    float *y = a->y + at.row * a->out + at.column;
    for (int64_t r = 0; a->b && r < at.rows; r++) {
        memcpy(y + r * a->out, a->b + at.column, (size_t)at.columns * sizeof *y);
    }
    reel_gemm_shape shape = { .transpose_b = !turned,
                              .m = at.rows,
                              .n = at.columns,
                              .k = a->in,
                              .a_row = a->in,
                              .b_row = turned ? a->out : a->in,
                              .c_row = a->out,
                              .alpha = 1.0f,
                              .beta = a->b ? 1.0f : 0.0f };
    const float *w = turned ? turned + at.column : a->w + at.column * a->in;
    return reel_gemm(&shape, a->x + at.row * a->in, w, y);
}

static reel_status forward(const reel_linear_args *a)
{
    enum { TURN_ROWS = 256 }; /* rows from which turning the weight pays */
    block_grid grid = grid_of_rows(a->rows, a->out);
    const float *turned = a->rows >= TURN_ROWS ? turned_weight(a) : NULL;
    int failed = 0;
#pragma omp parallel for schedule(dynamic) reduction(+ : failed)
    for (int64_t n = 0; n < grid.block_count; n++) {
        failed += forward_block(a, block_at(&grid, n), turned);
    }
    return reel_gemm_status(failed);
}

/* dx = dy w */
static int input_gradient(const reel_linear_grad_args *a)
{
    block_grid grid = grid_of_rows(a->rows, a->in);
    int failed = 0;
#pragma omp parallel for schedule(dynamic) reduction(+ : failed)
    for (int64_t n = 0; n < grid.block_count; n++) {
        block at = block_at(&grid, n);
        reel_gemm_shape shape = { .m = at.rows,
                                  .n = at.columns,
                                  .k = a->out,
                                  .a_row = a->out,
                                  .b_row = a->in,
                                  .c_row = a->in,
                                  .alpha = 1.0f,
                                  .beta = a->dx_is_new ? 0.0f : 1.0f };
        failed += reel_gemm(&shape, a->dy + at.row * a->out, a->w + at.column,
                            a->dx + at.row * a->in + at.column);
    }
    return failed;
}

/* dw = dy^T x: a block collects from stretches of rows that stay in the cache. */
static int weight_block(const reel_linear_grad_args *a, block at)
{
    enum { STRETCH = 1024 };
    int failed = 0;
    for (int64_t row = 0; row < a->rows; row += STRETCH) {
        reel_gemm_shape shape = { .transpose_a = 1,
                                  .m = at.rows,
                                  .n = at.columns,
                                  .k = min_of(STRETCH, a->rows - row),
                                  .a_row = a->out,
                                  .b_row = a->in,
                                  .c_row = a->in,
                                  .alpha = 1.0f,
                                  .beta = 1.0f };
        failed += reel_gemm(&shape, a->dy + row * a->out + at.row, a->x + row * a->in + at.column,
                            a->dw + at.row * a->in + at.column);
    }
    return failed;
}

static int weight_gradient(const reel_linear_grad_args *a)
{
    block_grid grid = grid_of(a->out, a->in, 48, 512);
    int failed = 0;
#pragma omp parallel for schedule(dynamic) reduction(+ : failed)
    for (int64_t n = 0; n < grid.block_count; n++) {
        failed += weight_block(a, block_at(&grid, n));
    }
    return failed;
}

static reel_status backward(const reel_linear_grad_args *a)
{
    int failed = a->dx ? input_gradient(a) : 0;
    failed += a->dw ? weight_gradient(a) : 0;
    if (a->db) {
        reel_add_column_sums(a->db, a->dy, a->rows, a->out);
    }
    return reel_gemm_status(failed);
}

const reel_linear_kernels reel_linear_dnnl = { forward, backward };
