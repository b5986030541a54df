/* The six objects as cairo paths, and their hulls for contact. */
#include "world/objects.h"

#include "base/error.h"

#include <cairo.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    double x, y;
} point;

/* ---- silhouettes ---- */

static void ball_path(cairo_t *cr)
{
    cairo_arc(cr, 0.0, 0.0, 0.5, 0.0, 2.0 * M_PI);
}

static void crate_path(cairo_t *cr)
{
    cairo_rectangle(cr, -0.5, -0.5, 1.0, 1.0);
}

static void bell_path(cairo_t *cr)
{
    cairo_move_to(cr, -0.09, -0.50);
    cairo_line_to(cr, 0.09, -0.50);
    cairo_line_to(cr, 0.09, -0.42);
    cairo_curve_to(cr, 0.34, -0.40, 0.26, -0.02, 0.36, 0.18);
    cairo_curve_to(cr, 0.40, 0.26, 0.50, 0.30, 0.50, 0.38);
    cairo_line_to(cr, 0.12, 0.38);
    cairo_arc(cr, 0.0, 0.38, 0.12, 0.0, M_PI);
    cairo_line_to(cr, -0.50, 0.38);
    cairo_curve_to(cr, -0.50, 0.30, -0.40, 0.26, -0.36, 0.18);
    cairo_curve_to(cr, -0.26, -0.02, -0.34, -0.40, -0.09, -0.42);
    cairo_close_path(cr);
}

static void bottle_path(cairo_t *cr)
{
    cairo_move_to(cr, -0.13, -0.58);
    cairo_line_to(cr, 0.13, -0.58);
    cairo_line_to(cr, 0.13, -0.48);
    cairo_line_to(cr, 0.095, -0.48);
    cairo_line_to(cr, 0.095, -0.26);
    cairo_curve_to(cr, 0.11, -0.12, 0.27, -0.12, 0.27, 0.06);
    cairo_line_to(cr, 0.27, 0.50);
    cairo_line_to(cr, 0.21, 0.56);
    cairo_line_to(cr, -0.21, 0.56);
    cairo_line_to(cr, -0.27, 0.50);
    cairo_line_to(cr, -0.27, 0.06);
    cairo_curve_to(cr, -0.27, -0.12, -0.11, -0.12, -0.095, -0.26);
    cairo_line_to(cr, -0.095, -0.48);
    cairo_line_to(cr, -0.13, -0.48);
    cairo_close_path(cr);
}

#define STAR_OUTER 0.56
#define STAR_INNER 0.255

static void star_path(cairo_t *cr)
{
    for (int i = 0; i < 10; i++) {
        double radius = i % 2 ? STAR_INNER : STAR_OUTER, angle = M_PI * i / 5.0;
        cairo_line_to(cr, radius * sin(angle), -radius * cos(angle));
    }
    cairo_close_path(cr);
}

static void cone_path(cairo_t *cr)
{
    cairo_move_to(cr, -0.07, -0.52);
    cairo_line_to(cr, 0.07, -0.52);
    cairo_line_to(cr, 0.34, 0.36);
    cairo_line_to(cr, 0.50, 0.36);
    cairo_line_to(cr, 0.50, 0.48);
    cairo_line_to(cr, -0.50, 0.48);
    cairo_line_to(cr, -0.50, 0.36);
    cairo_line_to(cr, -0.34, 0.36);
    cairo_close_path(cr);
}

/* ---- details inside the silhouette; the painter sets shades ---- */

typedef struct {
    cairo_t *cr;
    reel_rgb base;
} painter;

/* amount < 0: towards black, > 0: towards white. */
static void shade(const painter *p, double amount)
{
    double target = amount > 0.0 ? 1.0 : 0.0, a = fabs(amount);
    cairo_set_source_rgb(p->cr, p->base.red + (target - p->base.red) * a,
                         p->base.green + (target - p->base.green) * a,
                         p->base.blue + (target - p->base.blue) * a);
}

static void fill_polygon(cairo_t *cr, const point *points, int count)
{
    for (int i = 0; i < count; i++) {
        cairo_line_to(cr, points[i].x, points[i].y);
    }
    cairo_close_path(cr);
    cairo_fill(cr);
}

static void ball_details(const painter *p)
{
    shade(p, -0.30);
    cairo_set_line_width(p->cr, 0.13);
    cairo_arc(p->cr, 0.0, -0.62, 0.62, 0.12 * M_PI, 0.88 * M_PI);
    cairo_stroke(p->cr);
    shade(p, 0.55);
    cairo_arc(p->cr, -0.19, -0.27, 0.085, 0.0, 2.0 * M_PI);
    cairo_fill(p->cr);
}

