/* Writing films: H.264 + AAC in MP4 or MOV, VP9 + Opus in WebM, or sound alone in WAV.
 *
 * Picture and sound share one clock: frame i is shown at i * fps_den / fps_num, sample j sounds at
 * j / sample_rate; the delay of the sound encoders is written as an edit list (MP4, MOV) or codec
 * delay (WebM), so readers start both at 0. 4:2:0, BT.709, limited range. The same clip and options
 * give the same bytes.
 *
 * A file appears under its name only when it is complete; until then it is "PATH.tmp-PID". */
#ifndef REEL_MEDIA_ENCODE_H
#define REEL_MEDIA_ENCODE_H

#include "reel/clip.h"

typedef enum {
    REEL_CONTAINER_AUTO, /* from the name: .mp4 .m4v .mov .webm .wav */
    REEL_CONTAINER_MP4,
    REEL_CONTAINER_MOV,
    REEL_CONTAINER_WEBM,
    REEL_CONTAINER_WAV, /* 16-bit PCM; the picture is left out */
} reel_container;

/* One of title, artist, comment, genre, copyright, date: the keys that every container keeps. */
typedef struct {
    const char *key, *value; /* UTF-8 */
} reel_tag;

typedef struct {
    reel_container container;
    int quality; /* 20 (small) .. 99 (near lossless), 0 for 95: CRF of the picture */
    const reel_tag *tags;
    int tag_count;
    /* Called after each frame by reel_media_write_clip(); non-zero stops. May be NULL. */
    int (*progress)(int done, int total, void *user);
    void *user;
} reel_encode_options;

/* Write a whole clip; picture or sound may be absent, not both. `options` NULL: the defaults.
 * Fails with REEL_ERR_INVALID  odd width or height (4:2:0 halves both; nothing is padded or cut
 *                              silently), a size, rate, quality or tag out of range
 *            REEL_ERR_UNSUPPORTED  this libavcodec lacks the encoder
 *            REEL_ERR_IO, REEL_ERR_NOT_FOUND  the place cannot be written
 *            REEL_ERR_CANCELLED  progress() asked to stop
 * and leaves nothing behind. */
reel_status reel_media_write_clip(const char *path, const reel_clip *clip,
                                  const reel_encode_options *options);

/* The same piece by piece, for films that do not fit in memory. */
typedef struct reel_media_writer reel_media_writer;

/* `shape` gives width, height and fps (width 0: no picture), channels and sample_rate (channels 0:
 * no sound); its frames, samples, rgb and pcm are not looked at. `options` is not needed after the
 * call. The writer is owned by the caller, released with reel_media_writer_commit() or _abort(). */
reel_status reel_media_writer_open(reel_media_writer **out, const char *path,
                                   const reel_clip *shape, const reel_encode_options *options);

/* rgb: [height, width, 3], the next frame. Ignored in WAV. */
reel_status reel_media_writer_frame(reel_media_writer *writer, const uint8_t *rgb);

/* The next `samples` of every channel; channel c starts at pcm + c * stride. Values are clipped to
 * -1..1. Frames and samples may come in any order; memory is least when they go side by side. */
reel_status reel_media_writer_sound(reel_media_writer *writer, const float *pcm, int64_t stride,
                                    int64_t samples);

/* Finish the file and release the writer, also on failure. */
reel_status reel_media_writer_commit(reel_media_writer *writer);

/* Remove what was written and release the writer. Legal on NULL. */
void reel_media_writer_abort(reel_media_writer *writer);

#endif
