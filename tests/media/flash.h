/* A film of white flashes, each with a click at the very same instant, and how to find both. */
#ifndef REEL_TESTS_MEDIA_FLASH_H
#define REEL_TESTS_MEDIA_FLASH_H

#include "reel/clip.h"

/* Frames `first`, `first` + `every`, ... are white on black; at the start of each a 2 kHz burst of
 * 5 ms begins. width is 64, height is 48. Owned by the caller. */
typedef struct {
    int frames, fps_num, fps_den, channels, sample_rate, first, every;
} flash_plan;

reel_clip flash_clip(flash_plan plan);

/* Non-zero when the middle of the frame is nearer to white than to black. */
int flash_is_on(const reel_clip *clip, int frame);

/* By how many samples channel 0 of `heard` is later than that of `played`, to a fraction of a
 * sample: the parabola through the peak of their cross-correlation, searched within `most`. */
double flash_lag(const reel_clip *heard, const reel_clip *played, int most);

/* A new empty folder; path_in() joins a name to it, borrowed until the next but three calls. */
const char *scratch_folder(void);
const char *path_in(const char *name);

/* Number of entries in the scratch folder. */
int scratch_count(void);

/* Remove the scratch folder and what is in it. */
void scratch_remove(void);

#endif
