/* A film in memory: frames and sound on one clock that starts at 0. */
#ifndef REEL_CLIP_H
#define REEL_CLIP_H

#include "reel/status.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* rgb: [frames, height, width, 3]  u8, sRGB; NULL when frames is 0
 * pcm: [channels, samples]         f32, -1..1, planar; NULL when samples is 0
 * Frame i is shown at i * fps_den / fps_num seconds; sample j sounds at j / sample_rate.
 * Owned by the caller, released with reel_clip_free(). */
typedef struct {
    int frames, width, height, fps_num, fps_den;
    int channels, sample_rate;
    int64_t samples;
    uint8_t *rgb;
    float *pcm;
} reel_clip;

/* Allocate zeroed frames and sound for the sizes already set in `clip`.
 * Fails with REEL_ERR_INVALID on a size below 0 or a clip over 16 GiB, REEL_ERR_MEMORY. */
reel_status reel_clip_alloc(reel_clip *clip);

/* Legal on a zeroed or already freed clip. */
void reel_clip_free(reel_clip *clip);

#ifdef __cplusplus
}
#endif
#endif
