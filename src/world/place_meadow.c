/* A meadow with hills, two trees and a fence. */
#include "world/places.h"

static void draw_fence(const reel_stage *stage, double y)
{
    static const reel_tone wood = { 0xA89C8C, 0x3A4046 };
    for (double x = 0.06; x < stage->width; x += 0.16) {
        reel_stage_rectangle(stage, wood, x, y - 0.085, 0.022, 0.10);
    }
    reel_stage_rectangle(stage, wood, 0.0, y - 0.070, stage->width, 0.014);
    reel_stage_rectangle(stage, wood, 0.0, y - 0.035, stage->width, 0.014);
}

static void draw_flowers(const reel_stage *stage, double bottom)
{
    static const reel_tone stem = { 0x75896A, 0x22302F }, petal = { 0xCBBFA8, 0x525C62 };
    static const double spots[][2] = { { 0.07, 0.42 }, { 0.22, 0.70 }, { 0.34, 0.30 },
                                       { 0.55, 0.78 }, { 0.68, 0.40 }, { 0.83, 0.66 },
                                       { 0.94, 0.34 } };
    double depth = bottom - stage->ground;
    for (int i = 0; i < 7; i++) {
        double x = spots[i][0] * stage->width, y = stage->ground + 0.02 + spots[i][1] * depth;
        const double blade[] = { x, y + 0.03, x + 0.006, y };
        reel_stage_line(stage, stem, 0.008, blade, 2);
        reel_stage_disc(stage, petal, x + 0.006, y, 0.012);
    }
}

void reel_place_meadow(const reel_stage *stage)
{
    static const reel_tone sky_top = { 0xA3B9C9, 0x1C2638 }, sky_low = { 0xCDD5D2, 0x3D4C5E };
    static const reel_tone cloud = { 0xD8DBDA, 0x343F50 };
    static const reel_tone far_hill = { 0xA2B4AC, 0x303F4C }, near_hill = { 0x94A88C, 0x29383E };
    static const reel_tone grass = { 0xA4B38B, 0x314244 }, grass_low = { 0x879A74, 0x243234 };
    double w = stage->width, ground = stage->ground;
    double horizon = ground - 0.17;
    reel_stage_gradient(stage, sky_top, sky_low, 0.0, horizon);
    reel_stage_stars(stage, horizon - 0.25);
    reel_stage_sky_light(stage, 0.84 * w, ground - 0.66, 0.075);
    reel_stage_cloud(stage, cloud, 0.20 * w, ground - 0.66, 0.15);
    reel_stage_cloud(stage, cloud, 0.58 * w, ground - 0.58, 0.11);
    reel_stage_hills(stage, far_hill, horizon - 0.07, 0.055, 0.75, 0.4);
    reel_stage_hills(stage, near_hill, horizon - 0.01, 0.035, 1.05, 2.4);
    reel_stage_tree(stage, 0.12 * w, horizon + 0.07, 0.26);
    reel_stage_tree(stage, 0.90 * w, horizon + 0.06, 0.20);
    draw_fence(stage, horizon + 0.05);
    reel_stage_gradient(stage, grass, grass_low, horizon + 0.05, stage->height);
    draw_flowers(stage, stage->height - 0.03);
}
