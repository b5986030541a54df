/* Blending of sprites, capsules and shadows into u8 RGB. */
#include "world/raster.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
    int left, top, right, bottom; /* right and bottom are past the end */
} box;

void reel_sprite_deinit(reel_sprite *sprite)
{
    free(sprite->bgra);
    sprite->bgra = NULL;
    sprite->size = 0;
}

static int clamp(double value, int high)
{
    if (!(value > 0.0)) {
        return 0;
    }
    return value < high ? (int)value : high;
}

static box covered(const reel_canvas *canvas, double x0, double y0, double x1, double y1)
{
    return (box){
        .left = clamp(floor(x0), canvas->width),
        .top = clamp(floor(y0), canvas->height),
        .right = clamp(ceil(x1) + 1.0, canvas->width),
        .bottom = clamp(ceil(y1) + 1.0, canvas->height),
    };
}

/* Bilinear sample at fixed-point (24.8) sprite coordinates, added to sum[4] scaled by 256 * 256. */
static inline void add_sample(uint32_t sum[4], const reel_sprite *sprite, int u, int v)
{
    int limit = (sprite->size - 1) << 8;
    if (u < 0 || v < 0 || u >= limit || v >= limit) {
        return;
    }
    const uint8_t *a =
        sprite->bgra + 4 * ((size_t)(v >> 8) * (size_t)sprite->size + (size_t)(u >> 8));
    const uint8_t *b = a + 4 * (size_t)sprite->size;
    uint32_t fu = (uint32_t)(u & 255), fv = (uint32_t)(v & 255);
    uint32_t w11 = fu * fv, w10 = (256 - fu) * fv, w01 = fu * (256 - fv),
             w00 = (256 - fu) * (256 - fv);
    for (int c = 0; c < 4; c++) {
        sum[c] += w00 * a[c] + w01 * a[4 + c] + w10 * b[c] + w11 * b[4 + c];
    }
}

/* The four corners of a 2x2 grid inside the canvas pixel, in sprite coordinates. */
typedef struct {
    int u[4], v[4];
} grid;

static inline void blend_pixel(uint8_t *rgb, const reel_sprite *sprite, int u, int v,
                               const grid *offsets)
{
    uint32_t sum[4] = { 0, 0, 0, 0 };
    for (int i = 0; i < 4; i++) {
        add_sample(sum, sprite, u + offsets->u[i], v + offsets->v[i]);
    }
    if (sum[3] == 0) {
        return;
    }
    uint32_t rest = 255 - ((sum[3] + (1u << 17)) >> 18); /* 4 samples x 256 x 256 = 2^18 */
    for (int c = 0; c < 3; c++) {
        uint32_t value = ((sum[2 - c] + (1u << 17)) >> 18) + (rgb[c] * rest + 127) / 255;
        rgb[c] = (uint8_t)(value < 255 ? value : 255);
    }
}

void reel_raster_sprite(reel_canvas *canvas, const reel_sprite *sprite, reel_placement at)
{
    /* Canvas to sprite: undo the stretch, then the turn. */
    double c = cos(at.angle) * sprite->zoom, s = sin(at.angle) * sprite->zoom;
    double wide = at.stretch, high = 1.0 / at.stretch;
    double ux = c * wide, uy = s * high, vx = -s * wide, vy = c * high;
    double half = 0.5 * sprite->size;
    double reach_x = (sprite->radius + 1.0) * high, reach_y = (sprite->radius + 1.0) * wide;
    box area = covered(canvas, at.x - reach_x, at.y - reach_y, at.x + reach_x, at.y + reach_y);
    grid offsets;
    for (int i = 0; i < 4; i++) {
        double dx = i & 1 ? 0.25 : -0.25, dy = i & 2 ? 0.25 : -0.25;
        offsets.u[i] = (int)lrint(256.0 * (ux * dx + uy * dy));
        offsets.v[i] = (int)lrint(256.0 * (vx * dx + vy * dy));
    }
    for (int y = area.top; y < area.bottom; y++) {
        double dy = y + 0.5 - at.y;
        /* The ellipse into which the stretch makes the circle of the sprite's radius. */
        double rest = 1.0 - dy * dy / (reach_y * reach_y);
        double span = rest > 0.0 ? reach_x * sqrt(rest) : 0.0;
        int left = (int)fmax(area.left, floor(at.x - span));
        int right = (int)fmin(area.right, ceil(at.x + span));
        uint8_t *row = canvas->rgb + 3 * (size_t)y * (size_t)canvas->width;
        for (int x = left; x < right; x++) {
            double dx = x + 0.5 - at.x;
            int u = (int)(256.0 * (ux * dx + uy * dy + half - 0.5));
            int v = (int)(256.0 * (vx * dx + vy * dy + half - 0.5));
            blend_pixel(row + 3 * x, sprite, u, v, &offsets);
        }
    }
}

