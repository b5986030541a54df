/* What is heard: which material is struck, or the whoosh or whirr of air. */
#ifndef REEL_VABENCH_TIMBRE_H
#define REEL_VABENCH_TIMBRE_H

#include "vabench/bands.h"
#include "vabench/onsets.h"
#include "world/scene.h"

/* A sound is the number of the object that is struck (its material), or one of these. */
enum { REEL_SOUND_WHOOSH = REEL_OBJECT_COUNT, REEL_SOUND_WHIRR, REEL_SOUND_COUNT };

/* "rubber", ..., "whoosh", "whirr"; "none" for -1. */
const char *reel_sound_name(int sound);

/* What a scene sounds like. */
int reel_sound_of_scene(const reel_scene *scene);

/* How each sound looks in bands, at every size, rendered by the world.
 * Owned by the caller, released with reel_timbres_deinit(). */
typedef struct {
    int sample_rate;
    reel_bands blows[REEL_OBJECT_COUNT][REEL_SIZE_COUNT];
    float *air; /* [2, sizes, bands]: mean energies of whoosh and whirr */
} reel_timbres;

reel_status reel_timbres_init(reel_timbres *out, int sample_rate);
void reel_timbres_deinit(reel_timbres *timbres);

typedef struct {
    int sound;       /* -1: none of them */
    double distance; /* dB, root of the mean square, to the nearest */
    double struck;   /* share of the energy that follows an onset */
} reel_sound_heard;

/* mono [samples] and the onsets found in it. Blows are compared over 0.35 s from each onset on,
 * with the level fitted and the film's own background added; without blows, the mean of the loud
 * parts is compared with whoosh and whirr. REEL_ERR_MEMORY. */
reel_status reel_sound_find(reel_sound_heard *out, const reel_timbres *timbres, const float *mono,
                            int64_t samples, const reel_onsets *onsets);

#endif
