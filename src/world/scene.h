/* One clip of the film set before it is drawn: who does what, where and when.
 *
 * Units. Lengths are in short sides of the frame (a landscape frame is `aspect` wide and 1 high, a
 * portrait one 1 wide and 1/aspect high), y grows downwards, x to the right, angles are radians,
 * clockwise on screen. Time is seconds from the start of the clip. Everything follows from the
 * seed and the choice; a scene is plain data and may be copied. */
#ifndef REEL_WORLD_SCENE_H
#define REEL_WORLD_SCENE_H

#include "reel/status.h"
#include "world/attributes.h"

#include <stdint.h>

enum { REEL_ACTORS_MAX = 4, REEL_ARCS_MAX = 96, REEL_EVENTS_MAX = 128 };

/* The object meets the ground at this share of the frame's height, in every place and aspect. */
#define REEL_GROUND_LINE 0.84

typedef enum {
    REEL_EVENT_GROUND, /* impact on the ground (bounce, jump) */
    REEL_EVENT_WALL,   /* impact on a wall (roll) */
    REEL_EVENT_POST,   /* impact on the post (swing) */
    REEL_EVENT_PASS,   /* fly: the whoosh is loudest, the object crosses the middle */
    REEL_EVENT_TURN,   /* spin: the whirr is loudest, the object stands upright */
    REEL_EVENT_KIND_COUNT
} reel_event_kind;

typedef struct {
    double seconds;
    double x, y; /* where it is, 0..1 of the frame's width and height */
    int kind;    /* reel_event_kind */
    int actor;
    double strength; /* 0..1; impacts: speed at contact over the fastest there is */
} reel_event;

/* A stretch of flight (or rest, when rise is 0) of a bounce or jump. */
typedef struct {
    double start, length; /* seconds */
    double x, speed_x;    /* of the centre at `start`; short sides per second */
    double z, rise;       /* height of the lowest point over the ground and its speed at `start` */
} reel_arc;

typedef struct {
    reel_object object;
    reel_colour colour;
    reel_object_size size;
    reel_motion motion;
    reel_direction direction;

    int arc_count;
    reel_arc arcs[REEL_ARCS_MAX]; /* bounce, jump */

    /* Roll, fly, spin, swing: a point moving along a path of its own; see motion.c. */
    double origin_x, origin_y; /* left end, start, centre, pivot */
    double travel;             /* distance between the walls, of a lap; amplitude of the swing */
    double rise;               /* height of the arc of flight; length of the rope */
    double rate;               /* speed; turns per second; radians per second of the pendulum */
    double phase;              /* seconds by which time is shifted */
    double half_period;        /* seconds from one impact (pass, turn) to the next, at most */
    double turn_radius;        /* distance rolled per radian */

    /* Inner faces of the posts that stand left and right of the object; no post where the height
     * is 0. */
    double left_post_x, left_post_height, right_post_x, right_post_height;
} reel_actor;

typedef struct {
    uint64_t seed;
    double seconds, aspect;
    double width, height; /* of the frame in short sides */
    reel_place place;
    reel_daytime daytime;
    reel_weather weather;
    int actor_count;
    reel_actor actors[REEL_ACTORS_MAX];
    int event_count;
    reel_event events[REEL_EVENTS_MAX]; /* by time */
} reel_scene;

/* What is fixed beforehand: value[a] is a value of attribute a, or -1: by the seed. */
typedef struct {
    int value[REEL_ATTRIBUTE_COUNT];
} reel_scene_choice;

static inline reel_scene_choice reel_scene_choice_any(void)
{
    reel_scene_choice any;
    for (int a = 0; a < REEL_ATTRIBUTE_COUNT; a++) {
        any.value[a] = -1;
    }
    return any;
}

/* Fill `out`. `choice` may be NULL (all by the seed); fixing one attribute leaves the draws of the
 * others as they were. seconds in 0.5..30 (events are promised from 3 s on), aspect (width over
 * height) in 0.4..2.5.
 * REEL_ERR_INVALID: a number out of range, or weather asked for indoors. */
reel_status reel_scene_sample(reel_scene *out, const reel_scene_choice *choice, uint64_t seed,
                              double seconds, double aspect);

/* The value the scene (its first actor) has for an attribute. */
int reel_scene_value(const reel_scene *scene, reel_attribute attribute);

/* "ground", "wall", "post", "pass", "turn". */
const char *reel_event_kind_name(int kind);

/* Non-zero for ground, wall and post: something is struck. */
int reel_event_is_impact(int kind);

#endif
