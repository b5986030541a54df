/* A room: a window, a picture, a standing lamp, skirting boards and a wooden floor. */
#include "world/places.h"

static void draw_window(const reel_stage *stage, double x, double y)
{
    static const reel_tone frame = { 0xD2CDC2, 0x5C5A58 }, sky = { 0xAFC2CC, 0x1B2740 };
    static const reel_tone hill = { 0x9BAE98, 0x22313A }, moon = { 0xD6D9D8, 0xC6CAC4 };
    static const reel_tone curtain = { 0xA8968E, 0x3E3840 };
    reel_stage_rectangle(stage, frame, x - 0.02, y - 0.02, 0.38, 0.32);
    reel_stage_rectangle(stage, sky, x, y, 0.34, 0.28);
    reel_stage_disc(stage, moon, x + 0.25, y + 0.08, stage->night ? 0.030 : 0.042);
    reel_stage_rectangle(stage, hill, x, y + 0.21, 0.34, 0.07);
    reel_stage_rectangle(stage, frame, x + 0.16, y, 0.02, 0.28);
    reel_stage_rectangle(stage, frame, x, y + 0.13, 0.34, 0.016);
    reel_stage_rectangle(stage, frame, x - 0.035, y + 0.29, 0.41, 0.022);
    reel_stage_rectangle(stage, curtain, x - 0.07, y - 0.03, 0.06, 0.34);
    reel_stage_rectangle(stage, curtain, x + 0.35, y - 0.03, 0.06, 0.34);
}

static void draw_picture(const reel_stage *stage, double x, double y)
{
    static const reel_tone frame = { 0x86766A, 0x2A2628 }, paper = { 0xCFC8BA, 0x5A5650 };
    static const reel_tone ink = { 0x8C9AA0, 0x3C444C };
    reel_stage_rectangle(stage, frame, x, y, 0.24, 0.18);
    reel_stage_rectangle(stage, paper, x + 0.018, y + 0.018, 0.204, 0.144);
    const double peaks[] = { x + 0.03, y + 0.155, x + 0.09, y + 0.07, x + 0.13,
                             y + 0.12, x + 0.17,  y + 0.06, x + 0.21, y + 0.155 };
    reel_stage_polygon(stage, ink, peaks, 5);
}

static void draw_lamp(const reel_stage *stage, double x, double base)
{
    static const reel_tone stand = { 0x6F655E, 0x2B282A }, shade = { 0xCFC3AC, 0xD2C39A };
    double top = base - 0.52;
    if (stage->night) {
        cairo_pattern_t *glow =
            cairo_pattern_create_radial(x, top + 0.05, 0.0, x, top + 0.05, 0.45);
        cairo_pattern_add_color_stop_rgba(glow, 0.0, 0.72, 0.64, 0.47, 0.50);
        cairo_pattern_add_color_stop_rgba(glow, 1.0, 0.72, 0.64, 0.47, 0.0);
        cairo_set_source(stage->cr, glow);
        cairo_arc(stage->cr, x, top + 0.05, 0.45, 0.0, 6.2832);
        cairo_fill(stage->cr);
        cairo_pattern_destroy(glow);
    }
    reel_stage_rectangle(stage, stand, x - 0.008, top + 0.10, 0.016, 0.42);
    reel_stage_rectangle(stage, stand, x - 0.05, base - 0.015, 0.10, 0.018);
    const double cone[] = {
        x - 0.04, top, x + 0.04, top, x + 0.08, top + 0.12, x - 0.08, top + 0.12
    };
    reel_stage_polygon(stage, shade, cone, 4);
}

static void draw_floor(const reel_stage *stage, double top)
{
    static const reel_tone board = { 0xA8957F, 0x3B3534 }, board_low = { 0x8E7C69, 0x2C2829 };
    static const reel_tone gap = { 0x8C7B69, 0x2A2627 };
    reel_stage_gradient(stage, board, board_low, top, stage->height);
    double centre = 0.5 * stage->width, depth = stage->height - top;
    for (int i = -9; i <= 9; i++) {
        double x = centre + 0.21 * i;
        const double seam[] = { x, top, centre + 0.21 * i * (1.0 + 1.4 * depth), stage->height };
        reel_stage_line(stage, gap, 0.007, seam, 2);
    }
}

void reel_place_room(const reel_stage *stage)
{
    static const reel_tone wall_top = { 0xB4B0AA, 0x2C2C38 }, wall_low = { 0xC6C0B6, 0x3C3B46 };
    static const reel_tone stripe = { 0xBEB9B1, 0x363542 };
    static const reel_tone panel = { 0xA9A196, 0x302F38 }, board = { 0xCCC5B8, 0x4A4850 };
    double w = stage->width, ground = stage->ground, floor = ground - 0.10;
    reel_stage_gradient(stage, wall_top, wall_low, 0.0, floor);
    for (double x = 0.06; x < w; x += 0.24) {
        reel_stage_rectangle(stage, stripe, x, 0.0, 0.06, floor);
    }
    reel_stage_rectangle(stage, panel, 0.0, floor - 0.16, w, 0.16);
    reel_stage_rectangle(stage, board, 0.0, floor - 0.175, w, 0.016);
    draw_window(stage, 0.10 * w + 0.06, ground - 0.70);
    draw_picture(stage, w > 1.25 ? 0.56 * w : 0.66 * w, ground - (w > 1.25 ? 0.66 : 0.98));
    draw_floor(stage, floor);
    reel_stage_rectangle(stage, board, 0.0, floor - 0.022, w, 0.022);
    draw_lamp(stage, 0.90 * w, floor + 0.03);
}
