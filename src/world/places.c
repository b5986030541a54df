/* From a scene's place to pixels: the table of painters and the surface they paint on. */
#include "world/places.h"

#include "base/error.h"

#include <stddef.h>

static void (*const painters[REEL_PLACE_COUNT])(const reel_stage *stage) = {
    [REEL_PLACE_MEADOW] = reel_place_meadow, [REEL_PLACE_BEACH] = reel_place_beach,
    [REEL_PLACE_STREET] = reel_place_street, [REEL_PLACE_ROOM] = reel_place_room,
    [REEL_PLACE_DESERT] = reel_place_desert,
};

/* Cairo's RGB24 is one native 32-bit word per pixel. */
static void copy_rgb(uint8_t *rgb, cairo_surface_t *surface, int width, int height)
{
    const unsigned char *data = cairo_image_surface_get_data(surface);
    int stride = cairo_image_surface_get_stride(surface);
    for (int y = 0; y < height; y++) {
        const uint32_t *row = (const uint32_t *)(const void *)(data + (size_t)y * (size_t)stride);
        for (int x = 0; x < width; x++) {
            *rgb++ = (uint8_t)(row[x] >> 16);
            *rgb++ = (uint8_t)(row[x] >> 8);
            *rgb++ = (uint8_t)row[x];
        }
    }
}

reel_status reel_place_draw(uint8_t *rgb, const reel_scene *scene, int width, int height)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    cairo_t *cr = cairo_create(surface);
    cairo_scale(cr, width / scene->width, height / scene->height);
    reel_stage stage = {
        .cr = cr,
        .width = scene->width,
        .height = scene->height,
        .ground = REEL_GROUND_LINE * scene->height,
        .night = scene->daytime == REEL_DAYTIME_NIGHT,
    };
    painters[scene->place](&stage);
    cairo_surface_flush(surface);
    reel_status status = REEL_OK;
    if (cairo_status(cr) != CAIRO_STATUS_SUCCESS) {
        status = REEL_FAIL(REEL_ERR_MEMORY, "backdrop: cairo has no memory for %d x %d pixels",
                           width, height);
    } else {
        copy_rgb(rgb, surface, width, height);
    }
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
    return status;
}
