/* A street: a row of houses, a pavement, a lamp and the road. */
#include "world/places.h"

typedef struct {
    double x, width, height; /* short sides; x from the left of the row */
    reel_tone front;
    int columns, rows, lit; /* `lit`: which windows shine at night, one bit each */
} house;

static void draw_windows(const reel_stage *stage, const house *h, double x, double base)
{
    static const reel_tone glass = { 0x7E8C97, 0x2A3340 }, shining = { 0x7E8C97, 0xC2B182 };
    double cell_x = h->width / h->columns, cell_y = (h->height - 0.10) / h->rows;
    for (int r = 0; r < h->rows; r++) {
        for (int c = 0; c < h->columns; c++) {
            int lit = h->lit >> (r * h->columns + c) & 1;
            reel_stage_rectangle(stage, lit ? shining : glass, x + (c + 0.28) * cell_x,
                                 base - h->height + 0.04 + r * cell_y, 0.44 * cell_x,
                                 0.58 * cell_y);
        }
    }
}

static void draw_house(const reel_stage *stage, const house *h, double x, double base)
{
    static const reel_tone roof = { 0x7E7672, 0x1E222C }, door = { 0x6E6660, 0x1C2028 };
    reel_stage_rectangle(stage, h->front, x, base - h->height, h->width, h->height);
    reel_stage_rectangle(stage, roof, x - 0.008, base - h->height - 0.022, h->width + 0.016, 0.026);
    draw_windows(stage, h, x, base);
    reel_stage_rectangle(stage, door, x + 0.42 * h->width, base - 0.085, 0.16 * h->width, 0.085);
}

static void draw_lamp(const reel_stage *stage, double x, double base)
{
    static const reel_tone iron = { 0x5E6266, 0x1A1E26 }, lamp = { 0xCFCCBE, 0xD6C793 };
    if (stage->night) {
        cairo_pattern_t *glow =
            cairo_pattern_create_radial(x, base - 0.47, 0.0, x, base - 0.47, 0.24);
        cairo_pattern_add_color_stop_rgba(glow, 0.0, 0.78, 0.72, 0.52, 0.55);
        cairo_pattern_add_color_stop_rgba(glow, 1.0, 0.78, 0.72, 0.52, 0.0);
        cairo_set_source(stage->cr, glow);
        cairo_arc(stage->cr, x, base - 0.47, 0.24, 0.0, 6.2832);
        cairo_fill(stage->cr);
        cairo_pattern_destroy(glow);
    }
    reel_stage_rectangle(stage, iron, x - 0.010, base - 0.46, 0.020, 0.46);
    reel_stage_rectangle(stage, iron, x - 0.022, base - 0.03, 0.044, 0.03);
    reel_stage_disc(stage, lamp, x, base - 0.47, 0.030);
    reel_stage_rectangle(stage, iron, x - 0.032, base - 0.515, 0.064, 0.018);
}

void reel_place_street(const reel_stage *stage)
{
    static const reel_tone sky_top = { 0xA6B5C2, 0x171D2E }, sky_low = { 0xCCD0CF, 0x363F54 };
    static const reel_tone cloud = { 0xD6D8D9, 0x2B3448 };
    static const reel_tone pavement = { 0xB6B3AC, 0x4A4C54 }, kerb = { 0xC6C3BC, 0x5A5C62 };
    static const reel_tone road = { 0x8E9092, 0x30333C }, road_low = { 0x7E8083, 0x272A33 };
    static const reel_tone stripe = { 0xBFBDB4, 0x595C62 };
    static const house row[] = {
        { 0.00, 0.34, 0.44, { 0xB5A89C, 0x2E323E }, 2, 3, 0x09 },
        { 0.34, 0.27, 0.34, { 0x9FAAB0, 0x272D3A }, 2, 2, 0x04 },
        { 0.61, 0.36, 0.50, { 0xA8A598, 0x2C303A }, 3, 3, 0x54 },
        { 0.97, 0.30, 0.38, { 0xB3A099, 0x302F3A }, 2, 2, 0x02 },
        { 1.27, 0.31, 0.46, { 0x9CA8A4, 0x272F38 }, 2, 3, 0x12 },
        { 1.58, 0.30, 0.36, { 0xB0AAA2, 0x2D303A }, 2, 2, 0x08 },
        { 1.88, 0.36, 0.44, { 0xA6A19C, 0x292D38 }, 3, 3, 0x21 },
        { 2.24, 0.30, 0.40, { 0xB5A89C, 0x2E323E }, 2, 2, 0x01 },
    };
    double w = stage->width, ground = stage->ground, base = ground - 0.14;
    reel_stage_gradient(stage, sky_top, sky_low, 0.0, base);
    reel_stage_stars(stage, base - 0.42);
    reel_stage_sky_light(stage, 0.30 * w, ground - 0.72, 0.055);
    reel_stage_cloud(stage, cloud, 0.62 * w, ground - 0.73, 0.10);
    for (int i = 0; i < 8 && row[i].x < w; i++) {
        draw_house(stage, &row[i], row[i].x, base);
    }
    reel_stage_rectangle(stage, pavement, 0.0, base, w, 0.075);
    draw_lamp(stage, 0.86 * w, base + 0.04);
    reel_stage_rectangle(stage, kerb, 0.0, base + 0.075, w, 0.016);
    reel_stage_gradient(stage, road, road_low, base + 0.091, stage->height);
    for (double x = 0.05; x < w; x += 0.30) {
        reel_stage_rectangle(stage, stripe, x, ground + 0.085, 0.16, 0.018);
    }
}
