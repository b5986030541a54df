/* Reading films and sounds that nobody vouches for.
 *
 * Time 0 of the clip is the first picture of the file, or the first sample of a file without
 * picture; first timestamps, edit lists, encoder delay and padding are resolved here and nowhere
 * else. Sound before time 0 is cut, a late start is silence. */
#ifndef REEL_MEDIA_DECODE_H
#define REEL_MEDIA_DECODE_H

#include "media/scale.h"
#include "reel/clip.h"

typedef struct {
    int width, height;         /* 0: as in the file, upright and with square pixels; one of them 0:
                                  follows the aspect */
    reel_fit fit;              /* when both are given */
    int fps_num, fps_den;      /* 0: as in the file; frame i is what the film shows at i / fps */
    int sample_rate, channels; /* 0: as in the file (more than two channels become two) */
    double take_seconds;       /* read only this much; 0: everything */
    double max_seconds; /* what is longer is refused, unless take_seconds is shorter; 0: 600 */
    int64_t max_pixels; /* of one picture of the file; 0: 64 Mi */
    int64_t max_bytes;  /* of the decoded frames; 0: 4 GiB */
    int without_video, without_audio; /* skip that track */
} reel_decode_options;

/* Read a file into `out`; a missing track leaves frames or samples 0. `options` NULL: the defaults.
 * `out` is owned by the caller, released with reel_clip_free(), zeroed on failure.
 * Fails with REEL_ERR_NOT_FOUND, REEL_ERR_FORMAT (no media, damaged, cut short, over a limit),
 * REEL_ERR_UNSUPPORTED (codec), REEL_ERR_INVALID (options), REEL_ERR_MEMORY, REEL_ERR_IO. */
reel_status reel_media_read_clip(reel_clip *out, const char *path,
                                 const reel_decode_options *options);

/* The same from a file that is open already (media/source.h) and stays so; max_pixels is then what
 * it was opened with. */
struct reel_source;
reel_status reel_media_read_source(reel_clip *out, const struct reel_source *source,
                                   const reel_decode_options *options);

#endif
