/* Shapes that several places share. */
#include "world/stage.h"

#include "base/rng.h"

#include <math.h>

enum { SEQUENCE_STARS = 1 };

static void set_source(cairo_t *cr, uint32_t hex, double alpha)
{
    cairo_set_source_rgba(cr, (hex >> 16 & 255) / 255.0, (hex >> 8 & 255) / 255.0,
                          (hex & 255) / 255.0, alpha);
}

static uint32_t hex_of(const reel_stage *stage, reel_tone tone)
{
    return stage->night ? tone.night : tone.day;
}

void reel_stage_tone(const reel_stage *stage, reel_tone tone)
{
    set_source(stage->cr, hex_of(stage, tone), 1.0);
}

void reel_stage_rectangle(const reel_stage *stage, reel_tone tone, double x, double y, double width,
                          double height)
{
    reel_stage_tone(stage, tone);
    cairo_rectangle(stage->cr, x, y, width, height);
    cairo_fill(stage->cr);
}

static void add_stop(cairo_pattern_t *pattern, double at, uint32_t hex, double alpha)
{
    cairo_pattern_add_color_stop_rgba(pattern, at, (hex >> 16 & 255) / 255.0,
                                      (hex >> 8 & 255) / 255.0, (hex & 255) / 255.0, alpha);
}

void reel_stage_gradient(const reel_stage *stage, reel_tone top, reel_tone bottom, double y0,
                         double y1)
{
    cairo_pattern_t *pattern = cairo_pattern_create_linear(0.0, y0, 0.0, y1);
    add_stop(pattern, 0.0, hex_of(stage, top), 1.0);
    add_stop(pattern, 1.0, hex_of(stage, bottom), 1.0);
    cairo_set_source(stage->cr, pattern);
    cairo_rectangle(stage->cr, 0.0, y0, stage->width, y1 - y0);
    cairo_fill(stage->cr);
    cairo_pattern_destroy(pattern);
}

void reel_stage_disc(const reel_stage *stage, reel_tone tone, double x, double y, double radius)
{
    reel_stage_tone(stage, tone);
    cairo_arc(stage->cr, x, y, radius, 0.0, 2.0 * M_PI);
    cairo_fill(stage->cr);
}

void reel_stage_hills(const reel_stage *stage, reel_tone tone, double y, double swing, double waves,
                      double phase)
{
    static const double step = 0.02;
    reel_stage_tone(stage, tone);
    cairo_move_to(stage->cr, -step, stage->height + step);
    for (double x = -step; x <= stage->width + 2.0 * step; x += step) {
        double a = 2.0 * M_PI * waves * x + phase;
        cairo_line_to(stage->cr, x, y - swing * (0.7 * sin(a) + 0.3 * sin(2.3 * a + 1.0)));
    }
    cairo_line_to(stage->cr, stage->width + 2.0 * step, stage->height + step);
    cairo_close_path(stage->cr);
    cairo_fill(stage->cr);
}

static void trace(cairo_t *cr, const double *xy, int count)
{
    for (int i = 0; i < count; i++) {
        cairo_line_to(cr, xy[2 * i], xy[2 * i + 1]);
    }
}

void reel_stage_polygon(const reel_stage *stage, reel_tone tone, const double *xy, int count)
{
    reel_stage_tone(stage, tone);
    trace(stage->cr, xy, count);
    cairo_close_path(stage->cr);
    cairo_fill(stage->cr);
}

void reel_stage_line(const reel_stage *stage, reel_tone tone, double width, const double *xy,
                     int count)
{
    reel_stage_tone(stage, tone);
    cairo_set_line_width(stage->cr, width);
    cairo_set_line_cap(stage->cr, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_join(stage->cr, CAIRO_LINE_JOIN_ROUND);
    trace(stage->cr, xy, count);
    cairo_stroke(stage->cr);
}

void reel_stage_sky_light(const reel_stage *stage, double x, double y, double radius)
{
    static const reel_tone glow = { 0xDCD8C6, 0x8E9CB0 }, face = { 0xDDD7BC, 0xC9CDC6 };
    cairo_pattern_t *halo = cairo_pattern_create_radial(x, y, radius, x, y, 3.2 * radius);
    add_stop(halo, 0.0, hex_of(stage, glow), stage->night ? 0.30 : 0.55);
    add_stop(halo, 1.0, hex_of(stage, glow), 0.0);
    cairo_set_source(stage->cr, halo);
    cairo_arc(stage->cr, x, y, 3.2 * radius, 0.0, 2.0 * M_PI);
    cairo_fill(stage->cr);
    cairo_pattern_destroy(halo);
    reel_stage_disc(stage, face, x, y, radius);
    if (stage->night) {
        static const reel_tone crater = { 0, 0xAEB4B2 };
        reel_stage_disc(stage, crater, x - 0.35 * radius, y - 0.15 * radius, 0.22 * radius);
        reel_stage_disc(stage, crater, x + 0.25 * radius, y + 0.35 * radius, 0.16 * radius);
        reel_stage_disc(stage, crater, x + 0.30 * radius, y - 0.40 * radius, 0.12 * radius);
    }
}

void reel_stage_stars(const reel_stage *stage, double bottom)
{
    if (!stage->night) {
        return;
    }
    static const reel_tone spark = { 0, 0x9CA8BC };
    reel_rng rng = reel_rng_at(0, SEQUENCE_STARS);
    int count = (int)(34.0 * bottom * stage->width);
    for (int i = 0; i < count; i++) {
        double x = reel_rng_uniform(&rng) * stage->width, y = reel_rng_uniform(&rng) * bottom;
        reel_stage_disc(stage, spark, x, y, 0.0025 + 0.0045 * reel_rng_uniform(&rng));
    }
}

void reel_stage_cloud(const reel_stage *stage, reel_tone tone, double x, double y, double size)
{
    static const double puffs[][3] = {
        { -0.55, 0.06, 0.26 }, { -0.18, -0.12, 0.36 }, { 0.25, -0.04, 0.30 }, { 0.58, 0.08, 0.22 }
    };
    for (int i = 0; i < 4; i++) {
        reel_stage_disc(stage, tone, x + size * puffs[i][0], y + size * puffs[i][1],
                        size * puffs[i][2]);
    }
    reel_stage_rectangle(stage, tone, x - 0.58 * size, y + 0.05 * size, 1.18 * size, 0.25 * size);
}

void reel_stage_tree(const reel_stage *stage, double x, double y, double size)
{
    static const reel_tone trunk = { 0x7A6C60, 0x2A2A30 }, shadow = { 0x74896E, 0x223034 },
                           leaves = { 0x879D7C, 0x2B3C3E };
    reel_stage_rectangle(stage, trunk, x - 0.05 * size, y - 0.45 * size, 0.10 * size, 0.45 * size);
    static const double crown[][3] = { { -0.20, -0.55, 0.24 },
                                       { 0.22, -0.55, 0.24 },
                                       { 0.02, -0.76, 0.26 } };
    for (int i = 0; i < 3; i++) {
        reel_stage_disc(stage, shadow, x + size * crown[i][0], y + size * crown[i][1],
                        size * crown[i][2]);
    }
    for (int i = 0; i < 3; i++) {
        reel_stage_disc(stage, leaves, x + size * (crown[i][0] - 0.03),
                        y + size * (crown[i][1] - 0.05), size * 0.80 * crown[i][2]);
    }
}
