/* Averaging the weights. */
#include "train/ema.h"

double reel_ema_decay(double decay, int64_t step)
{
    double rising = (1.0 + (double)step) / (10.0 + (double)step);
    return rising < decay ? rising : decay;
}

void reel_ema_update(float *ema, const float *value, size_t count, double decay)
{
    float share = (float)(1.0 - decay);
#pragma omp parallel for simd schedule(static)
    for (size_t i = 0; i < count; i++) {
        ema[i] += share * (value[i] - ema[i]);
    }
}

void reel_ema_swap(float *ema, float *value, size_t count)
{
#pragma omp parallel for simd schedule(static)
    for (size_t i = 0; i < count; i++) {
        float kept = ema[i];
        ema[i] = value[i];
        value[i] = kept;
    }
}
