/* A picture to draw results on: films' frames, bars, words. */
#ifndef REEL_VABENCH_DRAWING_H
#define REEL_VABENCH_DRAWING_H

#include "reel/status.h"

#include <cairo.h>
#include <stdint.h>

/* White at first. Coordinates are pixels from the top left corner, colours 0xRRGGBB.
 * Owned by the caller, released with reel_drawing_deinit(). */
typedef struct {
    int width, height;
    cairo_surface_t *surface;
    cairo_t *cr;
} reel_drawing;

/* REEL_ERR_MEMORY. */
reel_status reel_drawing_init(reel_drawing *out, int width, int height);
void reel_drawing_deinit(reel_drawing *drawing);

/* rgb u8 [rows, columns, 3], scaled so that it is `width` wide. */
void reel_drawing_picture(reel_drawing *drawing, const uint8_t *rgb, int columns, int rows,
                          double x, double y, double width);

void reel_drawing_bar(reel_drawing *drawing, uint32_t colour, double x, double y, double width,
                      double height);

/* Text of 11 pixels in at most `lines` lines of `width` pixels, 14 pixels apart, the first with its
 * top at y; what does not fit is left out. */
void reel_drawing_text(reel_drawing *drawing, uint32_t colour, const char *text, double x, double y,
                       double width, int lines);

/* PNG. REEL_ERR_MEMORY, REEL_ERR_IO. */
reel_status reel_drawing_write(reel_drawing *drawing, const char *path);

#endif
