/* Where a sound sits between the two speakers. */
#ifndef REEL_WORLD_PAN_H
#define REEL_WORLD_PAN_H

#include <math.h>

typedef struct {
    double left, right;
} reel_pan;

/* Equal power: left = cos(a), right = sin(a), a = x pi / 2. x is 0 at the left edge of the frame
 * and 1 at the right; beyond the edges it stays there, and 5 % always reach the other ear. */
static inline reel_pan reel_pan_at(double x)
{
    double a = 0.5 * M_PI * fmin(0.95, fmax(0.05, x));
    return (reel_pan){ cos(a), sin(a) };
}

#endif
