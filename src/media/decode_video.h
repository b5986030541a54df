/* The picture track of a file being read. */
#ifndef REEL_MEDIA_DECODE_VIDEO_H
#define REEL_MEDIA_DECODE_VIDEO_H

#include "media/decode.h"
#include "media/orientation.h"
#include "media/source.h"

#include <libswscale/swscale.h>

typedef struct {
    const reel_source *source; /* borrowed, outlives the decoder */
    const AVStream *stream;
    AVCodecContext *decoder;
    AVFrame *frame;   /* as it comes out of the decoder */
    AVFrame *pending; /* the latest picture, on screen until the next one is due */
    struct SwsContext *to_rgb;
    uint8_t *scaled; /* the picture at its placement, still turned as stored */
    size_t scaled_bytes, max_bytes;

    int width, height, fps_num, fps_den; /* of the output; sides 0 until the first picture */
    reel_fit fit;
    double limit_seconds;
    int is_cut_at_limit; /* stop there instead of failing */

    double start_seconds; /* of the first picture, on the clock of the file */
    double last_seconds;  /* of the pending picture, from the start */
    double frame_seconds; /* how long a picture lasts by the frame rate of the file */
    int has_pending, is_full;

    uint8_t *rgb; /* [frames, height, width, 3] */
    int64_t frames, capacity;
} reel_video_decoder;

/* Released with reel_video_decoder_deinit(), also after a failure. */
reel_status reel_video_decoder_init(reel_video_decoder *video, const reel_source *source, int track,
                                    const reel_decode_options *options);

/* Decode one packet; NULL: the end of the track. */
reel_status reel_video_decoder_packet(reel_video_decoder *video, const AVPacket *packet);

/* Move the frames into `clip`. */
void reel_video_decoder_take(reel_video_decoder *video, reel_clip *clip);

void reel_video_decoder_deinit(reel_video_decoder *video);

#endif
