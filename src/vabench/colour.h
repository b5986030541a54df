/* Which colour the object has: the hue of what is more colourful than any backdrop, or white. */
#ifndef REEL_VABENCH_COLOUR_H
#define REEL_VABENCH_COLOUR_H

#include "reel/clip.h"
#include "world/attributes.h"

/* The plane of hues: u = r - (g + b) / 2, v = (g - b) sqrt(3) / 2, each in 0..1. Grey is (0, 0),
 * the angle is the hue, blending with grey only shortens the vector. */
typedef struct {
    float u, v;
} reel_chroma;

reel_chroma reel_chroma_of(const uint8_t rgb[3]);

typedef struct {
    int colour;         /* reel_colour, or -1: no object was found */
    reel_chroma toward; /* unit vector of the hue; (0, 0) for white */
    float full; /* how far along it, or how bright at its darkest primary, plain parts are */
} reel_colour_seen;

/* `still` is the film without the object. REEL_ERR_MEMORY. */
reel_status reel_colour_find(reel_colour_seen *out, const reel_clip *clip, const uint8_t *still);

#endif
