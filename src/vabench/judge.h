/* One film, looked at and listened to: pixels and samples alone decide. */
#ifndef REEL_VABENCH_JUDGE_H
#define REEL_VABENCH_JUDGE_H

#include "vabench/impacts.h"
#include "vabench/motion.h"
#include "vabench/place.h"
#include "vabench/timbre.h"

/* What is judged of a film beside its timing. */
typedef enum {
    REEL_TRAIT_OBJECT,
    REEL_TRAIT_COLOUR,
    REEL_TRAIT_PLACE,
    REEL_TRAIT_DAYTIME,
    REEL_TRAIT_MOTION,
    REEL_TRAIT_SOUND,
    REEL_TRAIT_COUNT
} reel_trait;

/* "object", ..., "sound". */
const char *reel_trait_name(int trait);

/* Name of a value of a trait; "none" for -1. */
const char *reel_trait_value_name(int trait, int value);

typedef struct {
    int value[REEL_TRAIT_COUNT]; /* -1: nothing of the kind was found */
    double seconds;
    reel_place_seen place;
    reel_colour_seen colour;
    reel_object_seen object;
    reel_motion_traits motion;
    reel_impacts impacts; /* in the picture */
    reel_onsets onsets;   /* in the sound */
    reel_sound_heard sound;
} reel_verdict;

/* Keeps what films are compared with, for the last frame size and sample rate it met. One thread at
 * a time. Owned by the caller, released with reel_judge_free(). */
typedef struct reel_judge reel_judge;
reel_status reel_judge_new(reel_judge **out);
void reel_judge_free(reel_judge *judge);

/* A film may lack picture or sound; what needs them is then -1 or empty.
 * REEL_ERR_INVALID (frames outside 16..4096 pixels or of an aspect outside 0.4..2.5, sample rate
 * outside 8000..192000), REEL_ERR_MEMORY. */
reel_status reel_judge_film(reel_verdict *out, reel_judge *judge, const reel_clip *clip);

#endif
