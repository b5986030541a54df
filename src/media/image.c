/* Images in and out through libavcodec. */
#include "media/image.h"

#include "base/error.h"
#include "base/file.h"
#include "media/av_error.h"
#include "media/color.h"
#include "media/orientation.h"
#include "media/rgb_frame.h"
#include "media/source.h"

#include <libswscale/swscale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    SIDE_MAX = 32768,
    JPEG_QUALITY_DEFAULT = 95,
    BEHIND = 64 /* bytes behind a picture that swscale's vector code may touch */
};

/* The picture as [height, width, 4] with straight alpha; owned by the caller. */
static reel_status to_rgba(uint8_t **out, const AVFrame *frame, const char *path)
{
    int width = frame->width, height = frame->height;
    uint8_t *rgba = malloc((size_t)4 * width * height + BEHIND);
    struct SwsContext *convert =
        sws_getContext(width, height, frame->format, width, height, AV_PIX_FMT_RGBA,
                       SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, NULL, NULL, NULL);
    if (!rgba || !convert) {
        free(rgba);
        sws_freeContext(convert);
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for a picture of %dx%d", path, width,
                         height);
    }
    reel_color_set(convert, frame, 1);
    uint8_t *planes[4] = { rgba };
    int strides[4] = { 4 * width };
    sws_scale(convert, (const uint8_t *const *)frame->data, frame->linesize, 0, height, planes,
              strides);
    sws_freeContext(convert);
    *out = rgba;
    return REEL_OK;
}

/* Lay RGBA on white and drop alpha, in place. */
static void lay_on_white(uint8_t *pixels, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint8_t *from = pixels + 4 * i;
        int alpha = from[3];
        for (int c = 0; c < 3; c++) {
            pixels[3 * i + c] = (uint8_t)((from[c] * alpha + 255 * (255 - alpha) + 127) / 255);
        }
    }
}

static reel_status turn_upright(reel_image *out, const uint8_t *rgb, const AVFrame *frame,
                                reel_orientation orientation)
{
    int swaps = reel_orientation_swaps_sides(orientation);
    reel_window window = { .out_width = swaps ? frame->height : frame->width,
                           .out_height = swaps ? frame->width : frame->height };
    uint8_t *upright = malloc((size_t)3 * window.out_width * window.out_height);
    if (!upright) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for a picture of %dx%d", window.out_width,
                         window.out_height);
    }
    reel_orientation_copy(upright, window, rgb, frame->width, frame->height, orientation);
    *out = (reel_image){ window.out_width, window.out_height, upright };
    return REEL_OK;
}

reel_status reel_image_read_source(reel_image *out, struct reel_source *source)
{
    *out = (reel_image){ 0 };
    reel_status status = REEL_OK;
    AVFrame *frame = NULL;
    uint8_t *pixels = NULL;
    int track = reel_source_find_track(source, AVMEDIA_TYPE_VIDEO);
    if (track < 0) {
        return REEL_FAIL(REEL_ERR_FORMAT, "%s: holds no picture", source->path);
    }
    REEL_TRY_OR_DONE(reel_source_first_frame(&frame, source, track));
    REEL_TRY_OR_DONE(to_rgba(&pixels, frame, source->path));
    lay_on_white(pixels, (size_t)frame->width * frame->height);
    status = turn_upright(out, pixels, frame,
                          reel_orientation_of(frame, source->format->streams[track]));
done:
    free(pixels);
    av_frame_free(&frame);
    return status;
}

reel_status reel_image_read(reel_image *out, const char *path, int64_t max_pixels)
{
    *out = (reel_image){ 0 };
    reel_source source;
    REEL_TRY(reel_source_open(&source, path, max_pixels));
    reel_status status = reel_image_read_source(out, &source);
    reel_source_close(&source);
    return status;
}

void reel_image_free(reel_image *image)
{
    free(image->rgb);
    *image = (reel_image){ 0 };
}

/* A frame in the encoder's format filled from RGB; owned by the caller. */
static reel_status from_rgb(AVFrame **out, const uint8_t *rgb, int width, int height,
                            enum AVPixelFormat format)
{
    AVFrame *source = NULL;
    reel_status status = reel_rgb_frame_fill(&source, rgb, width, height);
    if (status < 0 || format == AV_PIX_FMT_RGB24) {
        *out = source;
        return status;
    }
    AVFrame *frame = *out = av_frame_alloc();
    struct SwsContext *convert =
        sws_getContext(width, height, AV_PIX_FMT_RGB24, width, height, format,
                       SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP, NULL, NULL, NULL);
    if (!frame || !convert) {
        status = REEL_FAIL(REEL_ERR_MEMORY, "no memory for a colour conversion");
        goto done;
    }
    frame->width = width;
    frame->height = height;
    frame->format = format;
    int code = av_frame_get_buffer(frame, 0);
    if (code < 0) {
        status = reel_av_fail(code, "frame");
        goto done;
    }
    const int *bt601 = sws_getCoefficients(SWS_CS_ITU601); /* what JPEG means by YCbCr */
    sws_setColorspaceDetails(convert, bt601, 1, bt601, 1, 0, 1 << 16, 1 << 16);
    sws_scale(convert, (const uint8_t *const *)source->data, source->linesize, 0, height,
              frame->data, frame->linesize);
done:
    sws_freeContext(convert);
    av_frame_free(&source);
    return status;
}

