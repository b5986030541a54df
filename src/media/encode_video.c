/* RGB frames to H.264 or VP9 packets. */
#include "media/encode_video.h"

#include "base/error.h"
#include "media/av_error.h"
#include "media/rgb_frame.h"

#include <libavutil/cpu.h>
#include <libavutil/opt.h>
#include <stdio.h>

/* Fixed, because the bits that x264 and libvpx make depend on the number of threads. */
enum { ENCODER_THREADS = 4 };

/* Quality 95 is visually lossless for either encoder, 20 is plainly lossy. */
static double crf_of(reel_container container, int quality)
{
    return container == REEL_CONTAINER_WEBM ? 54.0 - 0.44 * (quality - 20)
                                            : 40.0 - 0.32 * (quality - 20);
}

static int set_codec_options(AVCodecContext *encoder, reel_container container, int quality)
{
    char crf[16];
    snprintf(crf, sizeof crf, container == REEL_CONTAINER_WEBM ? "%.0f" : "%.2f",
             crf_of(container, quality));
    int code = av_opt_set(encoder->priv_data, "crf", crf, 0);
    if (container == REEL_CONTAINER_WEBM) {
        code |= av_opt_set(encoder->priv_data, "deadline", "good", 0);
        code |= av_opt_set(encoder->priv_data, "cpu-used", "4", 0);
    } else {
        code |= av_opt_set(encoder->priv_data, "preset", "medium", 0);
        if (av_get_cpu_flags() & AV_CPU_FLAG_AVX512) {
            /* The AVX-512 code of x264 (r3095) reads memory that nobody wrote when it looks ahead:
             * the same film would have other bits each time. */
            code |= av_opt_set(encoder->priv_data, "x264-params", "asm=AVX2", 0);
        }
    }
    return code;
}

static void describe_picture(AVCodecContext *encoder, const reel_clip *shape)
{
    encoder->width = shape->width;
    encoder->height = shape->height;
    encoder->pix_fmt = AV_PIX_FMT_YUV420P;
    encoder->time_base = (AVRational){ shape->fps_den, shape->fps_num };
    encoder->framerate = (AVRational){ shape->fps_num, shape->fps_den };
    encoder->sample_aspect_ratio = (AVRational){ 1, 1 };
    encoder->color_range = AVCOL_RANGE_MPEG;
    encoder->colorspace = AVCOL_SPC_BT709;
    encoder->color_primaries = AVCOL_PRI_BT709;
    encoder->color_trc = AVCOL_TRC_BT709;
    encoder->chroma_sample_location = AVCHROMA_LOC_LEFT;
    encoder->thread_count = ENCODER_THREADS;
    encoder->gop_size = 2 * shape->fps_num / shape->fps_den + 1; /* seeking within two seconds */
    encoder->flags |= AV_CODEC_FLAG_BITEXACT;
}

static reel_status make_frame(reel_video_encoder *video, const char *path)
{
    const AVCodecContext *encoder = video->encoder;
    int width = encoder->width, height = encoder->height;
    video->frame = av_frame_alloc();
    video->to_yuv =
        sws_getContext(width, height, AV_PIX_FMT_RGB24, width, height, AV_PIX_FMT_YUV420P,
                       SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP, NULL, NULL, NULL);
    if (!video->frame || !video->to_yuv) {
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for a frame of %dx%d", path, width,
                         height);
    }
    const int *bt709 = sws_getCoefficients(SWS_CS_ITU709);
    sws_setColorspaceDetails(video->to_yuv, bt709, 1, bt709, 0, 0, 1 << 16, 1 << 16);
    video->frame->width = width;
    video->frame->height = height;
    video->frame->format = encoder->pix_fmt;
    video->frame->color_range = encoder->color_range;
    video->frame->colorspace = encoder->colorspace;
    video->frame->color_primaries = encoder->color_primaries;
    video->frame->color_trc = encoder->color_trc;
    int code = av_frame_get_buffer(video->frame, 0);
    return code < 0 ? reel_av_fail(code, "%s", path) : REEL_OK;
}

reel_status reel_video_encoder_init(reel_video_encoder *video, reel_mux *mux,
                                    const reel_clip *shape, reel_container container, int quality)
{
    *video = (reel_video_encoder){ 0 };
    const char *path = mux->file.path;
    const char *name = container == REEL_CONTAINER_WEBM ? "libvpx-vp9" : "libx264";
    const AVCodec *codec = avcodec_find_encoder_by_name(name);
    if (!codec) {
        return REEL_FAIL(REEL_ERR_UNSUPPORTED, "%s: libavcodec has no encoder %s", path, name);
    }
    video->encoder = avcodec_alloc_context3(codec);
    if (!video->encoder) {
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for the encoder", path);
    }
    describe_picture(video->encoder, shape);
    if (mux->format->oformat->flags & AVFMT_GLOBALHEADER) {
        video->encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    }
    if (set_codec_options(video->encoder, container, quality) < 0) {
        return REEL_FAIL(REEL_ERR_UNSUPPORTED, "%s: encoder %s lacks an option", path, name);
    }
    int code = avcodec_open2(video->encoder, codec, NULL);
    if (code < 0) {
        return reel_av_fail(code, "%s: encoder %s", path, name);
    }
    REEL_TRY(make_frame(video, path));
    return reel_mux_add_track(mux, &video->track, video->encoder);
}

reel_status reel_video_encoder_frame(reel_video_encoder *video, reel_mux *mux, const uint8_t *rgb)
{
    if (!rgb) {
        return reel_mux_encode(mux, video->track, video->encoder, NULL);
    }
    int code = av_frame_make_writable(video->frame);
    if (code < 0) {
        return reel_av_fail(code, "%s", mux->file.path);
    }
    int height = video->encoder->height;
    REEL_TRY(reel_rgb_frame_fill(&video->rgb, rgb, video->encoder->width, height));
    sws_scale(video->to_yuv, (const uint8_t *const *)video->rgb->data, video->rgb->linesize, 0,
              height, video->frame->data, video->frame->linesize);
    video->frame->pts = video->next++;
    return reel_mux_encode(mux, video->track, video->encoder, video->frame);
}

void reel_video_encoder_deinit(reel_video_encoder *video)
{
    sws_freeContext(video->to_yuv);
    av_frame_free(&video->frame);
    av_frame_free(&video->rgb);
    avcodec_free_context(&video->encoder);
    *video = (reel_video_encoder){ 0 };
}
