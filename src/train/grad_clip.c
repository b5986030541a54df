/* The norm of a gradient. */
#include "train/grad_clip.h"

#include "base/error.h"
#include "ops/kernels.h"

#include <math.h>
#include <stdlib.h>

/* `parts` of the device, `sums` of the host. */
static reel_status add_parts(double *out, double *parts, double *sums, const float *grad,
                             size_t count)
{
    const reel_sum_of_squares_args args = { .parts = parts, .x = grad, .count = count };
    REEL_TRY(reel_kernels_get()->sum_of_squares.run(&args));
    REEL_TRY(reel_copy_out(sums, parts, reel_squares_parts(count) * sizeof *sums));
    double sum = 0;
    for (size_t p = 0; p < reel_squares_parts(count); p++) {
        sum += sums[p];
    }
    *out = sqrt(sum);
    return REEL_OK;
}

reel_status reel_grad_norm(double *out, const float *grad, size_t count)
{
    size_t size = reel_squares_parts(count) * sizeof(double);
    void *parts = NULL;
    double *sums = malloc(size + 1);
    reel_status status =
        sums ? reel_device_allocate(&parts, size, 0)
             : REEL_FAIL(REEL_ERR_MEMORY, "gradient norm: no memory for %zu bytes", size);
    if (status == REEL_OK) {
        status = add_parts(out, parts, sums, grad, count);
    }
    reel_device_release(parts);
    free(sums);
    return status;
}

float reel_grad_clip_scale(double norm, double limit)
{
    return limit > 0 && norm > limit ? (float)(limit / norm) : 1.0f;
}
