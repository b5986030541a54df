/* Trajectories of the six motions and the instants at which they strike. */
#include "world/motion.h"

#include "base/error.h"
#include "base/rng.h"
#include "world/objects.h"

#include <math.h>

enum { SEQUENCE_MOTION = 200 };

/* Speed at which an impact counts as full: a fall of half a short side. */
#define FULL_SPEED 2.345
/* Gap kept between object and frame edge. */
#define MARGIN 0.04
/* Room kept above the highest bounce. */
#define HEADROOM  0.04

#define ROPE_DROP 0.80 /* height of the pivot over the ground */

static double radius_of(const reel_actor *actor)
{
    return 0.5 * reel_sizes[actor->size].diameter;
}

static double direction_sign(const reel_actor *actor)
{
    return actor->direction == REEL_DIRECTION_LEFT ? -1.0 : 1.0;
}

/* Distance from the centre to the farthest point in direction (x, y). */
static double reach(const reel_actor *actor, double angle, double x, double y)
{
    return reel_sizes[actor->size].diameter * reel_object_reach(actor->object, angle, x, y);
}

static reel_status add_event(reel_scene *scene, int index, int kind, double seconds,
                             double strength)
{
    if (seconds < 0.0 || seconds >= scene->seconds) {
        return REEL_OK;
    }
    if (scene->event_count == REEL_EVENTS_MAX) {
        return REEL_FAIL(REEL_ERR_INTERNAL, "scene: more than %d events", REEL_EVENTS_MAX);
    }
    reel_pose pose = reel_motion_pose(scene, index, seconds);
    scene->events[scene->event_count++] = (reel_event){
        .seconds = seconds,
        .x = pose.x / scene->width,
        .y = pose.y / scene->height,
        .kind = kind,
        .actor = index,
        .strength = fmin(1.0, strength),
    };
    return REEL_OK;
}

/* ---- bounce and jump: a chain of arcs ---- */

static reel_status add_arc(reel_actor *actor, reel_arc arc)
{
    if (actor->arc_count == REEL_ARCS_MAX) {
        return REEL_FAIL(REEL_ERR_INTERNAL, "scene: more than %d arcs", REEL_ARCS_MAX);
    }
    actor->arcs[actor->arc_count++] = arc;
    return REEL_OK;
}

/* Seconds until an arc that starts at height z with speed `rise` meets the ground. */
static double fall_seconds(double z, double rise)
{
    return (rise + sqrt(rise * rise + 2.0 * REEL_GRAVITY * z)) / REEL_GRAVITY;
}

/* Turn round before leaving the frame; only called while the object is on the ground. */
static double kept_inside(const reel_scene *scene, const reel_actor *actor, double x, double speed,
                          double seconds)
{
    double low = radius_of(actor) + MARGIN, high = scene->width - low;
    double next = x + speed * seconds;
    return next < low || next > high ? -speed : speed;
}

/* Start on the side from which there is the most way to go. */
static double start_x(const reel_scene *scene, const reel_actor *actor, reel_rng *rng)
{
    double low = radius_of(actor) + MARGIN, span = scene->width - 2.0 * low;
    double share = reel_rng_range(rng, 0.08, 0.38);
    return low + span * (actor->direction == REEL_DIRECTION_RIGHT ? share : 1.0 - share);
}

/* A lively ball: every impact keeps a share of the speed until the hops get low, then it is
 * thrown up to the first height again, so that a clip of any length stays eventful. */
static reel_status plan_bounce(reel_scene *scene, int index, reel_rng *rng)
{
    reel_actor *actor = &scene->actors[index];
    double diameter = reel_sizes[actor->size].diameter;
    double top = fmin(0.52, REEL_GROUND_LINE - diameter - HEADROOM);
    double height = reel_rng_range(rng, 0.72, 1.0) * top;
    double keep = reel_rng_range(rng, 0.84, 0.95); /* share of the speed after an impact */
    double full = sqrt(2.0 * REEL_GRAVITY * height);
    double fallen = reel_rng_range(rng, 0.0, 0.7) * full / REEL_GRAVITY;
    reel_arc arc = {
        .x = start_x(scene, actor, rng),
        .speed_x =
            direction_sign(actor) * reel_rng_range(rng, 0.12, 0.26) * fmin(1.0, scene->width),
        .z = height - 0.5 * REEL_GRAVITY * fallen * fallen,
        .rise = -REEL_GRAVITY * fallen,
    };
    double speed = full;
    while (arc.start < scene->seconds) {
        arc.length = fall_seconds(arc.z, arc.rise);
        REEL_TRY(add_arc(actor, arc));
        double landing = arc.start + arc.length;
        REEL_TRY(add_event(scene, index, REEL_EVENT_GROUND, landing, speed / FULL_SPEED));
        speed *= keep;
        if (speed * speed < 2.0 * REEL_GRAVITY * 0.20) {
            speed = full;
        }
        arc.x += arc.speed_x * arc.length;
        arc.start = landing;
        arc.z = 0.0;
        arc.rise = speed;
        arc.speed_x = kept_inside(scene, actor, arc.x, arc.speed_x, fall_seconds(0.0, speed));
    }
    return REEL_OK;
}

