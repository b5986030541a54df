/* How the learning rate moves: linear warm-up, a constant stretch, then linear to the end. */
#ifndef REEL_TRAIN_LR_SCHEDULE_H
#define REEL_TRAIN_LR_SCHEDULE_H

#include <stdint.h>

typedef struct {
    int64_t steps;     /* of the whole training, >= 1 */
    int64_t warmup;    /* steps; step warmup - 1 is the first at full rate */
    double decay_from; /* share of the steps, 0..1, after which the rate falls */
    double end;        /* factor at the last step and beyond */
} reel_lr_schedule;

/* What the learning rate of step 0, 1, ... is multiplied with: 0..1. */
double reel_lr_factor(const reel_lr_schedule *schedule, int64_t step);

#endif
