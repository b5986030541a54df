/* Measuring the matrix product. */
#include "train/peak.h"

#include "base/clock.h"
#include "base/error.h"
#include "ops/kernels.h"

#include <stdlib.h>

enum { SMALLEST = 1024, LARGEST = 8192, TRIES = 6 };

static const double LONG_ENOUGH = 2e-3; /* seconds: launching a product is small beside it */

/* Seconds of the fastest of a few products; x: three matrices. */
static reel_status time_product(double *out, float *x, int64_t side)
{
    reel_linear_args args = { .y = x + 2 * side * side,
                              .x = x,
                              .w = x + side * side,
                              .rows = side,
                              .in = side,
                              .out = side };
    *out = 1e9;
    for (int i = 0; i < TRIES; i++) {
        double start = reel_clock_seconds();
        REEL_TRY(reel_kernels_get()->linear.forward(&args));
        REEL_TRY(reel_synchronise());
        double took = reel_clock_seconds() - start + 1e-9;
        *out = took < *out ? took : *out;
    }
    return REEL_OK;
}

static reel_status fill(float *x, size_t count)
{
    float *values = malloc(count * sizeof *values);
    if (!values) {
        return REEL_FAIL(REEL_ERR_MEMORY, "peak: no memory");
    }
    for (size_t i = 0; i < count; i++) {
        values[i] = (float)(i % 7) - 3.0f;
    }
    reel_status status = reel_copy_in(x, values, count * sizeof *values);
    free(values);
    return status;
}

static reel_status measure(double *out, int64_t side)
{
    size_t count = (size_t)(side * side);
    void *x;
    REEL_TRY(reel_device_allocate(&x, 3 * count * sizeof(float), 0));
    reel_status status = fill(x, 2 * count);
    if (status == REEL_OK) {
        status = time_product(out, x, side);
    }
    reel_device_release(x);
    return status;
}

double reel_peak_gflops(void)
{
    double took = 0, best = 0;
    for (int64_t side = SMALLEST; side <= LARGEST && took < LONG_ENOUGH; side *= 2) {
        if (measure(&took, side) < 0) {
            return best;
        }
        double rate = 2e-9 * (double)(side * side * side) / took;
        best = rate > best ? rate : best;
    }
    return best;
}
