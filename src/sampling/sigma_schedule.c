/* Shifted uniform noise levels. */
#include "sampling/sigma_schedule.h"

#include "base/error.h"

reel_status reel_sigma_schedule_build(double *sigma, int steps, double shift)
{
    if (steps < 1 || steps > 1000) {
        return REEL_FAIL(REEL_ERR_INVALID, "steps: is %d, expected 1 to 1000", steps);
    }
    if (!(shift >= 0.01 && shift <= 100.0)) {
        return REEL_FAIL(REEL_ERR_INVALID, "shift: is %g, expected 0.01 to 100", shift);
    }
    for (int i = 0; i <= steps; i++) {
        double s = 1.0 - (double)i / steps;
        sigma[i] = shift * s / (1.0 + (shift - 1.0) * s);
    }
    sigma[0] = 1.0; /* exact, whatever the rounding of the shift */
    return REEL_OK;
}
