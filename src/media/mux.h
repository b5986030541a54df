/* A container being written: tracks, header, packets in time order, trailer, rename. */
#ifndef REEL_MEDIA_MUX_H
#define REEL_MEDIA_MUX_H

#include "base/file.h"
#include "media/encode.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

typedef struct {
    AVFormatContext *format;
    AVPacket *packet;
    reel_atomic_file file;
    int has_header;
} reel_mux;

/* `container` is any but REEL_CONTAINER_AUTO. After success, reel_mux_abort() releases it. */
reel_status reel_mux_open(reel_mux *mux, const char *path, reel_container container);

/* A track that carries what the opened `encoder` makes; borrowed, index in *track. */
reel_status reel_mux_add_track(reel_mux *mux, int *track, const AVCodecContext *encoder);

/* Write the header; no track can be added afterwards. */
reel_status reel_mux_start(reel_mux *mux, const reel_tag *tags, int tag_count);

/* Send `frame` (NULL: the end) to the encoder and write every packet that is ready. */
reel_status reel_mux_encode(reel_mux *mux, int track, AVCodecContext *encoder,
                            const AVFrame *frame);

/* Write the trailer and give the file its name. reel_mux_abort() is due in either case. */
reel_status reel_mux_commit(reel_mux *mux);

/* Release everything; removes the file unless it was committed. */
void reel_mux_abort(reel_mux *mux);

#endif