/* Hops with a rest on the ground between them; no two alike. */
static reel_status plan_jump(reel_scene *scene, int index, reel_rng *rng)
{
    reel_actor *actor = &scene->actors[index];
    double low = reel_rng_range(rng, 0.15, 0.20), high = reel_rng_range(rng, 0.24, 0.30);
    double step = direction_sign(actor) * reel_rng_range(rng, 0.14, 0.26) * fmin(1.0, scene->width);
    double x = start_x(scene, actor, rng), now = 0.0;
    double rest = reel_rng_range(rng, 0.10, 0.45);
    while (now < scene->seconds) {
        REEL_TRY(add_arc(actor, (reel_arc){ .start = now, .length = rest, .x = x }));
        now += rest;
        double rise = sqrt(2.0 * REEL_GRAVITY * reel_rng_range(rng, low, high));
        double air = fall_seconds(0.0, rise);
        step = kept_inside(scene, actor, x, step / air, air) * air;
        REEL_TRY(add_arc(
            actor, (reel_arc){
                       .start = now, .length = air, .x = x, .speed_x = step / air, .rise = rise }));
        now += air;
        x += step;
        REEL_TRY(add_event(scene, index, REEL_EVENT_GROUND, now, rise / FULL_SPEED));
        rest = reel_rng_range(rng, 0.30, 0.52);
    }
    return REEL_OK;
}

static const reel_arc *arc_at(const reel_actor *actor, double seconds)
{
    int i = 0;
    while (i + 1 < actor->arc_count && seconds >= actor->arcs[i + 1].start) {
        i++;
    }
    return &actor->arcs[i];
}

/* A short squeeze about the instant of contact, for the eye: `since` seconds after landing. */
static double squeeze(double since, double width)
{
    double u = since / width;
    return exp(-u * u);
}

static void pose_on_ground(reel_pose *pose, const reel_scene *scene, const reel_actor *actor,
                           double z)
{
    double down = reach(actor, pose->angle, 0.0, 1.0) * pose->stretch;
    pose->clearance = z;
    pose->y = reel_scene_ground(scene) - z - down;
}

static reel_pose pose_of_arcs(const reel_scene *scene, const reel_actor *actor, double seconds)
{
    const reel_arc *arc = arc_at(actor, seconds);
    double t = fmin(seconds - arc->start, arc->length);
    int resting = arc->z <= 0.0 && arc->rise <= 0.0;
    double z = resting ? 0.0 : arc->z + arc->rise * t - 0.5 * REEL_GRAVITY * t * t;
    reel_pose pose = { .x = arc->x + arc->speed_x * t, .stretch = 1.0 };
    double before = arc->length - t; /* until the next change */
    if (actor->motion == REEL_MOTION_BOUNCE) {
        double after = arc->start > 0.0 ? squeeze(t, 0.045) : 0.0;
        pose.stretch = 1.0 - 0.13 * fmax(after, squeeze(before, 0.03));
    } else if (resting) {
        double landed = arc->start > 0.0 ? squeeze(t, 0.10) : 0.0;
        pose.stretch = 1.0 - 0.16 * fmax(landed, squeeze(before, 0.09));
    } else {
        pose.stretch = 1.0 + 0.08 * sin(M_PI * t / arc->length);
    }
    double lean = resting ? 0.0 : sin(M_PI * fmin(1.0, t / arc->length));
    double way = arc->speed_x < 0.0 ? -1.0 : 1.0;
    pose.angle = way * 0.20 * lean;
    pose_on_ground(&pose, scene, actor, fmax(0.0, z));
    return pose;
}

/* ---- roll: to and fro between two posts ---- */

/* The distance between the posts is a whole number of half turns, so that the object stands
 * upright or on its head whenever it strikes one. */
