/* Measuring the matrix product. */
#include "train/peak.h"

#include "base/clock.h"
#include "ops/kernels.h"

#include <stdlib.h>

enum { SIDE = 1024, TRIES = 6 };

double reel_peak_gflops(void)
{
    size_t count = (size_t)SIDE * SIDE;
    float *x = calloc(3 * count, sizeof *x);
    if (!x) {
        return 0;
    }
    for (size_t i = 0; i < 2 * count; i++) {
        x[i] = (float)(i % 7) - 3.0f;
    }
    reel_linear_args args = {
        .y = x + 2 * count, .x = x, .w = x + count, .rows = SIDE, .in = SIDE, .out = SIDE
    };
    double best = 0;
    for (int i = 0; i < TRIES; i++) {
        double start = reel_clock_seconds();
        if (reel_kernels_get()->linear.forward(&args) < 0) {
            break;
        }
        double rate = 2e-9 * SIDE * SIDE * SIDE / (reel_clock_seconds() - start + 1e-9);
        best = rate > best ? rate : best;
    }
    free(x);
    return best;
}
