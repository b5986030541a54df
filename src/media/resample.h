/* Sound at another rate or with another number of channels. */
#ifndef REEL_MEDIA_RESAMPLE_H
#define REEL_MEDIA_RESAMPLE_H

#include "reel/clip.h"

/* Change the sound of `clip` in place to `sample_rate` (8000..192000 Hz) and `channels` (1 or 2).
 * Sample 0 stays at 0 s (the filter's delay is taken out); the length becomes
 * round(samples * sample_rate / old rate). One channel becomes two equal ones, two become their
 * mean. On failure the clip is unchanged: REEL_ERR_INVALID, REEL_ERR_MEMORY. */
reel_status reel_media_resample(reel_clip *clip, int sample_rate, int channels);

#endif
