/* One pass over a file: packets to the two decoders, then both results onto one clock. */
#include "media/decode.h"

#include "base/error.h"
#include "media/av_error.h"
#include "media/decode_audio.h"
#include "media/decode_video.h"
#include "media/resample.h"
#include "media/source.h"

#include <string.h>

enum { SECONDS_DEFAULT = 600, SIDE_MAX = 16384, FPS_MAX = 240 };

static const int64_t BYTES_DEFAULT = (int64_t)4 << 30;

/* Sound that begins this much before the picture is still taken in whole. */
#define EARLY_SOUND_SECONDS 60.0

/* Sound codecs fill up their last frame with silence; that makes no film too long. */
#define PADDING_SECONDS 0.1

typedef struct {
    const reel_source *source; /* borrowed */
    reel_video_decoder video;
    reel_audio_decoder audio;
    int video_track, audio_track; /* -1: none */
    reel_decode_options options;
} reader;

static reel_status resolve(reel_decode_options *out, const reel_decode_options *options)
{
    *out = options ? *options : (reel_decode_options){ 0 };
    out->max_seconds = out->max_seconds > 0.0 ? out->max_seconds : SECONDS_DEFAULT;
    out->max_bytes = out->max_bytes > 0 ? out->max_bytes : BYTES_DEFAULT;
    if (out->width < 0 || out->height < 0 || out->width > SIDE_MAX || out->height > SIDE_MAX) {
        return REEL_FAIL(REEL_ERR_INVALID, "size is %dx%d, expected sides up to %d", out->width,
                         out->height, SIDE_MAX);
    }
    if (out->fps_num != 0 &&
        (out->fps_num < 1 || out->fps_den < 1 || out->fps_num / out->fps_den > FPS_MAX)) {
        return REEL_FAIL(REEL_ERR_INVALID, "frame rate is %d/%d, expected up to %d", out->fps_num,
                         out->fps_den, FPS_MAX);
    }
    if (out->channels < 0 || out->channels > 2) {
        return REEL_FAIL(REEL_ERR_INVALID, "channels is %d, expected 0 to 2", out->channels);
    }
    return REEL_OK;
}

static double limit_seconds(const reader *r)
{
    const reel_decode_options *o = &r->options;
    return o->take_seconds > 0.0 && o->take_seconds < o->max_seconds ? o->take_seconds
                                                                     : o->max_seconds;
}

static reel_status open_tracks(reader *r)
{
    const reel_decode_options *options = &r->options;
    r->video_track =
        options->without_video ? -1 : reel_source_find_track(r->source, AVMEDIA_TYPE_VIDEO);
    r->audio_track =
        options->without_audio ? -1 : reel_source_find_track(r->source, AVMEDIA_TYPE_AUDIO);
    if (r->video_track < 0 && r->audio_track < 0) {
        return REEL_FAIL(REEL_ERR_FORMAT, "%s: holds no %s", r->source->path,
                         options->without_video   ? "sound"
                         : options->without_audio ? "picture"
                                                  : "picture and no sound");
    }
    for (unsigned i = 0; i < r->source->format->nb_streams; i++) {
        int is_used = (int)i == r->video_track || (int)i == r->audio_track;
        r->source->format->streams[i]->discard = is_used ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    }
    if (r->video_track >= 0) {
        REEL_TRY(reel_video_decoder_init(&r->video, r->source, r->video_track, options));
    }
    if (r->audio_track >= 0) {
        REEL_TRY(reel_audio_decoder_init(&r->audio, r->source, r->audio_track,
                                         limit_seconds(r) + EARLY_SOUND_SECONDS));
    }
    return REEL_OK;
}

static double clock_start(const reader *r)
{
    return r->video_track >= 0 ? r->video.start_seconds : r->audio.start_seconds;
}

/* Everything that was asked for is read, and enough beyond it to know that there is more. */
static int is_done(const reader *r)
{
    if (r->video_track >= 0 && !r->video.is_full) {
        return 0;
    }
    if (r->audio_track < 0) {
        return 1;
    }
    return r->audio.has_start && reel_audio_decoder_end_seconds(&r->audio) >
                                     clock_start(r) + limit_seconds(r) + 2.0 * PADDING_SECONDS;
}

