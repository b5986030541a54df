/* Opening and demuxing files nobody vouches for. */
#include "media/source.h"

#include "base/error.h"
#include "media/av_error.h"

#include <errno.h>
#include <fcntl.h>
#include <libavutil/mem.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { IO_BUFFER = 64 << 10, TRACKS_MAX = 64 };

static const char containers[] = "mov,matroska,avi,wav,mp3,flac,ogg,aac,gif,mpegts,png_pipe,"
                                 "jpeg_pipe,webp_pipe,bmp_pipe,tiff_pipe";
static const char codecs[] = "h264,hevc,vp8,vp9,libdav1d,mpeg4,mpeg2video,mjpeg,prores,ffv1,theora,"
                             "rawvideo,png,gif,webp,bmp,tiff,aac,mp3float,mp3,opus,libopus,vorbis,"
                             "flac,alac,ac3,eac3,pcm_u8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,"
                             "pcm_s32le,pcm_f32le,pcm_f64le";

static int read_bytes(void *opaque, uint8_t *buffer, int size)
{
    const reel_source *source = opaque;
    ssize_t count;
    do {
        count = read(source->fd, buffer, (size_t)size);
    } while (count < 0 && errno == EINTR);
    return count > 0 ? (int)count : count == 0 ? AVERROR_EOF : AVERROR(errno);
}

static int64_t seek_bytes(void *opaque, int64_t offset, int whence)
{
    const reel_source *source = opaque;
    if (whence & AVSEEK_SIZE) {
        return source->size_bytes;
    }
    off_t at = lseek(source->fd, offset, whence & ~AVSEEK_FORCE);
    return at < 0 ? AVERROR(errno) : at;
}

