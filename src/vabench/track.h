/* Where the object goes: one sighting per frame. */
#ifndef REEL_VABENCH_TRACK_H
#define REEL_VABENCH_TRACK_H

#include "vabench/matte.h"

/* Lengths in short sides of the frame, y downwards, as in the world. */
typedef struct {
    int is_found;
    int is_whole;  /* no part of it is cut off by the edge of the frame */
    double x, y;   /* centre of mass */
    double bottom; /* y of its lowest edge, to a tenth of a pixel */
    double area;   /* short sides squared */
} reel_sighting;

/* at [frames]. Owned by the caller, released with reel_track_deinit(). */
typedef struct {
    int frames;
    double fps, width, height; /* of the film, of the frame in short sides */
    reel_sighting *at;
} reel_track;

/* REEL_ERR_MEMORY. */
reel_status reel_track_init(reel_track *out, const reel_matte *matte, double fps);
void reel_track_deinit(reel_track *track);

#endif
