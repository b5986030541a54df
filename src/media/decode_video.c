/* Packets to RGB frames of the asked size at the asked rate. */
#include "media/decode_video.h"

#include "base/arena.h"
#include "base/error.h"
#include "media/av_error.h"
#include "media/color.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FPS_MAX = 240, SIDE_MAX = 16384, WASTE_MAX = 16 };

/* Containers such as WebM round times to 1 ms; a picture this much late still counts as in time. */
#define LATE_SECONDS 0.0015

static void set_rate(reel_video_decoder *video, const reel_source *source, int track,
                     const reel_decode_options *options)
{
    AVRational fps = av_guess_frame_rate(source->format, source->format->streams[track], NULL);
    if (fps.num <= 0 || fps.den <= 0 || av_q2d(fps) > FPS_MAX || av_q2d(fps) < 0.1) {
        fps = (AVRational){ 25, 1 };
    }
    video->frame_seconds = av_q2d(av_inv_q(fps));
    video->fps_num = options->fps_num ? options->fps_num : fps.num;
    video->fps_den = options->fps_num ? options->fps_den : fps.den;
}

reel_status reel_video_decoder_init(reel_video_decoder *video, const reel_source *source, int track,
                                    const reel_decode_options *options)
{
    *video = (reel_video_decoder){ .source = source,
                                   .stream = source->format->streams[track],
                                   .width = options->width,
                                   .height = options->height,
                                   .fit = options->fit,
                                   .max_bytes = (size_t)options->max_bytes };
    video->is_cut_at_limit =
        options->take_seconds > 0.0 && options->take_seconds <= options->max_seconds;
    video->limit_seconds = video->is_cut_at_limit ? options->take_seconds : options->max_seconds;
    set_rate(video, source, track, options);
    video->frame = av_frame_alloc();
    video->pending = av_frame_alloc();
    if (!video->frame || !video->pending) {
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for a frame", video->source->path);
    }
    return reel_source_open_decoder(&video->decoder, source, track);
}

/* Size of `frame` upright and with square pixels. */
static void shown_size(double *width, double *height, const AVFrame *frame,
                       reel_orientation orientation)
{
    AVRational sar = frame->sample_aspect_ratio;
    double ratio = sar.num > 0 && sar.den > 0 ? av_q2d(sar) : 1.0;
    *width = frame->width * (ratio > 1.0 ? ratio : 1.0);
    *height = frame->height / (ratio < 1.0 ? ratio : 1.0);
    if (reel_orientation_swaps_sides(orientation)) {
        double swap = *width;
        *width = *height;
        *height = swap;
    }
}

/* Fill in what the caller left to the file. */
static void choose_size(reel_video_decoder *video, double shown_width, double shown_height)
{
    double width = video->width, height = video->height;
    if (width <= 0.0) {
        width = height > 0.0 ? height * shown_width / shown_height : shown_width;
    }
    if (height <= 0.0) {
        height = video->width > 0 ? width * shown_height / shown_width : shown_height;
    }
    video->width = (int)fmin(fmax(1.0, round(width)), SIDE_MAX + 1);
    video->height = (int)fmin(fmax(1.0, round(height)), SIDE_MAX + 1);
}

static reel_status check_placement(const reel_video_decoder *video, reel_placement placement)
{
    double frame = (double)video->width * video->height;
    if (video->width > SIDE_MAX || video->height > SIDE_MAX ||
        (double)placement.width * placement.height > WASTE_MAX * frame) {
        return REEL_FAIL(REEL_ERR_FORMAT, "%s: picture of %dx%d does not fit a frame of %dx%d",
                         video->source->path, video->pending->width, video->pending->height,
                         video->width, video->height);
    }
    return REEL_OK;
}

static reel_status scale_pending(reel_video_decoder *video, int width, int height)
{
    const AVFrame *frame = video->pending;
    size_t stride = ((size_t)3 * width + 63) / 64 * 64, need = stride * (height + 1);
    if (need > video->scaled_bytes) {
        free(video->scaled);
        video->scaled = malloc(need);
        video->scaled_bytes = video->scaled ? need : 0;
    }
    video->to_rgb = sws_getCachedContext(
        video->to_rgb, frame->width, frame->height, frame->format, width, height, AV_PIX_FMT_RGB24,
        SWS_LANCZOS | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP, NULL, NULL, NULL);
    if (!video->scaled || !video->to_rgb) {
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory to convert a picture of %dx%d",
                         video->source->path, frame->width, frame->height);
    }
    reel_color_set(video->to_rgb, frame, 0);
    uint8_t *planes[4] = { video->scaled };
    int strides[4] = { (int)stride };
    sws_scale(video->to_rgb, (const uint8_t *const *)frame->data, frame->linesize, 0, frame->height,
              planes, strides);
    for (int y = 1; y < height; y++) { /* rows one after the other, without padding */
        memmove(video->scaled + (size_t)3 * width * y, video->scaled + stride * y,
                (size_t)3 * width);
    }
    return REEL_OK;
}

/* The pending picture as one output frame. */
static reel_status render_pending(reel_video_decoder *video, uint8_t *out)
{
    reel_orientation orientation = reel_orientation_of(video->pending, video->stream);
    double width, height;
    shown_size(&width, &height, video->pending, orientation);
    reel_placement p =
        reel_placement_of(video->fit, (int)fmax(1.0, round(width)), (int)fmax(1.0, round(height)),
                          video->width, video->height);
    REEL_TRY(reel_source_check_size(video->source, video->pending->width, video->pending->height));
    REEL_TRY(check_placement(video, p));
    int swaps = reel_orientation_swaps_sides(orientation);
    int stored_width = swaps ? p.height : p.width, stored_height = swaps ? p.width : p.height;
    REEL_TRY(scale_pending(video, stored_width, stored_height));
    reel_window window = { p.left, p.top, video->width, video->height };
    reel_orientation_copy(out, window, video->scaled, stored_width, stored_height, orientation);
    return REEL_OK;
}

