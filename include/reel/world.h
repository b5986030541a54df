/* The procedural film set: clips with captions and the truth about them, drawn from a seed. */
#ifndef REEL_WORLD_H
#define REEL_WORLD_H

#include "reel/status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    size_t size;        /* set by REEL_WORLD_REQUEST_INIT; lets the struct grow */
    const char *folder; /* made when absent */
    int count;          /* clips, 1 .. 1000000 */
    uint64_t seed;      /* clip i has a seed of its own that follows from seed and i */
    double seconds;     /* 0.5 .. 30 */
    const char *aspect; /* "16:9" "9:16" "4:3" "3:4" "1:1" */
    int width, height; /* pixels, even, within 10 % of the aspect; 0: the base size of the aspect */
    int fps;           /* frames per second, 1 .. 60 */
    const char *choose; /* attributes fixed for all clips, "object=ball,motion=jump"; NULL: none */
} reel_world_request;

#define REEL_WORLD_REQUEST_INIT                                                                    \
    {                                                                                              \
        .size = sizeof(reel_world_request), .count = 1, .seconds = 3.0, .aspect = "16:9",          \
        .fps = 16                                                                                  \
    }

/* Called after each clip. Return non-zero to stop. */
typedef int (*reel_world_progress_fn)(int done, int total, void *user);

/* Write folder/clip_000000.mp4 with its truth and captions in clip_000000.json, and so on. A file
 * is complete or absent. `progress` may be NULL.
 * Fails with REEL_ERR_INVALID (a field is out of range; the message names it), REEL_ERR_IO,
 * REEL_ERR_CANCELLED (the clips written so far stay). */
reel_status reel_world_render(const reel_world_request *request, reel_world_progress_fn progress,
                              void *user);

/* What the set holds, as a JSON object: attributes and their values, sounds, aspects, captions.
 * Owned by the caller, released with free(). */
reel_status reel_world_describe(char **out);

#ifdef __cplusplus
}
#endif
#endif
