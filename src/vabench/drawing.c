/* Drawing with cairo onto pixels that the media room writes. */
#include "vabench/drawing.h"

#include "base/error.h"
#include "media/image.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_SIZE 11.0
#define TEXT_LINE 14.0

reel_status reel_drawing_init(reel_drawing *out, int width, int height)
{
    *out = (reel_drawing){ .width = width, .height = height };
    out->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    out->cr = cairo_create(out->surface);
    if (cairo_status(out->cr) != CAIRO_STATUS_SUCCESS) {
        reel_drawing_deinit(out);
        return REEL_FAIL(REEL_ERR_MEMORY, "drawing: no memory for %dx%d pixels", width, height);
    }
    cairo_set_source_rgb(out->cr, 1.0, 1.0, 1.0);
    cairo_paint(out->cr);
    cairo_select_font_face(out->cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(out->cr, TEXT_SIZE);
    return REEL_OK;
}

void reel_drawing_deinit(reel_drawing *drawing)
{
    if (drawing->cr) {
        cairo_destroy(drawing->cr);
        cairo_surface_destroy(drawing->surface);
        drawing->cr = NULL;
        drawing->surface = NULL;
    }
}

static void set_colour(cairo_t *cr, uint32_t colour)
{
    cairo_set_source_rgb(cr, (colour >> 16 & 255) / 255.0, (colour >> 8 & 255) / 255.0,
                         (colour & 255) / 255.0);
}

void reel_drawing_picture(reel_drawing *drawing, const uint8_t *rgb, int columns, int rows,
                          double x, double y, double width)
{
    cairo_surface_t *picture = cairo_image_surface_create(CAIRO_FORMAT_RGB24, columns, rows);
    if (cairo_surface_status(picture) == CAIRO_STATUS_SUCCESS) {
        uint8_t *pixels = cairo_image_surface_get_data(picture);
        int stride = cairo_image_surface_get_stride(picture);
        for (int j = 0; j < rows; j++) {
            for (int i = 0; i < columns; i++) {
                const uint8_t *in = rgb + 3 * ((size_t)j * (size_t)columns + (size_t)i);
                uint32_t pixel = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];
                memcpy(pixels + (size_t)j * (size_t)stride + 4 * (size_t)i, &pixel, sizeof pixel);
            }
        }
        cairo_surface_mark_dirty(picture);
        cairo_save(drawing->cr);
        cairo_translate(drawing->cr, x, y);
        cairo_scale(drawing->cr, width / columns, width / columns);
        cairo_set_source_surface(drawing->cr, picture, 0.0, 0.0);
        cairo_paint(drawing->cr);
        cairo_restore(drawing->cr);
    }
    cairo_surface_destroy(picture);
}

void reel_drawing_bar(reel_drawing *drawing, uint32_t colour, double x, double y, double width,
                      double height)
{
    set_colour(drawing->cr, colour);
    cairo_rectangle(drawing->cr, x, y, width, height);
    cairo_fill(drawing->cr);
}

/* How many bytes of `text` fit: whole words where possible. */
static size_t fitting(cairo_t *cr, const char *text, double width)
{
    char line[256];
    size_t fits = 0, length = strlen(text);
    for (size_t n = 1; n <= length && n < sizeof line; n++) {
        if (n < length && text[n] != ' ') {
            continue;
        }
        memcpy(line, text, n);
        line[n] = '\0';
        cairo_text_extents_t extents;
        cairo_text_extents(cr, line, &extents);
        if (extents.x_advance > width && fits > 0) {
            break;
        }
        fits = n;
    }
    return fits;
}

void reel_drawing_text(reel_drawing *drawing, uint32_t colour, const char *text, double x, double y,
                       double width, int lines)
{
    set_colour(drawing->cr, colour);
    for (int i = 0; i < lines && *text; i++) {
        char line[256];
        size_t count = fitting(drawing->cr, text, width);
        if (count == 0) {
            return;
        }
        memcpy(line, text, count);
        line[count] = '\0';
        cairo_move_to(drawing->cr, x, y + TEXT_SIZE + i * TEXT_LINE);
        cairo_show_text(drawing->cr, line);
        text += count;
        text += *text == ' ';
    }
}

reel_status reel_drawing_write(reel_drawing *drawing, const char *path)
{
    size_t columns = (size_t)drawing->width, rows = (size_t)drawing->height;
    uint8_t *rgb = malloc(3 * columns * rows);
    if (!rgb) {
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for %zu pixels", path, columns * rows);
    }
    cairo_surface_flush(drawing->surface);
    const uint8_t *pixels = cairo_image_surface_get_data(drawing->surface);
    size_t stride = (size_t)cairo_image_surface_get_stride(drawing->surface);
    for (size_t i = 0; i < columns * rows; i++) {
        uint32_t pixel;
        memcpy(&pixel, pixels + i / columns * stride + 4 * (i % columns), sizeof pixel);
        rgb[3 * i] = (uint8_t)(pixel >> 16);
        rgb[3 * i + 1] = (uint8_t)(pixel >> 8);
        rgb[3 * i + 2] = (uint8_t)pixel;
    }
    reel_status status = reel_image_write(path, rgb, drawing->width, drawing->height, 0);
    free(rgb);
    return status;
}
