/* Media of strangers, decoded in a process of its own that can do nothing else: no network, no
 * files but the one it is given, bounded time and memory. A hostile file can end only that process.
 */
#ifndef REEL_INTAKE_H
#define REEL_INTAKE_H

#include "reel/clip.h"
#include "reel/status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { REEL_MEDIA_IMAGE, REEL_MEDIA_FILM, REEL_MEDIA_SOUND } reel_media_kind;

enum { REEL_MEDIA_ENDING_SIZE = 8 };

/* What a file holds, found by decoding all of it. */
typedef struct {
    reel_media_kind kind;
    char ending[REEL_MEDIA_ENDING_SIZE]; /* "png": what the bytes are, whatever they were called */
    int width, height;                   /* upright, with square pixels; 0 without picture */
    double seconds;                      /* 0 of an image */
    int fps_num, fps_den;                /* as the file says; 0/1 when it does not */
    int channels, sample_rate;           /* 0 without sound */
} reel_media_facts;

typedef struct {
    size_t size;         /* set by REEL_INTAKE_OPTIONS_INIT; lets the struct grow */
    int seconds;         /* how long decoding may take, 1 .. 3600 */
    size_t memory_bytes; /* how much memory it may take */
    int64_t max_pixels;  /* of one picture */
    double max_seconds;  /* of the film or sound */
    int64_t max_bytes;   /* of the clip that is handed over */
    int max_side;        /* a picture comes back no larger, in proportion; 0: as it is */
} reel_intake_options;

#define REEL_INTAKE_OPTIONS_INIT                                                                   \
    {                                                                                              \
        .size = sizeof(reel_intake_options), .seconds = 60, .memory_bytes = (size_t)1 << 30,       \
        .max_pixels = 32 << 20, .max_seconds = 60, .max_bytes = (int64_t)512 << 20                 \
    }

/* Decode all of the file at `path`.
 *
 * facts    filled on success
 * clip     NULL: the contents are only checked. Else filled on success (an image is one frame at
 *          1/1 fps, laid on white), owned by the caller, released with reel_clip_free(); zeroed on
 *          failure
 * options  NULL: the defaults
 *
 * Runs this program again as "PROGRAM intake", which must call reel_intake_child().
 * Fails with REEL_ERR_NOT_FOUND, REEL_ERR_FORMAT (no media, damaged, over a limit, or its decoder
 * did not survive it), REEL_ERR_UNSUPPORTED (codec), REEL_ERR_MEMORY, REEL_ERR_IO. May be called
 * from any thread. */
reel_status reel_intake_read(reel_media_facts *facts, reel_clip *clip, const char *path,
                             const reel_intake_options *options);

/* The other side: read the job from descriptor 1, confine this process, decode descriptor 0, write
 * the outcome to descriptor 1. The exit code of the process; 0 whenever there is an outcome. */
int reel_intake_child(void);

#ifdef __cplusplus
}
#endif
#endif
