/* What the places paint with: a cairo context in short sides of the frame and muted tones.
 *
 * Backdrops keep away from the objects' colours: every tone has max(r, g, b) below 0.87 and a
 * chroma (max - min) below 0.31, so that the brightest or most colourful thing in a frame is
 * always the object. */
#ifndef REEL_WORLD_STAGE_H
#define REEL_WORLD_STAGE_H

#include <cairo.h>
#include <stdint.h>

typedef struct {
    cairo_t *cr;
    double width, height; /* of the frame, short sides */
    double ground;        /* y of the line on which objects stand */
    int night;
} reel_stage;

/* One thing's colour by day and by night, 0xRRGGBB. */
typedef struct {
    uint32_t day, night;
} reel_tone;

void reel_stage_tone(const reel_stage *stage, reel_tone tone);

void reel_stage_rectangle(const reel_stage *stage, reel_tone tone, double x, double y, double width,
                          double height);

/* From y0 (top) down to y1 over the full width, one tone fading into the other. */
void reel_stage_gradient(const reel_stage *stage, reel_tone top, reel_tone bottom, double y0,
                         double y1);

void reel_stage_disc(const reel_stage *stage, reel_tone tone, double x, double y, double radius);

/* Rolling ground from `y` down: waves of height `swing`, `waves` of them per short side. */
void reel_stage_hills(const reel_stage *stage, reel_tone tone, double y, double swing, double waves,
                      double phase);

/* A filled polygon through `count` points (x0, y0, x1, y1, ...). */
void reel_stage_polygon(const reel_stage *stage, reel_tone tone, const double *xy, int count);

void reel_stage_line(const reel_stage *stage, reel_tone tone, double width, const double *xy,
                     int count);

/* Sun or moon at (x, y), with its halo. */
void reel_stage_sky_light(const reel_stage *stage, double x, double y, double radius);

/* By day nothing; by night fixed stars above `bottom`. */
void reel_stage_stars(const reel_stage *stage, double bottom);

void reel_stage_cloud(const reel_stage *stage, reel_tone tone, double x, double y, double size);

/* A round tree standing at (x, y), `size` high. */
void reel_stage_tree(const reel_stage *stage, double x, double y, double size);

#endif
