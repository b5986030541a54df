/* The silhouettes: one fill colour, darker details of the material, a thin dark outline.
 *
 * Shapes are given for diameter 1, centred at the origin, y downwards, standing upright. */
#ifndef REEL_WORLD_OBJECTS_H
#define REEL_WORLD_OBJECTS_H

#include "reel/status.h"
#include "world/attributes.h"
#include "world/raster.h"

/* How far the shape, turned clockwise by `angle`, reaches from its centre in direction (x, y),
 * a unit vector: the support function of its convex hull, in diameters. */
double reel_object_reach(reel_object object, double angle, double x, double y);

/* Where the rope is tied: distance of the top from the centre, in diameters. */
double reel_object_top(reel_object object);

/* Draw the object upright into a sprite for a diameter of `diameter` pixels on the canvas.
 * Owned by the caller, released with reel_sprite_deinit(). REEL_ERR_MEMORY. */
reel_status reel_object_draw(reel_sprite *out, reel_object object, reel_colour colour,
                             double diameter);

#endif
