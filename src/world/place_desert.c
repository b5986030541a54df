/* A desert: table mountains, dunes and two cacti. */
#include "world/places.h"

static void draw_mesa(const reel_stage *stage, reel_tone tone, double x, double base, double size)
{
    const double outline[] = { x - 0.60 * size, base,
                               x - 0.42 * size, base - 0.42 * size,
                               x - 0.36 * size, base - 0.46 * size,
                               x - 0.34 * size, base - 0.70 * size,
                               x + 0.30 * size, base - 0.70 * size,
                               x + 0.33 * size, base - 0.46 * size,
                               x + 0.40 * size, base - 0.42 * size,
                               x + 0.60 * size, base };
    reel_stage_polygon(stage, tone, outline, 8);
}

static void draw_cactus(const reel_stage *stage, double x, double base, double size)
{
    static const reel_tone skin = { 0x83957E, 0x25343A };
    const double trunk[] = { x, base, x, base - size };
    const double left[] = { x,
                            base - 0.35 * size,
                            x - 0.26 * size,
                            base - 0.38 * size,
                            x - 0.26 * size,
                            base - 0.70 * size };
    const double right[] = { x,
                             base - 0.48 * size,
                             x + 0.24 * size,
                             base - 0.52 * size,
                             x + 0.24 * size,
                             base - 0.84 * size };
    reel_stage_line(stage, skin, 0.20 * size, trunk, 2);
    reel_stage_line(stage, skin, 0.13 * size, left, 3);
    reel_stage_line(stage, skin, 0.13 * size, right, 3);
}

static void draw_stones(const reel_stage *stage)
{
    static const reel_tone stone = { 0xA08A70, 0x303044 };
    static const double spots[][3] = { { 0.12, 0.08, 0.018 },
                                       { 0.37, 0.11, 0.012 },
                                       { 0.58, 0.06, 0.011 },
                                       { 0.80, 0.10, 0.020 },
                                       { 0.95, 0.06, 0.013 } };
    for (int i = 0; i < 5; i++) {
        reel_stage_disc(stage, stone, spots[i][0] * stage->width, stage->ground + spots[i][1],
                        spots[i][2]);
    }
}

void reel_place_desert(const reel_stage *stage)
{
    static const reel_tone sky_top = { 0xB4BCC0, 0x1C2038 }, sky_low = { 0xDAD0BE, 0x4A4A62 };
    static const reel_tone far_rock = { 0xBBA598, 0x3A3B54 }, near_rock = { 0xA98E7E, 0x303048 };
    static const reel_tone dune_far = { 0xCBB697, 0x42425A }, dune_near = { 0xBFA88A, 0x3A3A50 };
    static const reel_tone sand = { 0xC8B190, 0x404056 }, sand_low = { 0xAE9677, 0x303044 };
    double w = stage->width, ground = stage->ground, horizon = ground - 0.20;
    reel_stage_gradient(stage, sky_top, sky_low, 0.0, horizon + 0.08);
    reel_stage_stars(stage, horizon - 0.20);
    reel_stage_sky_light(stage, 0.22 * w, ground - 0.62, 0.095);
    draw_mesa(stage, far_rock, 0.46 * w, horizon + 0.03, 0.26);
    draw_mesa(stage, near_rock, 0.80 * w, horizon + 0.04, 0.42);
    reel_stage_hills(stage, dune_far, horizon + 0.02, 0.035, 0.65, 3.4);
    reel_stage_hills(stage, dune_near, horizon + 0.09, 0.028, 0.85, 0.6);
    draw_cactus(stage, 0.09 * w, horizon + 0.16, 0.24);
    draw_cactus(stage, 0.93 * w, horizon + 0.13, 0.16);
    reel_stage_gradient(stage, sand, sand_low, horizon + 0.135, stage->height);
    draw_stones(stage);
}