static reel_status reserve(reel_video_decoder *video, int64_t frames)
{
    if (frames <= video->capacity) {
        return REEL_OK;
    }
    size_t frame_bytes = (size_t)3 * video->width * video->height;
    int64_t most = (int64_t)(video->max_bytes / frame_bytes);
    if (frames > most || frames > INT_MAX) {
        return REEL_FAIL(
            REEL_ERR_FORMAT, "%s: %lld frames of %dx%d are over the limit of %zu bytes",
            video->source->path, (long long)frames, video->width, video->height, video->max_bytes);
    }
    int64_t capacity = frames < 32 ? 32 : frames + frames / 2;
    capacity = capacity < most ? capacity : most;
    uint8_t *rgb = realloc(video->rgb, reel_size_mul(frame_bytes, (size_t)capacity));
    if (!rgb) {
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for %lld frames of %dx%d",
                         video->source->path, (long long)capacity, video->width, video->height);
    }
    video->rgb = rgb;
    video->capacity = capacity;
    return REEL_OK;
}

/* Show the pending picture on every output frame before `until`. */
static reel_status show_pending(reel_video_decoder *video, int64_t until)
{
    int64_t limit = (int64_t)ceil(video->limit_seconds * video->fps_num / video->fps_den - 1e-6);
    if (until > limit) {
        if (!video->is_cut_at_limit) {
            return REEL_FAIL(REEL_ERR_FORMAT, "%s: is longer than %g s", video->source->path,
                             video->limit_seconds);
        }
        until = limit;
        video->is_full = 1;
    }
    if (until <= video->frames) {
        return REEL_OK;
    }
    if (video->frames == 0) {
        double width, height;
        shown_size(&width, &height, video->pending,
                   reel_orientation_of(video->pending, video->stream));
        choose_size(video, width, height);
    }
    REEL_TRY(reserve(video, until));
    size_t frame_bytes = (size_t)3 * video->width * video->height;
    uint8_t *first = video->rgb + video->frames * frame_bytes;
    REEL_TRY(render_pending(video, first));
    for (int64_t i = video->frames + 1; i < until; i++) {
        memcpy(video->rgb + i * frame_bytes, first, frame_bytes);
    }
    video->frames = until;
    return REEL_OK;
}

/* Frame i shows the latest picture that began by i / fps. */
static reel_status accept(reel_video_decoder *video)
{
    double seconds = video->last_seconds + video->frame_seconds;
    if (video->frame->best_effort_timestamp != AV_NOPTS_VALUE) {
        seconds = (double)video->frame->best_effort_timestamp * av_q2d(video->stream->time_base);
        if (!video->has_pending) {
            video->start_seconds = seconds;
        }
        seconds -= video->start_seconds;
    } else if (!video->has_pending) {
        seconds = 0.0;
    }
    double fps = (double)video->fps_num / video->fps_den;
    double late = fmin(LATE_SECONDS, 0.25 / fps);
    double index = ceil((seconds - late) * fps);
    index = index > 0.0 ? fmin(index, INT_MAX) : 0.0;
    if (video->has_pending) {
        REEL_TRY(show_pending(video, (int64_t)index));
    }
    av_frame_unref(video->pending);
    av_frame_move_ref(video->pending, video->frame);
    video->last_seconds = seconds;
    video->has_pending = 1;
    return REEL_OK;
}

static reel_status finish(reel_video_decoder *video)
{
    if (!video->has_pending) {
        return REEL_FAIL(REEL_ERR_FORMAT, "%s: its picture track holds no picture",
                         video->source->path);
    }
    double end = video->last_seconds + video->frame_seconds;
    double until = fmin(round(end * video->fps_num / video->fps_den), INT_MAX);
    int64_t least = video->frames > 0 ? video->frames : 1;
    return show_pending(video, until > (double)least ? (int64_t)until : least);
}

reel_status reel_video_decoder_packet(reel_video_decoder *video, const AVPacket *packet)
{
    int code = avcodec_send_packet(video->decoder, packet);
    while (code >= 0 && !video->is_full) {
        code = avcodec_receive_frame(video->decoder, video->frame);
        if (code >= 0) {
            REEL_TRY(accept(video));
        }
    }
    if (code < 0 && code != AVERROR(EAGAIN) && code != AVERROR_EOF) {
        return reel_av_fail(code, "%s: picture at %.2f s", video->source->path,
                            video->last_seconds + video->frame_seconds);
    }
    return packet || video->is_full ? REEL_OK : finish(video);
}

void reel_video_decoder_take(reel_video_decoder *video, reel_clip *clip)
{
    clip->frames = (int)video->frames;
    clip->width = video->width;
    clip->height = video->height;
    clip->fps_num = video->fps_num;
    clip->fps_den = video->fps_den;
    clip->rgb = video->rgb;
    video->rgb = NULL;
}

void reel_video_decoder_deinit(reel_video_decoder *video)
{
    free(video->rgb);
    free(video->scaled);
    sws_freeContext(video->to_rgb);
    av_frame_free(&video->pending);
    av_frame_free(&video->frame);
    avcodec_free_context(&video->decoder);
    *video = (reel_video_decoder){ 0 };
}