static reel_status plan_roll(reel_scene *scene, int index, reel_rng *rng)
{
    reel_actor *actor = &scene->actors[index];
    double radius = radius_of(actor), half_width = reach(actor, 0.0, 1.0, 0.0);
    double widest = fmax(half_width, radius); /* at any angle of its turns */
    double room = scene->width - 4.0 * REEL_POST_HALF_WIDTH - 2.0 * widest - 0.02;
    double half_turns = fmax(1.0, floor(fmin(room, 1.1) / (M_PI * radius)));
    actor->travel = fmin(M_PI * radius * half_turns, room);
    actor->turn_radius = actor->travel / (M_PI * half_turns);
    actor->origin_x = 0.5 * (scene->width - actor->travel);
    double fastest = fmin(1.0, 7.0 * radius);
    actor->rate = reel_rng_range(rng, 0.72, 1.0) * fastest;
    actor->half_period = actor->travel / actor->rate;
    actor->phase = reel_rng_range(rng, 0.10, 0.60) * actor->half_period;
    actor->left_post_x = actor->origin_x - half_width;
    actor->right_post_x = actor->origin_x + actor->travel + half_width;
    actor->left_post_height = actor->right_post_height = 0.30;
    for (double hit = actor->half_period - actor->phase; hit < scene->seconds;
         hit += actor->half_period) {
        REEL_TRY(add_event(scene, index, REEL_EVENT_WALL, hit, actor->rate / FULL_SPEED));
    }
    return REEL_OK;
}

static reel_pose pose_of_roll(const reel_scene *scene, const reel_actor *actor, double seconds)
{
    double s = fmod(seconds + actor->phase, 2.0 * actor->half_period);
    double way = s < actor->half_period ? s : 2.0 * actor->half_period - s;
    double x = way * actor->rate;
    if (actor->direction == REEL_DIRECTION_LEFT) {
        x = actor->travel - x;
    }
    reel_pose pose = { .x = actor->origin_x + x, .angle = x / actor->turn_radius, .stretch = 1.0 };
    pose_on_ground(&pose, scene, actor, 0.0);
    return pose;
}

/* ---- fly: lap after lap across the frame ---- */

static reel_status plan_fly(reel_scene *scene, int index, reel_rng *rng)
{
    reel_actor *actor = &scene->actors[index];
    double radius = radius_of(actor);
    double outside = 1.2 * radius + 0.02; /* the lap begins and ends out of sight */
    actor->travel = scene->width + 2.0 * outside;
    actor->half_period = reel_rng_range(rng, 1.5, 2.2);
    actor->rate = actor->travel / actor->half_period;
    actor->phase = reel_rng_range(rng, outside + 1.1 * radius, 0.30 * actor->travel) / actor->rate;
    actor->origin_x = -outside;
    actor->origin_y = reel_scene_ground(scene) - reel_rng_range(rng, 0.38, 0.44);
    actor->rise = reel_rng_range(rng, 0.06, 0.16);
    for (double pass = 0.5 * actor->half_period - actor->phase; pass < scene->seconds;
         pass += actor->half_period) {
        REEL_TRY(add_event(scene, index, REEL_EVENT_PASS, pass, 1.0));
    }
    return REEL_OK;
}

static reel_pose pose_of_flight(const reel_scene *scene, const reel_actor *actor, double seconds)
{
    double u = fmod(seconds + actor->phase, actor->half_period) / actor->half_period;
    double way = direction_sign(actor), x = actor->origin_x + u * actor->travel;
    double side = 2.0 * u - 1.0;
    reel_pose pose = { .x = way > 0.0 ? x : scene->width - x, .stretch = 1.0 };
    pose.y = actor->origin_y - actor->rise * (1.0 - side * side);
    double slope = 4.0 * actor->rise * side / actor->travel; /* dy / dx along the way */
    pose.angle = way * (0.22 + atan(slope));
    pose.clearance = reel_scene_ground(scene) - pose.y - reach(actor, pose.angle, 0.0, 1.0);
    return pose;
}

/* ---- spin: in the air, about its centre ---- */

static reel_status plan_spin(reel_scene *scene, int index, reel_rng *rng)
{
    reel_actor *actor = &scene->actors[index];
    actor->origin_x =
        scene->width * 0.5 + reel_rng_range(rng, -0.18, 0.18) * fmin(1.0, scene->width);
    actor->origin_y = reel_scene_ground(scene) - reel_rng_range(rng, 0.36, 0.46);
    actor->rate = reel_rng_range(rng, 0.60, 1.10);
    actor->half_period = 1.0 / actor->rate;
    actor->phase = reel_rng_range(rng, 0.0, 0.8) * actor->half_period;
    for (double turn = actor->half_period - actor->phase; turn < scene->seconds;
         turn += actor->half_period) {
        REEL_TRY(add_event(scene, index, REEL_EVENT_TURN, turn, 1.0));
    }
    return REEL_OK;
}

