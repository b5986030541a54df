/* Blending small things onto a finished backdrop: sprites, rounded lines, soft ellipses.
 *
 * Cairo draws backdrops and sprites once; every frame is a copy of the backdrop plus these, which
 * cost microseconds. Coordinates are pixels, (0, 0) the corner of the first pixel. */
#ifndef REEL_WORLD_RASTER_H
#define REEL_WORLD_RASTER_H

#include <stdint.h>

/* u8 RGB rows without padding; borrowed. */
typedef struct {
    uint8_t *rgb;
    int width, height;
} reel_canvas;

/* A square picture with premultiplied alpha, u8 [size, size, 4] as blue, green, red, alpha,
 * `zoom` of its pixels per canvas pixel, centred on the origin of the object. The border of two
 * pixels is transparent, and so is everything farther than `radius` canvas pixels from the centre.
 */
typedef struct {
    uint8_t *bgra;
    int size;
    double zoom, radius;
} reel_sprite;

typedef struct {
    double red, green, blue; /* 0..1, sRGB */
} reel_rgb;

void reel_sprite_deinit(reel_sprite *sprite);

/* Centre at (x, y), turned clockwise by `angle`, then made `stretch` as high and 1/stretch as
 * wide. */
typedef struct {
    double x, y, angle, stretch;
} reel_placement;

void reel_raster_sprite(reel_canvas *canvas, const reel_sprite *sprite, reel_placement at);

/* A line from (x0, y0) to (x1, y1) with round ends; a disc where both points are one. */
typedef struct {
    double x0, y0, x1, y1, radius;
} reel_capsule;

/* `softness` is the width in pixels over which the edge fades, at least 1. */
void reel_raster_capsule(reel_canvas *canvas, reel_capsule line, reel_rgb colour, double alpha,
                         double softness);

/* A shadow: alpha falls smoothly from the centre to the rim. */
typedef struct {
    double x, y, radius_x, radius_y;
} reel_ellipse;

void reel_raster_shadow(reel_canvas *canvas, reel_ellipse shape, double alpha);

#endif
