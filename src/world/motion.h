/* How the objects move, and when they strike something: closed-form physics, no time steps.
 *
 * Gravity is the same everywhere (REEL_GRAVITY short sides per second squared). Impacts are exact:
 * an event is the instant at which the closed form touches ground, wall or post. */
#ifndef REEL_WORLD_MOTION_H
#define REEL_WORLD_MOTION_H

#include "world/scene.h"

#define REEL_GRAVITY 5.5

/* Half the width of a drawn post, in short sides. */
#define REEL_POST_HALF_WIDTH 0.032

typedef struct {
    double x, y;      /* centre, short sides from the top left corner */
    double angle;     /* radians, clockwise */
    double stretch;   /* height is times this, width divided by it */
    double clearance; /* of the lowest point over the ground */
    int has_rope;
    double rope_x, rope_y; /* where the rope is tied, when has_rope */
} reel_pose;

/* Draw the trajectory of actor `index`, whose attributes are set, and append its events in order
 * of time. REEL_ERR_INTERNAL when the scene's arrays are too small. */
reel_status reel_motion_plan(reel_scene *scene, int index);

reel_pose reel_motion_pose(const reel_scene *scene, int index, double seconds);

/* Height of the ground line, short sides from the top. */
static inline double reel_scene_ground(const reel_scene *scene)
{
    return REEL_GROUND_LINE * scene->height;
}

#endif
