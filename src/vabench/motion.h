/* How the object moves: rules on its track, each about a trait that only one motion has. */
#ifndef REEL_VABENCH_MOTION_H
#define REEL_VABENCH_MOTION_H

#include "vabench/silhouette.h"

/* The traits, in short sides of the frame; ranges leave out the outermost twentieths. */
typedef struct {
    int frames;              /* that show the object whole */
    double x_range, y_range; /* of the centre */
    double height,
        low_share;  /* highest of the lower edge over the ground, share of frames at rest on it */
    double lowest;  /* lower edge over the ground when lowest */
    double one_way; /* share of the steps that go the way most steps go */
    double speed;   /* mean of |dx/dt| */
    double leaps;   /* share of the steps that are too far for anything that moves */
    double rope_spread; /* deviation of the distance from where a rope would be tied */
} reel_motion_traits;

reel_motion_traits reel_motion_measure(const reel_track *track);

/* reel_motion, or -1: none of them (nothing there, or nothing moves). `changes` as in
 * reel_object_seen. */
int reel_motion_find(const reel_motion_traits *traits, double changes);

#endif
