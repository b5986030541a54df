/* What a media file holds, without decoding it whole. */
#ifndef REEL_MEDIA_PROBE_H
#define REEL_MEDIA_PROBE_H

#include "reel/status.h"

#include <stdint.h>

typedef struct {
    char container[32]; /* name of the demuxer, e.g. "mov,mp4,m4a,3gp,3g2,mj2" */
    double seconds;     /* 0 when the file does not say */
    int video_tracks, audio_tracks;

    /* The best picture track; zero and "" without one. */
    char video_codec[32];
    int width, height; /* as stored: before turning and non-square pixels */
    int fps_num, fps_den;
    int64_t frames; /* 0 when the file does not say */

    /* The best sound track; zero and "" without one. */
    char audio_codec[32];
    int channels, sample_rate;
} reel_media_info;

/* Fails as reel_source_open() does: REEL_ERR_NOT_FOUND, REEL_ERR_FORMAT, REEL_ERR_IO. */
reel_status reel_media_probe(reel_media_info *out, const char *path);

/* The value of a tag such as "comment"; owned by the caller, released with free().
 * REEL_ERR_NOT_FOUND when the file has none. */
reel_status reel_media_read_tag(char **out, const char *path, const char *key);

#endif
