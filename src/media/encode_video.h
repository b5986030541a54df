/* The picture track of a film being written. */
#ifndef REEL_MEDIA_ENCODE_VIDEO_H
#define REEL_MEDIA_ENCODE_VIDEO_H

#include "media/mux.h"

#include <libswscale/swscale.h>

typedef struct {
    AVCodecContext *encoder;
    AVFrame *rgb;              /* the picture as it came */
    AVFrame *frame;            /* yuv420p, BT.709, limited range */
    struct SwsContext *to_yuv; /* from RGB24 */
    int track;
    int64_t next; /* index of the next frame */
} reel_video_encoder;

/* VP9 in WebM, H.264 elsewhere; width, height and fps from `shape`, quality 20..99. The encoder is
 * released with reel_video_encoder_deinit(), also after a failure. */
reel_status reel_video_encoder_init(reel_video_encoder *video, reel_mux *mux,
                                    const reel_clip *shape, reel_container container, int quality);

/* rgb: [height, width, 3]; NULL ends the track. */
reel_status reel_video_encoder_frame(reel_video_encoder *video, reel_mux *mux, const uint8_t *rgb);

void reel_video_encoder_deinit(reel_video_encoder *video);

#endif