static inline void blend(uint8_t *rgb, reel_rgb colour, float alpha)
{
    const float target[3] = { (float)colour.red * 255.0f, (float)colour.green * 255.0f,
                              (float)colour.blue * 255.0f };
    for (int c = 0; c < 3; c++) {
        float old = rgb[c];
        rgb[c] = (uint8_t)(old + (target[c] - old) * alpha + 0.5f);
    }
}

void reel_raster_capsule(reel_canvas *canvas, reel_capsule line, reel_rgb colour, double alpha,
                         double softness)
{
    double pad = line.radius + softness;
    box area = covered(canvas, fmin(line.x0, line.x1) - pad, fmin(line.y0, line.y1) - pad,
                       fmax(line.x0, line.x1) + pad, fmax(line.y0, line.y1) + pad);
    float x0 = (float)line.x0, y0 = (float)line.y0;
    float wx = (float)(line.x1 - line.x0), wy = (float)(line.y1 - line.y0);
    float square = wx * wx + wy * wy, inverse = square > 0.0f ? 1.0f / square : 0.0f;
    float edge = (float)(line.radius / softness) + 0.5f, per_pixel = (float)(1.0 / softness);
    for (int y = area.top; y < area.bottom; y++) {
        uint8_t *row = canvas->rgb + 3 * (size_t)y * (size_t)canvas->width;
        float py = (float)y + 0.5f - y0;
        for (int x = area.left; x < area.right; x++) {
            float px = (float)x + 0.5f - x0;
            float along = fminf(1.0f, fmaxf(0.0f, (px * wx + py * wy) * inverse));
            float dx = px - along * wx, dy = py - along * wy;
            float cover = edge - sqrtf(dx * dx + dy * dy) * per_pixel;
            if (cover > 0.0f) {
                blend(row + 3 * x, colour, fminf(1.0f, cover) * (float)alpha);
            }
        }
    }
}

void reel_raster_shadow(reel_canvas *canvas, reel_ellipse shape, double alpha)
{
    box area = covered(canvas, shape.x - shape.radius_x, shape.y - shape.radius_y,
                       shape.x + shape.radius_x, shape.y + shape.radius_y);
    float ix = (float)(1.0 / shape.radius_x), iy = (float)(1.0 / shape.radius_y);
    for (int y = area.top; y < area.bottom; y++) {
        uint8_t *row = canvas->rgb + 3 * (size_t)y * (size_t)canvas->width;
        float dy = ((float)y + 0.5f - (float)shape.y) * iy;
        for (int x = area.left; x < area.right; x++) {
            float dx = ((float)x + 0.5f - (float)shape.x) * ix;
            float inside = 1.0f - dx * dx - dy * dy;
            if (inside > 0.0f) {
                float shade = fminf(1.0f, 1.6f * inside);
                blend(row + 3 * x, (reel_rgb){ 0.06, 0.06, 0.10 }, shade * (float)alpha);
            }
        }
    }
}
