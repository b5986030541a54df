/* Telling six motions apart. */
#include "vabench/motion.h"

#include "world/scene.h"

#include <math.h>
#include <stdlib.h>

/* Where the rope of a swing is tied, over the ground (motion.c of the world). */
static const double PIVOT_HEIGHT = 0.80;
/* What counts as being on the ground, over the lowest that the object comes, if that is near
 * enough: soft edges look higher than they are. */
static const double NEAR_GROUND = 0.05, GROUND_BIAS = 0.08;

/* The fastest ball covers 0.16 from frame to frame. */
static const double LEAP_SPEED = 5.0, LEAPS_MAX = 0.2;
/* What turns in its place differs from itself by more: a small ball by 0.005, a still one by 0.001.
 */
static const double CHANGES_MIN = 0.003;

enum { FRAMES_MIN = 8, FRAMES_MAX = 480 };

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The value that `share` of them stay below; sorts. */
static double quantile(double *values, int count, double share)
{
    qsort(values, (size_t)count, sizeof *values, by_value);
    return values[(int)(share * (count - 1) + 0.5)];
}

static double spread(const double *values, int count)
{
    double sum = 0.0, squares = 0.0;
    for (int i = 0; i < count; i++) {
        sum += values[i];
        squares += values[i] * values[i];
    }
    double mean = sum / count;
    return sqrt(fmax(0.0, squares / count - mean * mean));
}

static void measure_steps(reel_motion_traits *out, const reel_track *track)
{
    int left = 0, right = 0, count = 0, leaps = 0;
    double way = 0.0;
    for (int f = 1; f < track->frames; f++) {
        const reel_sighting *a = &track->at[f - 1], *b = &track->at[f];
        if (a->is_found && a->is_whole && b->is_found && b->is_whole) {
            left += b->x < a->x;
            right += b->x > a->x;
            way += fabs(b->x - a->x);
            leaps += hypot(b->x - a->x, b->y - a->y) * track->fps > LEAP_SPEED;
            count++;
        }
    }
    int steps = left + right;
    out->leaps = count ? (double)leaps / count : 0.0;
    out->one_way = steps ? (double)(left > right ? left : right) / steps : 0.0;
    out->speed = steps ? way / steps * track->fps : 0.0;
}

reel_motion_traits reel_motion_measure(const reel_track *track)
{
    reel_motion_traits traits = { 0 };
    double x[FRAMES_MAX], y[FRAMES_MAX], height[FRAMES_MAX], rope[FRAMES_MAX];
    double ground = REEL_GROUND_LINE * track->height;
    int n = 0;
    for (int f = 0; f < track->frames && n < FRAMES_MAX; f++) {
        const reel_sighting *s = &track->at[f];
        if (s->is_found && s->is_whole) {
            x[n] = s->x;
            y[n] = s->y;
            height[n] = ground - s->bottom;
            rope[n] = hypot(s->x - 0.5 * track->width, s->y - (ground - PIVOT_HEIGHT));
            n++;
        }
    }
    traits.frames = n;
    if (n < FRAMES_MIN) {
        return traits;
    }
    measure_steps(&traits, track);
    traits.x_range = quantile(x, n, 0.95) - quantile(x, n, 0.05);
    traits.y_range = quantile(y, n, 0.95) - quantile(y, n, 0.05);
    traits.height = quantile(height, n, 0.95);
    traits.lowest = quantile(height, n, 0.05);
    double near = fmin(traits.lowest, GROUND_BIAS) + NEAR_GROUND;
    for (int i = 0; i < n; i++) {
        traits.low_share += height[i] < near ? 1.0 / n : 0.0;
    }
    traits.rope_spread = spread(rope, n);
    return traits;
}

int reel_motion_find(const reel_motion_traits *t, double changes)
{
    if (t->frames < FRAMES_MIN || t->leaps > LEAPS_MAX) {
        return -1;
    }
    if (t->x_range < 0.12 && t->y_range < 0.12) {
        return changes > CHANGES_MIN ? REEL_MOTION_SPIN : -1;
    }
    /* A swing never leaves the circle about its pivot, but hangs higher at its ends. */
    int is_on_circle = t->rope_spread < 0.035;
    /* A large object on its short rope hardly rises, but rises along the circle. */
    int is_along_circle = t->y_range > 0.055 && t->rope_spread < 0.02;
    if (!is_along_circle && (t->height < 0.08 || (t->height < 0.11 && !is_on_circle))) {
        return REEL_MOTION_ROLL;
    }
    if (t->one_way > 0.92 && t->speed > 0.5 && t->lowest > 0.10) {
        return REEL_MOTION_FLY;
    }
    if (is_on_circle) {
        return REEL_MOTION_SWING;
    }
    return t->low_share > 0.32 ? REEL_MOTION_JUMP : REEL_MOTION_BOUNCE;
}
