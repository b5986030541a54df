/* When something is struck, as the sound tells it. */
#ifndef REEL_VABENCH_ONSETS_H
#define REEL_VABENCH_ONSETS_H

#include "reel/clip.h"

enum { REEL_ONSETS_MAX = 256 };

typedef struct {
    double seconds;
    double rise; /* dB: how much louder the bands get at once */
} reel_onset;

typedef struct {
    int count;
    reel_onset at[REEL_ONSETS_MAX]; /* by time */
} reel_onsets;

/* mono [samples]. An onset is a sudden rise in many bands together, as a blow makes; swelling
 * noise, beating tones and steady ambiences make none. Two onsets are at least 0.09 s apart. The
 * time is that of the steepest rise, to about two milliseconds. REEL_ERR_MEMORY. */
reel_status reel_onsets_find(reel_onsets *out, const float *mono, int64_t samples, int sample_rate);

#endif
