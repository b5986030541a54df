/* Rain, snow and wind as patterns of a few moving shapes. */
#include "world/weather.h"

#include "base/rng.h"

#include <math.h>

enum { SEQUENCE_PHASE = 300, SEQUENCE_PATTERN = 301 };

typedef struct {
    double x, y, a, b; /* 0..1: where the particle starts and two numbers of its own */
} particle;

/* Spread evenly over the frame: the R2 sequence (Roberts 2018), powers of the plastic number. */
static particle particle_at(int index)
{
    double x = 0.7548776662466927 * (index + 1), y = 0.5698402909980532 * (index + 1);
    reel_rng rng = reel_rng_at((uint64_t)index, SEQUENCE_PATTERN);
    double a = reel_rng_uniform(&rng), b = reel_rng_uniform(&rng);
    return (particle){ x - floor(x), y - floor(y), a, b };
}

typedef struct {
    reel_canvas *canvas;
    const reel_scene *scene;
    double scale_x, scale_y; /* pixels per short side */
    double now;              /* seconds within the pattern */
} view;

static void draw_capsule(const view *v, reel_capsule line, reel_rgb colour, double alpha,
                         double softness)
{
    line.x0 *= v->scale_x;
    line.x1 *= v->scale_x;
    line.y0 *= v->scale_y;
    line.y1 *= v->scale_y;
    line.radius *= v->scale_y;
    reel_raster_capsule(v->canvas, line, colour, alpha, fmax(1.0, softness * v->scale_y));
}

/* Position in [-pad, extent + pad) of something that moves by `moved` and comes back. */
static double wrapped(double start, double moved, double extent, double pad)
{
    double span = extent + 2.0 * pad, u = fmod(start * span + moved, span);
    return (u < 0.0 ? u + span : u) - pad;
}

static int count_for(const view *v, double per_area)
{
    return (int)(per_area * v->scene->width * v->scene->height);
}

/* Dark against a pale sky, pale against a dark one. */
static void draw_rain(const view *v)
{
    static const reel_rgb tones[REEL_DAYTIME_COUNT] = { { 0.40, 0.49, 0.60 },
                                                        { 0.74, 0.80, 0.88 } };
    static const double length = 0.10, lean = 0.16, speed = 1.15;
    int count = count_for(v, 9.0);
    for (int i = 0; i < count; i++) {
        particle p = particle_at(i);
        double y = wrapped(p.y, speed * v->now, v->scene->height, length);
        double x = wrapped(p.x, -lean * speed * v->now, v->scene->width, length);
        reel_capsule drop = { x, y, x + lean * length, y - length, 0.0095 };
        draw_capsule(v, drop, tones[v->scene->daytime], 0.60, 0.012);
    }
}

static void draw_snow(const view *v)
{
    int count = count_for(v, 11.0);
    for (int i = 0; i < count; i++) {
        particle p = particle_at(i);
        double sway = 0.035 * sin(1.3 * v->now + 6.28 * p.a);
        double y = wrapped(p.y, 0.20 * v->now, v->scene->height, 0.03);
        double x = wrapped(p.x, -0.03 * v->now + sway, v->scene->width, 0.03);
        double radius = 0.012 + 0.009 * p.b;
        reel_capsule flake = { x, y, x, y, radius };
        draw_capsule(v, flake, (reel_rgb){ 0.93, 0.95, 0.97 }, 0.80, 0.014);
    }
}

/* Leaves tumble, pale streaks show the air. */
static void draw_wind(const view *v)
{
    int leaves = count_for(v, 4.0), streaks = count_for(v, 2.2);
    for (int i = 0; i < streaks; i++) {
        particle p = particle_at(100 + i);
        double x = wrapped(p.x, 1.05 * v->now, v->scene->width, 0.22);
        double y = (0.06 + 0.66 * p.y) * v->scene->height;
        reel_capsule streak = { x - 0.19, y, x, y, 0.004 };
        draw_capsule(v, streak, (reel_rgb){ 0.84, 0.86, 0.86 }, 0.40, 0.010);
    }
    for (int i = 0; i < leaves; i++) {
        particle p = particle_at(i);
        double x = wrapped(p.x, 0.80 * v->now, v->scene->width, 0.05);
        double y = (0.08 + 0.72 * p.y) * v->scene->height + 0.05 * sin(2.6 * v->now + 6.28 * p.a);
        double turn = 3.4 * v->now + 6.28 * p.b, half = 0.022;
        reel_capsule leaf = { x - half * cos(turn), y - half * sin(turn), x + half * cos(turn),
                              y + half * sin(turn), 0.0135 };
        draw_capsule(v, leaf, (reel_rgb){ 0.56, 0.48, 0.34 }, 0.90, 0.010);
    }
}

void reel_weather_draw(reel_canvas *canvas, const reel_scene *scene, double seconds)
{
    reel_rng rng = reel_rng_at(scene->seed, SEQUENCE_PHASE);
    view v = {
        .canvas = canvas,
        .scene = scene,
        .scale_x = canvas->width / scene->width,
        .scale_y = canvas->height / scene->height,
        .now = seconds + reel_rng_range(&rng, 0.0, 40.0),
    };
    switch (scene->weather) {
    case REEL_WEATHER_RAIN:
        draw_rain(&v);
        break;
    case REEL_WEATHER_SNOW:
        draw_snow(&v);
        break;
    case REEL_WEATHER_WIND:
        draw_wind(&v);
        break;
    case REEL_WEATHER_NONE:
    case REEL_WEATHER_COUNT:
        break;
    }
}
