/* A media file opened for reading: the one door through which strangers' files come in.
 *
 * The file is opened by this code, never by libav*, so no address, playlist or reference inside a
 * file can make it read anything else; only listed containers and codecs are tried. */
#ifndef REEL_MEDIA_SOURCE_H
#define REEL_MEDIA_SOURCE_H

#include "reel/status.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

typedef struct reel_source {
    AVFormatContext *format;
    AVIOContext *io;
    const char *path; /* borrowed from the caller of reel_source_open() */
    int64_t size_bytes, max_pixels;
    int fd;
    int decoder_threads; /* 0: as many as there are cores */
} reel_source;

enum { REEL_MAX_PIXELS_DEFAULT = 64 << 20 };

/* Open `path` and find its tracks; `source` must stay where it is until it is closed. `max_pixels`
 * bounds every picture, 0 is the default above. Fails with REEL_ERR_NOT_FOUND, REEL_ERR_FORMAT,
 * REEL_ERR_IO, REEL_ERR_MEMORY. On success released with reel_source_close(). */
reel_status reel_source_open(reel_source *source, const char *path, int64_t max_pixels);
void reel_source_close(reel_source *source); /* legal on a zeroed source */

/* The same for an open descriptor of a regular file, which is taken in any case and read from its
 * start; errors call it `name`. Everything runs on this thread, by reading and seeking alone. */
reel_status reel_source_open_descriptor(reel_source *source, int fd, const char *name,
                                        int64_t max_pixels);

/* Index of the best track of that type, -1 if there is none; cover art is no picture track. */
int reel_source_find_track(const reel_source *source, enum AVMediaType type);

/* An opened decoder for a track, owned by the caller, released with avcodec_free_context().
 * REEL_ERR_FORMAT when the picture is over the bound, REEL_ERR_UNSUPPORTED without a decoder. */
reel_status reel_source_open_decoder(AVCodecContext **out, const reel_source *source, int track);

/* REEL_ERR_FORMAT unless the picture has pixels and no more than the bound. */
reel_status reel_source_check_size(const reel_source *source, int width, int height);

/* Decode the first picture of the file; owned by the caller, released with av_frame_free(). */
reel_status reel_source_first_frame(AVFrame **out, reel_source *source, int track);

#endif
