/* Which place it is, by day or by night: the film's still parts beside the backdrops of the set. */
#ifndef REEL_VABENCH_PLACE_H
#define REEL_VABENCH_PLACE_H

#include "reel/clip.h"
#include "world/attributes.h"

/* The backdrops for one frame size, u8 [height, width, 3] each.
 * Owned by the caller, released with reel_backdrops_deinit(). */
typedef struct {
    int width, height;
    uint8_t *rgb[REEL_PLACE_COUNT][REEL_DAYTIME_COUNT];
} reel_backdrops;

/* REEL_ERR_INVALID (size), REEL_ERR_MEMORY. */
reel_status reel_backdrops_init(reel_backdrops *out, int width, int height);
void reel_backdrops_deinit(reel_backdrops *backdrops);

/* What stands still: the median over time of every byte, u8 [height, width, 3]; of a long film
 * every second, third, ... frame is looked at. */
void reel_still_build(uint8_t *out, const reel_clip *clip);

typedef struct {
    int place, daytime; /* -1: like none of them */
    double distance;    /* mean difference of a value, 0..48: each counts as 48 at most */
} reel_place_seen;

/* The nearest backdrop to `still`. */
reel_place_seen reel_place_find(const reel_backdrops *backdrops, const uint8_t *still);

/* Put what the object hides in `still` right: where it shows a colour that no backdrop has, and
 * three pixels around, the backdrop is taken instead. REEL_ERR_MEMORY. */
reel_status reel_still_clear(uint8_t *still, const uint8_t *backdrop, int width, int height);

#endif
