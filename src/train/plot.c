/* Drawing the loss with cairo: steps to the right, loss upwards on a logarithmic axis. */
#include "train/plot.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"

#include <cairo/cairo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 1000, HEIGHT = 500, LEFT = 70, RIGHT = 20, TOP = 40, BOTTOM = 40 };

static const size_t LOG_LIMIT = (size_t)256 << 20;

typedef struct {
    double step, loss, mean;
} point;

typedef struct {
    point *points;
    int count;
    double low, high; /* log10 of the loss */
} curve;

static void add_line(curve *c, const char *line, size_t length)
{
    json_t *object = json_loadb(line, length, 0, NULL);
    const json_t *step = json_object_get(object, "step"), *loss = json_object_get(object, "loss");
    if (json_is_number(step) && json_is_number(loss) && json_number_value(loss) > 0) {
        point p = { .step = json_number_value(step), .loss = log10(json_number_value(loss)) };
        p.mean = c->count ? 0.95 * c->points[c->count - 1].mean + 0.05 * p.loss : p.loss;
        c->low = c->count && c->low < p.loss ? c->low : p.loss;
        c->high = c->count && c->high > p.loss ? c->high : p.loss;
        c->points[c->count++] = p;
    }
    json_decref(object);
}

static reel_status read_curve(curve *c, const char *path)
{
    char *text = NULL;
    *c = (curve){ 0 };
    REEL_TRY(reel_file_read(&text, NULL, path, LOG_LIMIT));
    size_t lines = 1;
    for (const char *p = text; *p; p++) {
        lines += *p == '\n';
    }
    c->points = malloc(lines * sizeof *c->points);
    if (!c->points) {
        free(text);
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for %zu lines", path, lines);
    }
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n");
        add_line(c, line, length);
        line += length + (line[length] == '\n');
    }
    free(text);
    return REEL_OK;
}

static double x_of(const curve *c, double step)
{
    double last = c->points[c->count - 1].step;
    return LEFT + (WIDTH - LEFT - RIGHT) * (last > 0 ? step / last : 0);
}

static double y_of(const curve *c, double loss)
{
    double span = c->high - c->low > 1e-6 ? c->high - c->low : 1e-6;
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (loss - c->low) / span;
}

static void write_text(cairo_t *cr, double x, double y, const char *text)
{
    cairo_move_to(cr, x, y);
    cairo_show_text(cr, text);
}

static void draw_axes(cairo_t *cr, const curve *c, const char *title)
{
    enum { TICKS = 5 };
    char text[160];
    cairo_set_line_width(cr, 1);
    cairo_set_font_size(cr, 13);
    for (int i = 0; i <= TICKS; i++) {
        double share = (double)i / TICKS;
        double loss = c->low + (c->high - c->low) * share, y = y_of(c, loss);
        double step = c->points[c->count - 1].step * share, x = x_of(c, step);
        cairo_set_source_rgb(cr, 0.88, 0.88, 0.88);
        cairo_move_to(cr, LEFT, y);
        cairo_line_to(cr, WIDTH - RIGHT, y);
        cairo_move_to(cr, x, TOP);
        cairo_line_to(cr, x, HEIGHT - BOTTOM);
        cairo_stroke(cr);
        cairo_set_source_rgb(cr, 0.25, 0.25, 0.25);
        snprintf(text, sizeof text, "%.4g", pow(10, loss));
        write_text(cr, 8, y + 4, text);
        snprintf(text, sizeof text, "%.0f", step);
        write_text(cr, x - 16, HEIGHT - 14, text);
    }
    const point *last = &c->points[c->count - 1];
    snprintf(text, sizeof text, "%s: loss by step, now %.4g", title, pow(10, last->mean));
    cairo_set_font_size(cr, 16);
    write_text(cr, LEFT, 24, text);
}

static void draw_curve(cairo_t *cr, const curve *c)
{
    cairo_set_source_rgba(cr, 0.35, 0.55, 0.85, 0.35);
    for (int i = 0; i < c->count; i++) {
        cairo_arc(cr, x_of(c, c->points[i].step), y_of(c, c->points[i].loss), 1.5, 0, 6.2832);
        cairo_fill(cr);
    }
    cairo_set_source_rgb(cr, 0.1, 0.25, 0.6);
    cairo_set_line_width(cr, 2);
    for (int i = 0; i < c->count; i++) {
        cairo_line_to(cr, x_of(c, c->points[i].step), y_of(c, c->points[i].mean));
    }
    cairo_stroke(cr);
}

reel_status reel_plot_draw(const char *log_path, const char *png_path, const char *title)
{
    curve c;
    reel_status status = read_curve(&c, log_path);
    if (status < 0 || c.count == 0) {
        free(c.points);
        return status;
    }
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, WIDTH, HEIGHT);
    cairo_t *cr = cairo_create(surface);
    cairo_set_source_rgb(cr, 1, 1, 1);
    cairo_paint(cr);
    draw_axes(cr, &c, title);
    draw_curve(cr, &c);
    cairo_destroy(cr);
    cairo_status_t written = cairo_surface_write_to_png(surface, png_path);
    cairo_surface_destroy(surface);
    free(c.points);
    if (written != CAIRO_STATUS_SUCCESS) {
        return REEL_FAIL(REEL_ERR_IO, "%s: %s", png_path, cairo_status_to_string(written));
    }
    return REEL_OK;
}
