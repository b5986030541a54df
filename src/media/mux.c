/* Muxing into a temporary file that takes its name when it is complete. */
#include "media/mux.h"

#include "base/error.h"
#include "media/av_error.h"

#include <libavutil/avstring.h>
#include <libavutil/opt.h>
#include <stdlib.h>
#include <string.h>

/* Edit lists are measured on the movie's clock; the default of 1 ms would cut the sound there. */
static int movie_timescale(const AVFormatContext *format)
{
    for (unsigned i = 0; i < format->nb_streams; i++) {
        if (format->streams[i]->codecpar->sample_rate > 0) {
            return format->streams[i]->codecpar->sample_rate;
        }
    }
    return 48000;
}

static const char *muxer_name(reel_container container)
{
    switch (container) {
    case REEL_CONTAINER_MOV:
        return "mov";
    case REEL_CONTAINER_WEBM:
        return "webm";
    case REEL_CONTAINER_WAV:
        return "wav";
    case REEL_CONTAINER_AUTO:
    case REEL_CONTAINER_MP4:
        break;
    }
    return "mp4";
}

reel_status reel_mux_open(reel_mux *mux, const char *path, reel_container container)
{
    *mux = (reel_mux){ 0 };
    reel_status status = REEL_OK;
    char *url = NULL;
    REEL_TRY(reel_atomic_open(&mux->file, path));
    mux->packet = av_packet_alloc();
    /* "file:" keeps a name such as "http:x" or "concat:a|b" from being read as an address. */
    url = av_asprintf("file:%s", mux->file.temporary);
    if (!mux->packet || !url) {
        status = REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for a muxer", path);
        goto done;
    }
    int code = avformat_alloc_output_context2(&mux->format, NULL, muxer_name(container), url);
    if (code >= 0) {
        code = avio_open(&mux->format->pb, url, AVIO_FLAG_WRITE);
    }
    if (code < 0) {
        status = reel_av_fail(code, "%s", path);
        goto done;
    }
    mux->format->flags |= AVFMT_FLAG_BITEXACT; /* no dates, no random identifiers */
done:
    av_free(url);
    if (status < 0) {
        reel_mux_abort(mux);
    }
    return status;
}

reel_status reel_mux_add_track(reel_mux *mux, int *track, const AVCodecContext *encoder)
{
    AVStream *stream = avformat_new_stream(mux->format, NULL);
    if (!stream) {
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for a track", mux->file.path);
    }
    int code = avcodec_parameters_from_context(stream->codecpar, encoder);
    if (code < 0) {
        return reel_av_fail(code, "%s", mux->file.path);
    }
    stream->time_base = encoder->time_base;
    stream->avg_frame_rate = encoder->framerate;
    *track = stream->index;
    return REEL_OK;
}

reel_status reel_mux_start(reel_mux *mux, const reel_tag *tags, int tag_count)
{
    for (int i = 0; i < tag_count; i++) {
        if (av_dict_set(&mux->format->metadata, tags[i].key, tags[i].value, 0) < 0) {
            return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for tags", mux->file.path);
        }
    }
    AVDictionary *options = NULL;
    const char *name = mux->format->oformat->name;
    if (strcmp(name, "mp4") == 0 || strcmp(name, "mov") == 0) {
        av_dict_set(&options, "movflags", "+faststart", 0);
        av_dict_set_int(&options, "movie_timescale", movie_timescale(mux->format), 0);
    }
    int code = avformat_write_header(mux->format, &options);
    av_dict_free(&options);
    if (code < 0) {
        return reel_av_fail(code, "%s: header", mux->file.path);
    }
    mux->has_header = 1;
    return REEL_OK;
}

/* WebM times run from before the codec delay, which readers subtract. libavformat 59 leaves adding
 * it to the caller; left out, it would move the picture instead, 7 ms away from the sound. */
static void add_codec_delay(AVPacket *packet, const AVFormatContext *format,
                            const AVCodecContext *encoder)
{
#if LIBAVFORMAT_VERSION_MAJOR < 60
    if (encoder->codec_type == AVMEDIA_TYPE_AUDIO && strcmp(format->oformat->name, "webm") == 0) {
        packet->pts += encoder->initial_padding;
        packet->dts += encoder->initial_padding;
    }
#else
    (void)packet, (void)format, (void)encoder;
#endif
}

reel_status reel_mux_encode(reel_mux *mux, int track, AVCodecContext *encoder, const AVFrame *frame)
{
    const AVStream *stream = mux->format->streams[track];
    int code = avcodec_send_frame(encoder, frame);
    if (code < 0) {
        return reel_av_fail(code, "%s: %s encoder", mux->file.path, encoder->codec->name);
    }
    while ((code = avcodec_receive_packet(encoder, mux->packet)) >= 0) {
        add_codec_delay(mux->packet, mux->format, encoder);
        av_packet_rescale_ts(mux->packet, encoder->time_base, stream->time_base);
        mux->packet->stream_index = track;
        code = av_interleaved_write_frame(mux->format, mux->packet);
        if (code < 0) {
            return reel_av_fail(code, "%s", mux->file.path);
        }
    }
    if (code != AVERROR(EAGAIN) && code != AVERROR_EOF) {
        return reel_av_fail(code, "%s: %s encoder", mux->file.path, encoder->codec->name);
    }
    return REEL_OK;
}

reel_status reel_mux_commit(reel_mux *mux)
{
    int code = av_write_trailer(mux->format);
    mux->has_header = 0;
    int closed = avio_closep(&mux->format->pb);
    if (code < 0 || closed < 0) {
        return reel_av_fail(code < 0 ? code : closed, "%s", mux->file.path);
    }
    return reel_atomic_commit(&mux->file);
}

void reel_mux_abort(reel_mux *mux)
{
    if (mux->format) {
        if (mux->format->pb) {
            avio_closep(&mux->format->pb);
        }
        avformat_free_context(mux->format);
    }
    av_packet_free(&mux->packet);
    reel_atomic_abort(&mux->file);
    *mux = (reel_mux){ 0 };
}