/* One frame in, one packet out: which is the whole file for PNG and JPEG. */
static reel_status encode_packet(AVPacket *packet, AVFrame *frame, enum AVCodecID id, int quality)
{
    const AVCodec *codec = avcodec_find_encoder(id);
    AVCodecContext *encoder = codec ? avcodec_alloc_context3(codec) : NULL;
    if (!encoder) {
        return REEL_FAIL(REEL_ERR_UNSUPPORTED, "libavcodec has no encoder %s",
                         avcodec_get_name(id));
    }
    encoder->width = frame->width;
    encoder->height = frame->height;
    encoder->pix_fmt = frame->format;
    encoder->color_range = frame->color_range = AVCOL_RANGE_JPEG;
    encoder->time_base = (AVRational){ 1, 1 };
    encoder->thread_count = 1;
    encoder->flags |= AV_CODEC_FLAG_BITEXACT;
    if (id == AV_CODEC_ID_MJPEG) {
        encoder->strict_std_compliance = FF_COMPLIANCE_UNOFFICIAL; /* full-range 4:4:4 */
        encoder->flags |= AV_CODEC_FLAG_QSCALE;
        frame->quality = FF_QP2LAMBDA * (1 + (99 - quality) * 30 / 79); /* 1 (best) .. 31 */
        encoder->global_quality = frame->quality;
    }
    int code = avcodec_open2(encoder, codec, NULL);
    if (code >= 0) {
        code = avcodec_send_frame(encoder, frame);
    }
    if (code >= 0) {
        code = avcodec_send_frame(encoder, NULL);
    }
    if (code >= 0) {
        code = avcodec_receive_packet(encoder, packet);
    }
    avcodec_free_context(&encoder);
    return code < 0 ? reel_av_fail(code, "encoder %s", codec->name) : REEL_OK;
}

static enum AVCodecID codec_of_name(const char *path)
{
    const char *dot = strrchr(path, '.');
    if (dot && strcasecmp(dot, ".png") == 0) {
        return AV_CODEC_ID_PNG;
    }
    if (dot && (strcasecmp(dot, ".jpg") == 0 || strcasecmp(dot, ".jpeg") == 0)) {
        return AV_CODEC_ID_MJPEG;
    }
    return AV_CODEC_ID_NONE;
}

reel_status reel_image_write(const char *path, const uint8_t *rgb, int width, int height,
                             int quality)
{
    reel_av_log_init();
    enum AVCodecID id = codec_of_name(path);
    quality = quality ? quality : JPEG_QUALITY_DEFAULT;
    if (id == AV_CODEC_ID_NONE) {
        return REEL_FAIL(REEL_ERR_INVALID, "%s: expected a name in .png or .jpg", path);
    }
    if (width < 1 || height < 1 || width > SIDE_MAX || height > SIDE_MAX) {
        return REEL_FAIL(REEL_ERR_INVALID, "%s: size is %dx%d, expected sides from 1 to %d", path,
                         width, height, SIDE_MAX);
    }
    if (quality < 20 || quality > 99) {
        return REEL_FAIL(REEL_ERR_INVALID, "%s: quality is %d, expected 20 to 99", path, quality);
    }
    AVFrame *frame = NULL;
    AVPacket *packet = av_packet_alloc();
    reel_status status =
        packet ? from_rgb(&frame, rgb, width, height,
                          id == AV_CODEC_ID_PNG ? AV_PIX_FMT_RGB24 : AV_PIX_FMT_YUV444P)
               : REEL_FAIL(REEL_ERR_MEMORY, "no memory for a packet");
    if (status == REEL_OK) {
        status = encode_packet(packet, frame, id, quality);
    }
    if (status == REEL_OK) {
        status = reel_file_write(path, packet->data, (size_t)packet->size);
    } else {
        status = reel_fail_in(status, "%s", path);
    }
    av_packet_free(&packet);
    av_frame_free(&frame);
    return status;
}
