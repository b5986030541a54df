/* A beach with the sea behind it, a palm and a sailing boat. */
#include "world/places.h"

/* A leaf from (x, y) to its tip, bulging upwards like a bow. */
static void draw_frond(const reel_stage *stage, reel_tone tone, double x, double y,
                       const double tip[2])
{
    double end_x = x + tip[0], end_y = y + tip[1];
    double middle_x = x + 0.55 * tip[0], middle_y = y + 0.5 * tip[1] - 0.075;
    reel_stage_tone(stage, tone);
    cairo_move_to(stage->cr, x - 0.012, y + 0.01);
    cairo_curve_to(stage->cr, x, y - 0.03, middle_x, middle_y - 0.02, end_x, end_y);
    cairo_curve_to(stage->cr, middle_x, middle_y + 0.055, x + 0.01, y + 0.02, x + 0.012, y + 0.02);
    cairo_close_path(stage->cr);
    cairo_fill(stage->cr);
}

static void draw_palm(const reel_stage *stage, double x, double y)
{
    static const reel_tone trunk = { 0x8D7E6C, 0x2E2F38 }, leaf = { 0x7C9480, 0x26363C };
    static const double tips[5][2] = {
        { -0.20, 0.05 }, { -0.13, -0.09 }, { 0.02, -0.13 }, { 0.15, -0.07 }, { 0.20, 0.07 }
    };
    const double stem[] = { x, y, x + 0.015, y - 0.14, x + 0.045, y - 0.26, x + 0.09, y - 0.36 };
    reel_stage_line(stage, trunk, 0.030, stem, 4);
    for (int i = 0; i < 5; i++) {
        draw_frond(stage, leaf, x + 0.09, y - 0.36, tips[i]);
    }
}

static void draw_boat(const reel_stage *stage, double x, double y)
{
    static const reel_tone hull = { 0x77706C, 0x262B35 }, sail = { 0xB9ABA2, 0x5A6472 };
    const double body[] = { x - 0.06, y - 0.02,  x + 0.06, y - 0.02,
                            x + 0.04, y + 0.012, x - 0.04, y + 0.012 };
    const double canvas[] = { x - 0.005, y - 0.13, x - 0.005, y - 0.03, x + 0.055, y - 0.03 };
    const double jib[] = { x - 0.018, y - 0.10, x - 0.018, y - 0.03, x - 0.055, y - 0.03 };
    reel_stage_polygon(stage, hull, body, 4);
    reel_stage_polygon(stage, sail, canvas, 3);
    reel_stage_polygon(stage, sail, jib, 3);
}

static void draw_glitter(const reel_stage *stage, double horizon)
{
    static const reel_tone light = { 0xA3BAC0, 0x4A5D6E };
    static const double rows[][3] = { { 0.10, 0.025, 0.16 },
                                      { 0.42, 0.045, 0.20 },
                                      { 0.66, 0.020, 0.12 },
                                      { 0.78, 0.060, 0.18 },
                                      { 0.25, 0.075, 0.14 } };
    for (int i = 0; i < 5; i++) {
        double x = rows[i][0] * stage->width, y = horizon + rows[i][1];
        const double stroke[] = { x, y, x + rows[i][2], y };
        reel_stage_line(stage, light, 0.007, stroke, 2);
    }
}

void reel_place_beach(const reel_stage *stage)
{
    static const reel_tone sky_top = { 0x9DB6C6, 0x18233A }, sky_low = { 0xD2D6D2, 0x40506A };
    static const reel_tone cloud = { 0xDADCDB, 0x35425A };
    static const reel_tone sea_far = { 0x7F9DAB, 0x223650 }, sea_near = { 0x97B2B8, 0x2E465C };
    static const reel_tone foam = { 0xD3D8D5, 0x586A7A }, wet = { 0xB3A68E, 0x36394A };
    static const reel_tone sand = { 0xCEC2A8, 0x47495A }, sand_low = { 0xB9AB90, 0x363848 };
    static const reel_tone shell = { 0xD8CFC0, 0x62667A };
    double w = stage->width, ground = stage->ground, horizon = ground - 0.27;
    double shore = ground - 0.11;
    reel_stage_gradient(stage, sky_top, sky_low, 0.0, horizon);
    reel_stage_stars(stage, horizon - 0.12);
    reel_stage_sky_light(stage, 0.76 * w, ground - 0.62, 0.085);
    reel_stage_cloud(stage, cloud, 0.40 * w, ground - 0.64, 0.13);
    reel_stage_gradient(stage, sea_far, sea_near, horizon, shore);
    draw_glitter(stage, horizon);
    draw_boat(stage, 0.55 * w, horizon + 0.02);
    reel_stage_hills(stage, foam, shore - 0.008, 0.008, 1.6, 0.0);
    reel_stage_hills(stage, wet, shore + 0.008, 0.008, 1.6, 0.3);
    reel_stage_gradient(stage, sand, sand_low, shore + 0.032, stage->height);
    draw_palm(stage, 0.07 * w, shore + 0.06);
    reel_stage_disc(stage, shell, 0.30 * w, ground + 0.09, 0.013);
    reel_stage_disc(stage, shell, 0.62 * w, ground + 0.06, 0.010);
    reel_stage_disc(stage, shell, 0.87 * w, ground + 0.10, 0.014);
}