static reel_pose pose_of_spin(const reel_scene *scene, const reel_actor *actor, double seconds)
{
    double turns = (seconds + actor->phase) * actor->rate;
    reel_pose pose = { .x = actor->origin_x, .y = actor->origin_y, .stretch = 1.0 };
    pose.angle = direction_sign(actor) * 2.0 * M_PI * (turns - floor(turns));
    pose.clearance = reel_scene_ground(scene) - pose.y - reach(actor, pose.angle, 0.0, 1.0);
    return pose;
}

/* ---- swing: a pendulum that knocks a post on one side ---- */

/* theta = A cos(w s) away from the post, s = 0 at the far turning point; the post stands where
 * theta = -share A, so the knock comes at s = (pi - acos share) / w, and the bounce is elastic. */
static reel_status plan_swing(reel_scene *scene, int index, reel_rng *rng)
{
    reel_actor *actor = &scene->actors[index];
    double side = direction_sign(actor), diameter = reel_sizes[actor->size].diameter;
    double rope = ROPE_DROP - 0.05 - diameter * reel_object_reach(actor->object, 0.0, 0.0, 1.0);
    double widest = (0.5 * scene->width - 0.64 * diameter) / rope;
    actor->rise = rope;
    actor->origin_x = 0.5 * scene->width;
    actor->origin_y = reel_scene_ground(scene) - ROPE_DROP;
    actor->travel = fmin(reel_rng_range(rng, 0.50, 0.64), asin(fmin(0.9, widest)));
    actor->rate = sqrt(REEL_GRAVITY / rope);
    double share = reel_rng_range(rng, 0.30, 0.55);
    actor->half_period = (M_PI - acos(share)) / actor->rate;
    actor->phase = reel_rng_range(rng, -0.9, 0.6) * actor->half_period;

    double contact = side * share * actor->travel; /* angle of the rope from the plumb line */
    double x = actor->origin_x + rope * sin(contact);
    double y = actor->origin_y + rope * cos(contact);
    double face = x + side * reach(actor, -contact, side, 0.0);
    double height = reel_scene_ground(scene) - y + 0.08;
    if (side < 0.0) {
        actor->left_post_x = face;
        actor->left_post_height = height;
    } else {
        actor->right_post_x = face;
        actor->right_post_height = height;
    }
    double speed = actor->travel * actor->rate * sqrt(1.0 - share * share) * rope;
    for (double knock = actor->half_period - actor->phase; knock < scene->seconds;
         knock += 2.0 * actor->half_period) {
        REEL_TRY(add_event(scene, index, REEL_EVENT_POST, knock, speed / FULL_SPEED));
    }
    return REEL_OK;
}

static reel_pose pose_of_swing(const reel_scene *scene, const reel_actor *actor, double seconds)
{
    double period = 2.0 * actor->half_period;
    double s = fmod(seconds + actor->phase + 1.5 * period, period) - actor->half_period;
    double theta = -direction_sign(actor) * actor->travel * cos(actor->rate * s);
    reel_pose pose = {
        .x = actor->origin_x + actor->rise * sin(theta),
        .y = actor->origin_y + actor->rise * cos(theta),
        .angle = -theta, /* the rope's top leans to the other side than its end */
        .stretch = 1.0,
        .has_rope = 1,
        .rope_x = actor->origin_x,
        .rope_y = actor->origin_y,
    };
    pose.clearance = reel_scene_ground(scene) - pose.y - reach(actor, pose.angle, 0.0, 1.0);
    return pose;
}

/* ---- the table ---- */

typedef struct {
    reel_status (*plan)(reel_scene *scene, int index, reel_rng *rng);
    reel_pose (*pose)(const reel_scene *scene, const reel_actor *actor, double seconds);
} motion_row;

static const motion_row motions[REEL_MOTION_COUNT] = {
    [REEL_MOTION_BOUNCE] = { plan_bounce, pose_of_arcs },
    [REEL_MOTION_ROLL] = { plan_roll, pose_of_roll },
    [REEL_MOTION_FLY] = { plan_fly, pose_of_flight },
    [REEL_MOTION_SPIN] = { plan_spin, pose_of_spin },
    [REEL_MOTION_JUMP] = { plan_jump, pose_of_arcs },
    [REEL_MOTION_SWING] = { plan_swing, pose_of_swing },
};

reel_status reel_motion_plan(reel_scene *scene, int index)
{
    reel_actor *actor = &scene->actors[index];
    reel_rng rng = reel_rng_at(scene->seed, (uint64_t)(SEQUENCE_MOTION + index));
    return motions[actor->motion].plan(scene, index, &rng);
}

reel_pose reel_motion_pose(const reel_scene *scene, int index, double seconds)
{
    const reel_actor *actor = &scene->actors[index];
    return motions[actor->motion].pose(scene, actor, seconds);
}