static void crate_details(const painter *p)
{
    shade(p, -0.30);
    cairo_set_line_width(p->cr, 0.12);
    cairo_move_to(p->cr, -0.31, 0.31);
    cairo_line_to(p->cr, 0.31, -0.31);
    cairo_stroke(p->cr);
    cairo_set_line_width(p->cr, 0.05);
    cairo_rectangle(p->cr, -0.34, -0.34, 0.68, 0.68);
    cairo_stroke(p->cr);
    shade(p, 0.40);
    cairo_rectangle(p->cr, -0.46, -0.46, 0.92, 0.05);
    cairo_fill(p->cr);
}

static void bell_details(const painter *p)
{
    shade(p, -0.32);
    cairo_rectangle(p->cr, -0.5, 0.16, 1.0, 0.075);
    cairo_fill(p->cr);
    cairo_arc(p->cr, 0.0, 0.38, 0.13, 0.0, M_PI);
    cairo_fill(p->cr);
    shade(p, 0.50);
    cairo_set_line_width(p->cr, 0.07);
    cairo_set_line_cap(p->cr, CAIRO_LINE_CAP_ROUND);
    cairo_move_to(p->cr, -0.13, -0.28);
    cairo_curve_to(p->cr, -0.17, -0.16, -0.17, -0.06, -0.19, 0.06);
    cairo_stroke(p->cr);
}

static void bottle_details(const painter *p)
{
    shade(p, -0.32);
    cairo_rectangle(p->cr, -0.2, -0.6, 0.4, 0.12);
    cairo_fill(p->cr);
    shade(p, 0.35);
    cairo_rectangle(p->cr, -0.28, 0.16, 0.56, 0.22);
    cairo_fill(p->cr);
    shade(p, 0.60);
    cairo_set_line_width(p->cr, 0.06);
    cairo_set_line_cap(p->cr, CAIRO_LINE_CAP_ROUND);
    cairo_move_to(p->cr, -0.16, 0.02);
    cairo_line_to(p->cr, -0.16, 0.44);
    cairo_stroke(p->cr);
}

/* Facets: the right half of every ray lies in shade. */
static void star_details(const painter *p)
{
    shade(p, -0.22);
    for (int i = 0; i < 5; i++) {
        double tip = 2.0 * M_PI * i / 5.0, notch = tip + M_PI / 5.0;
        const point facet[3] = { { 0.0, 0.0 },
                                 { STAR_OUTER * sin(tip), -STAR_OUTER * cos(tip) },
                                 { STAR_INNER * sin(notch), -STAR_INNER * cos(notch) } };
        fill_polygon(p->cr, facet, 3);
    }
    shade(p, 0.55);
    cairo_arc(p->cr, -0.07, -0.12, 0.055, 0.0, 2.0 * M_PI);
    cairo_fill(p->cr);
}

static void cone_details(const painter *p)
{
    shade(p, 0.62);
    cairo_rectangle(p->cr, -0.5, -0.10, 1.0, 0.17);
    cairo_fill(p->cr);
    shade(p, -0.32);
    cairo_rectangle(p->cr, -0.5, 0.36, 1.0, 0.12);
    cairo_fill(p->cr);
}

/* ---- hulls: corners of the convex hull, enough to touch the ground within 1 % ---- */

static const point crate_hull[] = { { 0.5, 0.5 }, { -0.5, 0.5 }, { -0.5, -0.5 }, { 0.5, -0.5 } };
static const point bell_hull[] = { { 0.09, -0.50 },  { -0.09, -0.50 }, { 0.26, -0.33 },
                                   { -0.26, -0.33 }, { 0.50, 0.38 },   { -0.50, 0.38 },
                                   { 0.05, 0.49 },   { -0.05, 0.49 },  { 0.0, 0.50 },
                                   { 0.10, 0.45 },   { -0.10, 0.45 } };
static const point bottle_hull[] = { { 0.13, -0.58 }, { -0.13, -0.58 }, { 0.27, 0.02 },
                                     { -0.27, 0.02 }, { 0.27, 0.50 },   { -0.27, 0.50 },
                                     { 0.21, 0.56 },  { -0.21, 0.56 } };
static const point star_hull[] = { /* STAR_OUTER at 0, 72, 144, ... degrees */
                                   { 0.0, -0.56 },
                                   { 0.5326, -0.1730 },
                                   { 0.3292, 0.4530 },
                                   { -0.3292, 0.4530 },
                                   { -0.5326, -0.1730 }
};
static const point cone_hull[] = { { 0.07, -0.52 }, { -0.07, -0.52 }, { 0.50, 0.36 },
                                   { -0.50, 0.36 }, { 0.50, 0.48 },   { -0.50, 0.48 } };

