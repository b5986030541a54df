/* Averaging the weights. */
#include "train/ema.h"

#include "ops/kernels.h"

double reel_ema_decay(double decay, int64_t step)
{
    double rising = (1.0 + (double)step) / (10.0 + (double)step);
    return rising < decay ? rising : decay;
}

reel_status reel_ema_update(float *ema, float *value, size_t count, double decay)
{
    reel_average_args args = {
        .average = ema, .value = value, .count = count, .share = (float)(1.0 - decay)
    };
    return reel_kernels_get()->average.update(&args);
}

reel_status reel_ema_swap(float *ema, float *value, size_t count)
{
    reel_average_args args = { .average = ema, .value = value, .count = count };
    return reel_kernels_get()->average.swap(&args);
}
