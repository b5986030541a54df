/* The exponential moving average of the weights, which is what a finished part holds. */
#ifndef REEL_TRAIN_EMA_H
#define REEL_TRAIN_EMA_H

#include "reel/status.h"

#include <stddef.h>
#include <stdint.h>

/* Decay of step 0, 1, ...: rises as (1 + step) / (10 + step) until it meets `decay`, so that the
 * random start is soon forgotten. */
double reel_ema_decay(double decay, int64_t step);

/* ema = decay * ema + (1 - decay) * value, both on the selected device */
reel_status reel_ema_update(float *ema, float *value, size_t count, double decay);

/* Exchange the two: puts the average in the place of the weights, and back. */
reel_status reel_ema_swap(float *ema, float *value, size_t count);

#endif