typedef struct {
    void (*path)(cairo_t *cr);
    void (*details)(const painter *p);
    const point *hull; /* NULL: a circle of diameter 1 */
    int hull_count;
    double top;
} shape;

#define HULL(points) points, (int)(sizeof(points) / sizeof(points)[0])

static const shape shapes[REEL_OBJECT_COUNT] = {
    [REEL_OBJECT_BALL] = { ball_path, ball_details, NULL, 0, 0.50 },
    [REEL_OBJECT_CRATE] = { crate_path, crate_details, HULL(crate_hull), 0.50 },
    [REEL_OBJECT_BELL] = { bell_path, bell_details, HULL(bell_hull), 0.50 },
    [REEL_OBJECT_BOTTLE] = { bottle_path, bottle_details, HULL(bottle_hull), 0.58 },
    [REEL_OBJECT_STAR] = { star_path, star_details, HULL(star_hull), 0.56 },
    [REEL_OBJECT_CONE] = { cone_path, cone_details, HULL(cone_hull), 0.52 },
};

double reel_object_reach(reel_object object, double angle, double x, double y)
{
    const shape *s = &shapes[object];
    if (!s->hull) {
        return 0.5;
    }
    /* Turning the shape clockwise is turning the direction back. */
    double c = cos(angle), sine = sin(angle);
    double u = c * x + sine * y, v = c * y - sine * x, best = 0.0;
    for (int i = 0; i < s->hull_count; i++) {
        best = fmax(best, s->hull[i].x * u + s->hull[i].y * v);
    }
    return best;
}

double reel_object_top(reel_object object)
{
    return shapes[object].top;
}

/* Distance of the farthest point of the shape from its centre, in diameters. */
static double farthest(const shape *s)
{
    double best = s->hull ? 0.0 : 0.5;
    for (int i = 0; i < s->hull_count; i++) {
        best = fmax(best, hypot(s->hull[i].x, s->hull[i].y));
    }
    return best;
}

static void paint(cairo_t *cr, const shape *s, reel_rgb base, double outline)
{
    painter p = { cr, base };
    cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
    s->path(cr);
    cairo_save(cr);
    cairo_clip(cr);
    shade(&p, 0.0);
    cairo_paint(cr);
    s->details(&p);
    cairo_set_line_cap(cr, CAIRO_LINE_CAP_BUTT);
    s->path(cr);
    cairo_set_line_width(cr, 0.13);
    shade(&p, -0.30);
    cairo_stroke(cr); /* only its inner half is inside the clip: the darker rim */
    cairo_restore(cr);
    s->path(cr);
    cairo_set_line_width(cr, outline);
    cairo_set_source_rgb(cr, 0.08, 0.08, 0.11);
    cairo_stroke(cr);
}

reel_status reel_object_draw(reel_sprite *out, reel_object object, reel_colour colour,
                             double diameter)
{
    static const double zoom = 2.0,
                        field = 1.52; /* diameters shown: the crate's corners reach 0.71 */
    int size = (int)ceil(field * diameter * zoom) + 8;
    uint8_t *bgra = calloc((size_t)size * (size_t)size, 4);
    if (!bgra) {
        return REEL_FAIL(REEL_ERR_MEMORY, "sprite: no memory for %d x %d pixels", size, size);
    }
    cairo_surface_t *surface =
        cairo_image_surface_create_for_data(bgra, CAIRO_FORMAT_ARGB32, size, size, size * 4);
    cairo_t *cr = cairo_create(surface);
    double scale = diameter * zoom;
    cairo_translate(cr, 0.5 * size, 0.5 * size);
    cairo_scale(cr, scale, scale);
    const reel_colour_row *c = &reel_colours[colour];
    double outline = fmax(0.040, 1.0 / diameter); /* one pixel of the smallest frame */
    paint(cr, &shapes[object], (reel_rgb){ c->red, c->green, c->blue }, outline);
    int failed = cairo_status(cr) != CAIRO_STATUS_SUCCESS;
    cairo_surface_flush(surface);
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
    if (failed) {
        free(bgra);
        return REEL_FAIL(REEL_ERR_MEMORY, "sprite: cairo has no memory for %d x %d pixels", size,
                         size);
    }
    double radius = (farthest(&shapes[object]) + 0.5 * outline) * diameter + 1.0;
    *out = (reel_sprite){ .bgra = bgra, .size = size, .zoom = zoom, .radius = radius };
    return REEL_OK;
}
