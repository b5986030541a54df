/* The falling noise levels of a sampling run.
 *
 * Uniform steps from 1 to 0, bent by a shift (Esser et al. 2024, "Scaling rectified flow
 * transformers", section 5.3.2):
 *
 *     sigma' = shift * sigma / (1 + (shift - 1) * sigma)
 *
 * A shift above 1 spends more steps at high noise, where the layout of a film is decided. */
#ifndef REEL_SAMPLING_SIGMA_SCHEDULE_H
#define REEL_SAMPLING_SIGMA_SCHEDULE_H

#include "reel/status.h"

/* Fills sigma[0..steps]: sigma[0] is 1, sigma[steps] is 0, strictly falling.
 * Fails with REEL_ERR_INVALID unless 1 <= steps <= 1000 and 0.01 <= shift <= 100. */
reel_status reel_sigma_schedule_build(double *sigma, int steps, double shift);

#endif