static reel_status dispatch(reader *r, const AVPacket *packet)
{
    if (packet->flags & AV_PKT_FLAG_CORRUPT) {
        return REEL_FAIL(REEL_ERR_FORMAT, "%s: is damaged or cut short", r->source->path);
    }
    if (packet->stream_index == r->video_track && !r->video.is_full) {
        return reel_video_decoder_packet(&r->video, packet);
    }
    if (packet->stream_index == r->audio_track) {
        return reel_audio_decoder_packet(&r->audio, packet);
    }
    return REEL_OK;
}

/* Matroska and WebM know how long they are but not, when they are cut, that they are cut. */
static reel_status check_whole(const reader *r)
{
    const AVFormatContext *format = r->source->format;
    if (!strstr(format->iformat->name, "matroska") || format->duration <= 0) {
        return REEL_OK;
    }
    double promised = (double)format->duration / AV_TIME_BASE, found = 0.0;
    if (r->video_track >= 0) {
        found = r->video.start_seconds + r->video.last_seconds + r->video.frame_seconds;
    }
    if (r->audio_track >= 0 && reel_audio_decoder_end_seconds(&r->audio) > found) {
        found = reel_audio_decoder_end_seconds(&r->audio);
    }
    int whole_file = !r->options.without_video && !r->options.without_audio;
    if (whole_file && found < promised - 0.5 - 0.02 * promised) {
        return REEL_FAIL(REEL_ERR_FORMAT, "%s: is cut short: %.2f s of %.2f s", r->source->path,
                         found, promised);
    }
    return REEL_OK;
}

static reel_status read_packets(reader *r)
{
    AVPacket *packet = av_packet_alloc();
    if (!packet) {
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for a packet", r->source->path);
    }
    reel_status status = REEL_OK;
    int code = 0;
    while (status == REEL_OK && !is_done(r) &&
           (code = av_read_frame(r->source->format, packet)) >= 0) {
        status = dispatch(r, packet);
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    if (code < 0 && code != AVERROR_EOF) {
        return reel_av_fail(code, "%s: is damaged or cut short", r->source->path);
    }
    if (status == REEL_OK && r->video_track >= 0 && !r->video.is_full) {
        status = reel_video_decoder_packet(&r->video, NULL);
    }
    if (status == REEL_OK && r->audio_track >= 0) {
        status = reel_audio_decoder_packet(&r->audio, NULL);
    }
    return status == REEL_OK && code == AVERROR_EOF ? check_whole(r) : status;
}

static reel_status assemble(reader *r, reel_clip *out)
{
    if (r->audio_track >= 0) {
        double limit = limit_seconds(r);
        int is_cut = r->options.take_seconds > 0.0 && limit >= r->options.take_seconds;
        double length = reel_audio_decoder_end_seconds(&r->audio) - clock_start(r);
        if (length > limit + PADDING_SECONDS && !is_cut) {
            return REEL_FAIL(REEL_ERR_FORMAT, "%s: is longer than %g s", r->source->path, limit);
        }
        REEL_TRY(reel_audio_decoder_take(&r->audio, out, clock_start(r), limit));
        const reel_decode_options *o = &r->options;
        REEL_TRY(reel_media_resample(out, o->sample_rate ? o->sample_rate : out->sample_rate,
                                     o->channels ? o->channels : out->channels));
    }
    if (r->video_track >= 0) {
        reel_video_decoder_take(&r->video, out);
    }
    return REEL_OK;
}

reel_status reel_media_read_source(reel_clip *out, const struct reel_source *source,
                                   const reel_decode_options *options)
{
    *out = (reel_clip){ 0 };
    reader r = { .source = source, .video_track = -1, .audio_track = -1 };
    REEL_TRY(resolve(&r.options, options));
    reel_status status = open_tracks(&r);
    if (status == REEL_OK) {
        status = read_packets(&r);
    }
    if (status == REEL_OK) {
        status = assemble(&r, out);
    }
    if (status < 0) {
        reel_clip_free(out);
        *out = (reel_clip){ 0 };
    }
    reel_video_decoder_deinit(&r.video);
    reel_audio_decoder_deinit(&r.audio);
    return status;
}

reel_status reel_media_read_clip(reel_clip *out, const char *path,
                                 const reel_decode_options *options)
{
    *out = (reel_clip){ 0 };
    reel_decode_options resolved;
    reel_source source;
    REEL_TRY(resolve(&resolved, options));
    REEL_TRY(reel_source_open(&source, path, resolved.max_pixels));
    reel_status status = reel_media_read_source(out, &source, &resolved);
    reel_source_close(&source);
    return status;
}
