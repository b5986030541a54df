/* Finding kinks in the track and their exact time. */
#include "vabench/impacts.h"

#include "world/motion.h"

#include <math.h>

enum { SAMPLES = 4 };

/* A landing is within this of the lowest level that the object has. */
static const double GROUND_TOLERANCE = 0.12;
/* Slower than this after it, the object rests. */
static const double RESTING_SPEED = 0.35;
/* Falling by less, it does not land. */
static const double FALLING_SPEED = 0.35;

/* value(t) = level + speed t + bend t^2 about a time of its own. */
typedef struct {
    double origin, level, speed, bend;
} path;

/* Height over the ground, or place along the frame, at a frame; 0 where it is not seen. */
typedef struct {
    const reel_track *track;
    int is_height;
} signal;

static int is_known(const signal *s, int f)
{
    return f >= 0 && f < s->track->frames && s->track->at[f].is_found && s->track->at[f].is_whole;
}

static double value_at(const signal *s, int f)
{
    const reel_sighting *at = &s->track->at[f];
    return s->is_height ? REEL_GROUND_LINE * s->track->height - at->bottom : at->x;
}

/* Velocity between frames f and f + 1. */
static double speed_at(const signal *s, int f)
{
    return (value_at(s, f + 1) - value_at(s, f)) * s->track->fps;
}

static double lowest_level(const signal *s)
{
    double low = 1e9;
    for (int f = 0; f < s->track->frames; f++) {
        low = is_known(s, f) ? fmin(low, value_at(s, f)) : low;
    }
    return low;
}

/* Least squares through frames first, first + step, ... (`count` of them) with the bend given. */
static path fit(const signal *s, int first, int step, int count, double bend)
{
    double n = 0.0, t_sum = 0.0, tt = 0.0, y_sum = 0.0, ty = 0.0;
    for (int i = 0; i < count; i++) {
        double t = i * step / s->track->fps, y = value_at(s, first + i * step) - bend * t * t;
        n += 1.0;
        t_sum += t;
        tt += t * t;
        y_sum += y;
        ty += t * y;
    }
    double spread = n * tt - t_sum * t_sum;
    path p = { .origin = first / s->track->fps, .bend = bend };
    p.speed = spread > 0.0 ? (n * ty - t_sum * y_sum) / spread : 0.0;
    p.level = (y_sum - p.speed * t_sum) / n;
    return p;
}

/* How many frames from `first` on in steps of `step` go the same way as the first of them. */
static int run_length(const signal *s, int first, int step)
{
    int count = 1;
    double way = 0.0;
    while (count < SAMPLES && is_known(s, first + count * step)) {
        int from = first + (count - 1) * step;
        double move = value_at(s, from + step) - value_at(s, from);
        if (count > 1 && move * way <= 0.0) {
            break;
        }
        way = move;
        count++;
    }
    return count;
}

static double difference(const path *a, const path *b, double t)
{
    double u = t - a->origin, v = t - b->origin;
    return a->level + u * (a->speed + a->bend * u) - b->level - v * (b->speed + b->bend * v);
}

/* The instant in [low, high] at which the paths meet; where they do not, the nearer end. */
static double meeting(const path *a, const path *b, double low, double high)
{
    double at_low = difference(a, b, low), at_high = difference(a, b, high);
    if (at_low * at_high > 0.0) {
        return fabs(at_low) < fabs(at_high) ? low : high;
    }
    for (int i = 0; i < 40; i++) {
        double middle = 0.5 * (low + high), here = difference(a, b, middle);
        if (here * at_low > 0.0) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return 0.5 * (low + high);
}

/* Where the paths up to frame f and from f + 1 on meet. */
static double meeting_after(const signal *s, int f)
{
    double bend = s->is_height ? -0.5 * REEL_GRAVITY : 0.0;
    path before = fit(s, f, -1, run_length(s, f, -1), bend);
    int after_count = run_length(s, f + 1, 1);
    int rests = s->is_height && after_count > 1 && fabs(speed_at(s, f + 1)) < RESTING_SPEED;
    path after;
    if (rests || after_count < 2) {
        after = (path){ .origin = (f + 1) / s->track->fps, .level = value_at(s, f + 1) };
    } else {
        after = fit(s, f + 1, 1, after_count, bend);
    }
    double step = 1.0 / s->track->fps;
    return meeting(&before, &after, (f - 0.5) * step, (f + 1.5) * step);
}

/* About the interval that begins at f. Where the paths meet outside it, the frame on that side of
 * it was on the other path. */
static double contact_time(const signal *s, int f)
{
    double at = meeting_after(s, f), frame = at * s->track->fps;
    if (frame < f && is_known(s, f - 2)) {
        return meeting_after(s, f - 1);
    }
    if (frame > f + 1 && is_known(s, f + 3)) {
        return meeting_after(s, f + 1);
    }
    return at;
}

/* By how much the velocity changes about the interval that begins at f; 0 where that is no blow. */
static double blow_at(const signal *s, int f, double ground)
{
    for (int i = f - 1; i <= f + 2; i++) {
        if (!is_known(s, i)) {
            return 0.0;
        }
    }
    double before = speed_at(s, f - 1), after = speed_at(s, f + 1), change = fabs(after - before);
    if (s->is_height) {
        double low = fmin(value_at(s, f), value_at(s, f + 1));
        int lands =
            before < -FALLING_SPEED && after > -FALLING_SPEED && low < ground + GROUND_TOLERANCE;
        return lands ? change : 0.0;
    }
    return before * after < 0.0 ? change : 0.0;
}

reel_impacts reel_impacts_find(const reel_track *track, int motion)
{
    reel_impacts found = { 0 };
    signal s = { .track = track,
                 .is_height = motion == REEL_MOTION_BOUNCE || motion == REEL_MOTION_JUMP };
    if (!s.is_height && motion != REEL_MOTION_ROLL && motion != REEL_MOTION_SWING) {
        return found;
    }
    double ground = lowest_level(&s);
    for (int f = 1; f + 2 < track->frames && found.count < REEL_IMPACTS_MAX; f++) {
        double here = blow_at(&s, f, ground);
        if (here < REEL_IMPACT_SPEED_MIN || here < blow_at(&s, f - 1, ground) ||
            here <= blow_at(&s, f + 1, ground)) {
            continue;
        }
        found.at[found.count++] = (reel_impact){ contact_time(&s, f), here };
    }
    return found;
}
