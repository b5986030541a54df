/* When the object strikes something, as the picture shows it. */
#ifndef REEL_VABENCH_IMPACTS_H
#define REEL_VABENCH_IMPACTS_H

#include "vabench/track.h"

enum { REEL_IMPACTS_MAX = 128 };

typedef struct {
    double seconds;
    double speed; /* by which the velocity changes, short sides per second */
} reel_impact;

typedef struct {
    int count;
    reel_impact at[REEL_IMPACTS_MAX]; /* by time */
} reel_impacts;

/* Landings (bounce, jump) or reversals at a wall or post (roll, swing), whichever the motion has;
 * none for the others and for -1. A blow that changes the velocity by less than
 * REEL_IMPACT_SPEED_MIN is too weak to be one, and so is the smooth turn of a pendulum. Times lie
 * between two frames, where the paths before and after it meet: a landing's path is a parabola of
 * the world's gravity, the others are straight. Needs two sightings before and one after. */
reel_impacts reel_impacts_find(const reel_track *track, int motion);

#define REEL_IMPACT_SPEED_MIN 0.70

#endif
