/* What this machine can do: products of large matrices, and copies. */
#include "bench/measure.h"

#include "base/error.h"
#include "base/rng.h"
#include "ops/kernels.h"
#include "train/peak.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 64 };
static const size_t COPY_BYTES = (size_t)256 << 20; /* beyond every cache */
static const double PATIENCE = 4.0;                 /* times the seconds of a row, for each size */

/* Large products whose sizes suit caches differently. */
static const int64_t sizes[][3] = { { 2048, 2048, 2048 },
                                    { 2048, 1536, 1536 },
                                    { 1024, 1024, 1024 } };
enum { SIZES = sizeof sizes / sizeof *sizes, SIDE = 2048 /* the largest */ };

typedef struct {
    float *x, *w, *y; /* [SIDE, SIDE] */
    void *matrix, *bytes;
    float *scale;
    int64_t rows, in, out;
} products;

static reel_status multiply_f32(void *user)
{
    const products *p = user;
    const reel_linear_args args = {
        .y = p->y, .x = p->x, .w = p->w, .rows = p->rows, .in = p->in, .out = p->out
    };
    return reel_kernels_get()->linear.forward(&args);
}

static reel_status multiply_int8(void *user)
{
    const products *p = user;
    const reel_linear_int8_args args = { .y = p->y,
                                         .x = p->x,
                                         .w = reel_int8_matrix_view(p->matrix, p->out, p->in),
                                         .rows = p->rows,
                                         .row_scale = p->scale,
                                         .row_byte = p->bytes };
    return reel_kernels_get()->linear_int8.forward(&args);
}

static reel_status products_init(products *p)
{
    const size_t count = (size_t)SIDE * SIDE, matrix = reel_int8_matrix_bytes(SIDE, SIDE);
    *p = (products){ .x = aligned_alloc(ALIGN, count * sizeof(float)),
                     .w = aligned_alloc(ALIGN, count * sizeof(float)),
                     .y = aligned_alloc(ALIGN, count * sizeof(float)),
                     .matrix = aligned_alloc(ALIGN, matrix),
                     .bytes = malloc(count),
                     .scale = malloc(SIDE * sizeof(float)) };
    if (!p->x || !p->w || !p->y || !p->matrix || !p->bytes || !p->scale) {
        return REEL_FAIL(REEL_ERR_MEMORY, "bench: no memory for matrices of %d", SIDE);
    }
    reel_rng_fill_normal(p->x, count, 1, 0);
    reel_rng_fill_normal(p->w, count, 1, 1);
    return REEL_OK;
}

static void products_deinit(products *p)
{
    free(p->x);
    free(p->w);
    free(p->y);
    free(p->matrix);
    free(p->bytes);
    free(p->scale);
}

static void quantise(products *p)
{
    memset(p->matrix, 0, reel_int8_matrix_bytes(p->out, p->in));
    const reel_int8_matrix m = reel_int8_matrix_view(p->matrix, p->out, p->in);
    for (int64_t r = 0; r < p->out; r++) {
        reel_int8_matrix_set_row(&m, r, p->w + r * p->in);
    }
}

/* The best rate over all sizes. */
static reel_status measure_products(reel_bench *b, products *p)
{
    reel_bench_request patient = *b->request;
    patient.seconds *= PATIENCE;
    const reel_bench own = { .request = &patient, .threads = b->threads };
    for (int i = 0; i < SIZES; i++) {
        double seconds[2];
        p->rows = sizes[i][0];
        p->in = sizes[i][1];
        p->out = sizes[i][2];
        quantise(p);
        REEL_TRY(reel_bench_time_both(
            seconds, &own, (reel_bench_work[]){ multiply_f32, multiply_int8 }, (void *[]){ p, p }));
        const double work = 2.0 * (double)(p->rows * p->in * p->out);
        b->f32_peak = fmax(b->f32_peak, work / seconds[0]);
        b->int8_peak = fmax(b->int8_peak, work / seconds[1]);
    }
    return REEL_OK;
}

static reel_status add_peak(reel_bench *b, const char *name, double rate, const char *unit)
{
    return rate > 0.0 && reel_bench_wants(b, name)
               ? reel_bench_add(b, &(reel_bench_row){ .name = name,
                                                      .shape = "best of large ones",
                                                      .seconds = 2e9 / rate,
                                                      .rate = rate,
                                                      .unit = unit,
                                                      .ratio = rate / b->f32_peak,
                                                      .against = "peak" })
               : REEL_OK;
}

/* --- copies ---------------------------------------------------------------------------------- */

typedef struct {
    char *memory; /* [2, bytes] */
    size_t bytes;
} copy_work;

static reel_status copy(void *user)
{
    const copy_work *w = user;
    char *to = w->memory, *from = w->memory + w->bytes;
    if (!reel_bench_on_cpu()) {
        return reel_copy_within(to, from, w->bytes);
    }
#pragma omp parallel
    {
        const size_t threads = (size_t)omp_get_num_threads(), t = (size_t)omp_get_thread_num();
        const size_t begin = w->bytes / ALIGN * t / threads * ALIGN;
        const size_t end =
            t + 1 == threads ? w->bytes : w->bytes / ALIGN * (t + 1) / threads * ALIGN;
        memcpy(to + begin, from + begin, end - begin);
    }
    return REEL_OK;
}

reel_status reel_bench_time_copy(double *seconds, const reel_bench *b, size_t bytes)
{
    void *memory;
    REEL_TRY(reel_device_allocate(&memory, 2 * bytes, 0));
    reel_status status = reel_zero(memory, 2 * bytes); /* touches every page */
    if (status == REEL_OK) {
        status = reel_bench_time(seconds, b, copy, &(copy_work){ memory, bytes });
    }
    reel_device_release(memory);
    return status;
}

static reel_status measure_copy(reel_bench *b)
{
    double seconds;
    if (!reel_bench_wants(b, "machine/copy")) {
        return REEL_OK;
    }
    REEL_TRY(reel_bench_time_copy(&seconds, b, COPY_BYTES));
    return reel_bench_add(b, &(reel_bench_row){ .name = "machine/copy",
                                                .shape = "256 MiB",
                                                .seconds = seconds,
                                                .rate = 2.0 * (double)COPY_BYTES / seconds,
                                                .unit = "B" });
}

reel_status reel_bench_peaks(reel_bench *b)
{
    products p;
    if (b->f32_peak > 0.0) {
        return REEL_OK;
    }
    if (!reel_bench_on_cpu()) {
        b->f32_peak = 1e9 * reel_peak_gflops();
        return b->f32_peak > 0.0 ? REEL_OK : REEL_FAIL(REEL_ERR_MEMORY, "bench: no memory");
    }
    reel_status status = products_init(&p);
    if (status == REEL_OK) {
        status = measure_products(b, &p);
    }
    products_deinit(&p);
    return status;
}

reel_status reel_bench_machine(reel_bench *b)
{
    if (reel_bench_wants(b, "machine/f32") || reel_bench_wants(b, "machine/int8")) {
        REEL_TRY(reel_bench_peaks(b));
        REEL_TRY(add_peak(b, "machine/f32", b->f32_peak, "FLOP"));
        REEL_TRY(add_peak(b, "machine/int8", b->int8_peak, "OP"));
    }
    return measure_copy(b);
}