static reel_status open_descriptor(reel_source *source)
{
    source->fd = open(source->path, O_RDONLY | O_CLOEXEC);
    if (source->fd < 0) {
        return REEL_FAIL(errno == ENOENT || errno == ENOTDIR ? REEL_ERR_NOT_FOUND : REEL_ERR_IO,
                         "%s: %s", source->path, strerror(errno));
    }
    struct stat info;
    if (fstat(source->fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        return REEL_FAIL(REEL_ERR_IO, "%s: is no regular file", source->path);
    }
    source->size_bytes = info.st_size;
    return REEL_OK;
}

static reel_status allocate(reel_source *source)
{
    unsigned char *buffer = av_malloc(IO_BUFFER);
    if (buffer) {
        source->io = avio_alloc_context(buffer, IO_BUFFER, 0, source, read_bytes, NULL, seek_bytes);
    }
    if (!source->io) {
        av_free(buffer);
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for a reader", source->path);
    }
    source->format = avformat_alloc_context();
    if (!source->format) {
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for a demuxer", source->path);
    }
    source->format->pb = source->io;
    source->format->max_streams = TRACKS_MAX;
    source->format->format_whitelist = av_strdup(containers);
    source->format->codec_whitelist = av_strdup(codecs);
    source->format->protocol_whitelist = av_strdup("none"); /* nothing else is ever opened */
    if (!source->format->format_whitelist || !source->format->codec_whitelist ||
        !source->format->protocol_whitelist) {
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for a demuxer", source->path);
    }
    return REEL_OK;
}

/* Decoders measure whole blocks with a border: what they are told is a little over the bound, which
 * is checked exactly once the size is known. */
static int64_t decoder_pixels(const reel_source *source)
{
    return source->max_pixels + source->max_pixels / 4 + (1 << 16);
}

/* Finding the tracks decodes a few frames, so the bound on pixels is due here already. */
static reel_status find_tracks(reel_source *source)
{
    unsigned count = source->format->nb_streams;
    AVDictionary **options = calloc(count ? count : 1, sizeof *options);
    if (!options) {
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for %u tracks", source->path, count);
    }
    for (unsigned i = 0; i < count; i++) {
        av_dict_set_int(&options[i], "max_pixels", decoder_pixels(source), 0);
    }
    int code = avformat_find_stream_info(source->format, options);
    for (unsigned i = 0; i < count; i++) {
        av_dict_free(&options[i]);
    }
    free(options);
    return code < 0 ? reel_av_fail(code, "%s", source->path) : REEL_OK;
}

static void init(reel_source *source, const char *path, int64_t max_pixels)
{
    reel_av_log_init();
    *source = (reel_source){ .path = path,
                             .max_pixels = max_pixels > 0 ? max_pixels : REEL_MAX_PIXELS_DEFAULT,
                             .fd = -1 };
}

static reel_status demux(reel_source *source)
{
    REEL_TRY(allocate(source));
    /* no name: by that of a large JPEG libavformat takes it for a numbered row of files */
    int code = avformat_open_input(&source->format, NULL, NULL, NULL);
    return code < 0 ? reel_av_fail(code, "%s: is no known media file", source->path)
                    : find_tracks(source);
}

reel_status reel_source_open(reel_source *source, const char *path, int64_t max_pixels)
{
    init(source, path, max_pixels);
    reel_status status = open_descriptor(source);
    status = status < 0 ? status : demux(source);
    if (status < 0) {
        reel_source_close(source);
    }
    return status;
}

reel_status reel_source_open_descriptor(reel_source *source, int fd, const char *name,
                                        int64_t max_pixels)
{
    init(source, name, max_pixels);
    source->fd = fd;
    source->decoder_threads = 1;
    source->size_bytes = lseek(fd, 0, SEEK_END);
    reel_status status = source->size_bytes < 0 || lseek(fd, 0, SEEK_SET) != 0
                             ? REEL_FAIL(REEL_ERR_IO, "%s: %s", name, strerror(errno))
                             : demux(source);
    if (status < 0) {
        reel_source_close(source);
    }
    return status;
}

void reel_source_close(reel_source *source)
{
    if (source->format) {
        avformat_close_input(&source->format);
    }
    if (source->io) {
        av_freep(&source->io->buffer);
        avio_context_free(&source->io);
    }
    if (source->path && source->fd >= 0) {
        close(source->fd);
    }
    *source = (reel_source){ .fd = -1 };
}

int reel_source_find_track(const reel_source *source, enum AVMediaType type)
{
    int track = av_find_best_stream(source->format, type, -1, -1, NULL, 0);
    if (track < 0 || source->format->streams[track]->disposition & AV_DISPOSITION_ATTACHED_PIC) {
        return -1;
    }
    return track;
}

reel_status reel_source_check_size(const reel_source *source, int width, int height)
{
    int64_t pixels = (int64_t)width * height;
    if (width < 1 || height < 1) {
        return REEL_FAIL(REEL_ERR_FORMAT, "%s: has no readable picture of at most %lld pixels",
                         source->path, (long long)source->max_pixels);
    }
    if (pixels > source->max_pixels) {
        return REEL_FAIL(REEL_ERR_FORMAT, "%s: has pictures of %dx%d, at most %lld pixels are read",
                         source->path, width, height, (long long)source->max_pixels);
    }
    return REEL_OK;
}

reel_status reel_source_open_decoder(AVCodecContext **out, const reel_source *source, int track)
{
    *out = NULL;
    const AVStream *stream = source->format->streams[track];
    const AVCodecParameters *parameters = stream->codecpar;
    if (parameters->codec_type == AVMEDIA_TYPE_VIDEO) {
        REEL_TRY(reel_source_check_size(source, parameters->width, parameters->height));
    }
    const AVCodec *codec = avcodec_find_decoder(parameters->codec_id);
    if (!codec) {
        return REEL_FAIL(REEL_ERR_UNSUPPORTED, "%s: there is no decoder for %s", source->path,
                         avcodec_get_name(parameters->codec_id));
    }
    AVCodecContext *decoder = avcodec_alloc_context3(codec);
    if (!decoder) {
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for a decoder", source->path);
    }
    int code = avcodec_parameters_to_context(decoder, parameters);
    if (code >= 0) {
        decoder->pkt_timebase = stream->time_base;
        decoder->max_pixels = decoder_pixels(source);
        decoder->thread_count = source->decoder_threads; /* decoding is exact anyway */
        decoder->codec_whitelist = av_strdup(codecs);
        code = decoder->codec_whitelist ? avcodec_open2(decoder, codec, NULL) : AVERROR(ENOMEM);
    }
    if (code < 0) {
        avcodec_free_context(&decoder);
        return reel_av_fail(code, "%s: decoder %s", source->path, codec->name);
    }
    *out = decoder;
    return REEL_OK;
}

/* Feed packets of `track` until a frame comes out. */
static int decode_one(reel_source *source, AVCodecContext *decoder, int track, AVPacket *packet,
                      AVFrame *frame)
{
    for (;;) {
        int code = avcodec_receive_frame(decoder, frame);
        if (code != AVERROR(EAGAIN)) {
            return code;
        }
        code = av_read_frame(source->format, packet);
        if (code == AVERROR_EOF) {
            code = avcodec_send_packet(decoder, NULL);
        } else if (code >= 0) {
            code = packet->stream_index == track ? avcodec_send_packet(decoder, packet) : 0;
            av_packet_unref(packet);
        }
        if (code < 0) {
            return code;
        }
    }
}

reel_status reel_source_first_frame(AVFrame **out, reel_source *source, int track)
{
    *out = NULL;
    AVCodecContext *decoder = NULL;
    REEL_TRY(reel_source_open_decoder(&decoder, source, track));
    reel_status status = REEL_OK;
    AVPacket *packet = av_packet_alloc();
    AVFrame *frame = av_frame_alloc();
    int code =
        packet && frame ? decode_one(source, decoder, track, packet, frame) : AVERROR(ENOMEM);
    if (code < 0) {
        status = reel_av_fail(code, "%s: picture", source->path);
    } else {
        status = reel_source_check_size(source, frame->width, frame->height);
    }
    if (status < 0) {
        av_frame_free(&frame);
    }
    *out = frame;
    av_packet_free(&packet);
    avcodec_free_context(&decoder);
    return status;
}
