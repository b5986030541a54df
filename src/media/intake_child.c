/* The confined side: one job, one file, one outcome. */
#include "base/confine.h"
#include "base/error.h"
#include "media/decode.h"
#include "media/image.h"
#include "media/intake_job.h"
#include "media/orientation.h"
#include "media/source.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CHECK_HEIGHT = 32, CHECK_FPS = 24, RATE_MAX = 1000 };

static reel_status write_all(const void *bytes, size_t size)
{
    const char *at = bytes;
    while (size > 0) {
        ssize_t count = write(STDOUT_FILENO, at, size);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return REEL_FAIL(REEL_ERR_IO, "the outcome cannot be written");
        }
        at += count;
        size -= (size_t)count;
    }
    return REEL_OK;
}

/* What users call a container; the first word that its demuxer's name begins with. */
static const char *ending_of(const AVFormatContext *format, int has_picture)
{
    static const struct {
        const char *demuxer, *film, *sound;
    } endings[] = {
        { "png", "png", "" },         { "jpeg", "jpg", "" },   { "webp", "webp", "" },
        { "bmp", "bmp", "" },         { "tiff", "tiff", "" },  { "gif", "gif", "" },
        { "matroska", "mkv", "mka" }, { "avi", "avi", "avi" }, { "mpegts", "ts", "ts" },
        { "wav", "wav", "wav" },      { "mp3", "mp3", "mp3" }, { "flac", "flac", "flac" },
        { "ogg", "ogv", "ogg" },      { "aac", "aac", "aac" },
    };
    const char *name = format->iformat->name;
    if (strncmp(name, "mov", 3) == 0) {
        const AVDictionaryEntry *brand = av_dict_get(format->metadata, "major_brand", NULL, 0);
        int is_mov = brand && strncmp(brand->value, "qt", 2) == 0;
        return is_mov ? "mov" : has_picture ? "mp4" : "m4a";
    }
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (strncmp(name, endings[i].demuxer, strlen(endings[i].demuxer)) == 0) {
            return has_picture ? endings[i].film : endings[i].sound;
        }
    }
    return "bin";
}

/* VP8 and VP9 with Vorbis and Opus in Matroska is what WebM means. */
static int is_webm(const AVFormatContext *format)
{
    for (unsigned i = 0; i < format->nb_streams; i++) {
        enum AVCodecID id = format->streams[i]->codecpar->codec_id;
        if (id != AV_CODEC_ID_VP8 && id != AV_CODEC_ID_VP9 && id != AV_CODEC_ID_AV1 &&
            id != AV_CODEC_ID_OPUS && id != AV_CODEC_ID_VORBIS) {
            return 0;
        }
    }
    return strncmp(format->iformat->name, "matroska", 8) == 0;
}

static int is_image(const AVFormatContext *format)
{
    const char *name = format->iformat->name;
    return strstr(name, "_pipe") != NULL || strcmp(name, "gif") == 0;
}

/* Width and height as a film is shown. */
static void find_shown_size(reel_media_facts *facts, AVFormatContext *format, AVStream *stream)
{
    double width = stream->codecpar->width, height = stream->codecpar->height;
    AVRational sar = av_guess_sample_aspect_ratio(format, stream, NULL);
    double ratio = sar.num > 0 && sar.den > 0 ? av_q2d(sar) : 1.0;
    width *= ratio > 1.0 ? ratio : 1.0;
    height /= ratio < 1.0 ? ratio : 1.0;
    AVFrame *blank = av_frame_alloc(); /* the turn is then that of the track */
    int swaps = blank && reel_orientation_swaps_sides(reel_orientation_of(blank, stream));
    av_frame_free(&blank);
    facts->width = (int)fmin(round(swaps ? height : width), 1 << 20);
    facts->height = (int)fmin(round(swaps ? width : height), 1 << 20);
}

static void find_facts(reel_media_facts *facts, const reel_source *source)
{
    AVFormatContext *format = source->format;
    int video = reel_source_find_track(source, AVMEDIA_TYPE_VIDEO);
    facts->kind = is_image(format) ? REEL_MEDIA_IMAGE
                  : video >= 0     ? REEL_MEDIA_FILM
                                   : REEL_MEDIA_SOUND;
    snprintf(facts->ending, sizeof facts->ending, "%s",
             is_webm(format) ? "webm" : ending_of(format, video >= 0));
    facts->fps_den = 1;
    if (facts->kind == REEL_MEDIA_FILM) {
        AVRational fps = av_guess_frame_rate(format, format->streams[video], NULL);
        find_shown_size(facts, format, format->streams[video]);
        if (fps.num > 0 && fps.den > 0 && fps.num / fps.den <= RATE_MAX) {
            facts->fps_num = fps.num;
            facts->fps_den = fps.den;
        }
    }
}

static reel_status take_image(reel_clip *clip, reel_media_facts *facts, reel_source *source,
                              int max_side)
{
    reel_image image;
    REEL_TRY(reel_image_read_source(&image, source));
    *clip = (reel_clip){ .frames = 1,
                         .width = image.width,
                         .height = image.height,
                         .fps_num = 1,
                         .fps_den = 1,
                         .rgb = image.rgb };
    facts->width = image.width;
    facts->height = image.height;
    int longest = image.width > image.height ? image.width : image.height;
    if (max_side <= 0 || longest <= max_side) {
        return REEL_OK;
    }
    double factor = (double)max_side / longest;
    int width = (int)fmax(1.0, round(image.width * factor));
    int height = (int)fmax(1.0, round(image.height * factor));
    reel_clip large = *clip;
    reel_status status = reel_media_scale_clip(clip, &large, width, height, REEL_FIT_STRETCH);
    reel_clip_free(&large);
    return status;
}

/* A check needs no frames, only that each one could be decoded: they are kept tiny. */
static reel_status take_film(reel_clip *clip, reel_media_facts *facts, const reel_source *source,
                             const reel_intake_job *job)
{
    const reel_intake_options *o = &job->options;
    reel_decode_options options = { .max_seconds = o->max_seconds, .max_bytes = o->max_bytes };
    if (!job->wants_clip) {
        options.height = CHECK_HEIGHT;
        options.fps_num = CHECK_FPS;
        options.fps_den = 1;
    } else if (o->max_side > 0 && (facts->width > o->max_side || facts->height > o->max_side)) {
        *(facts->width > facts->height ? &options.width : &options.height) = o->max_side;
    }
    REEL_TRY(reel_media_read_source(clip, source, &options));
    double sound = clip->sample_rate > 0 ? (double)clip->samples / clip->sample_rate : 0.0;
    double picture = clip->fps_num > 0 ? (double)clip->frames * clip->fps_den / clip->fps_num : 0.0;
    facts->seconds = picture > 0.0 ? picture : sound;
    facts->channels = clip->samples > 0 ? clip->channels : 0;
    facts->sample_rate = clip->samples > 0 ? clip->sample_rate : 0;
    return REEL_OK;
}

static reel_status decode(reel_intake_outcome *outcome, const reel_intake_job *job)
{
    const reel_intake_options *o = &job->options;
    reel_source source;
    REEL_TRY(reel_source_open_descriptor(&source, STDIN_FILENO, "the file", o->max_pixels));
    find_facts(&outcome->facts, &source);
    reel_status status = outcome->facts.kind == REEL_MEDIA_IMAGE
                             ? take_image(&outcome->clip, &outcome->facts, &source, o->max_side)
                             : take_film(&outcome->clip, &outcome->facts, &source, job);
    reel_source_close(&source);
    return status;
}

static reel_status tell(reel_intake_outcome *outcome, int wants_clip)
{
    const reel_clip *clip = &outcome->clip;
    size_t rgb = (size_t)3 * clip->frames * clip->width * clip->height;
    size_t pcm = sizeof(float) * (size_t)clip->channels * (size_t)clip->samples;
    REEL_TRY(write_all(outcome, sizeof *outcome));
    if (!wants_clip || outcome->status < 0) {
        return REEL_OK;
    }
    REEL_TRY(write_all(clip->rgb, clip->frames > 0 ? rgb : 0));
    return write_all(clip->pcm, clip->samples > 0 ? pcm : 0);
}

int reel_intake_child(void)
{
    reel_intake_job job;
    reel_intake_outcome outcome = { .magic = REEL_INTAKE_MAGIC };
    if (pread(STDOUT_FILENO, &job, sizeof job, 0) != (ssize_t)sizeof job ||
        job.magic != REEL_INTAKE_MAGIC ||
        lseek(STDOUT_FILENO, (off_t)sizeof job, SEEK_SET) != (off_t)sizeof job) {
        return 2;
    }
    reel_confinement limits = { .memory_bytes = job.options.memory_bytes,
                                .cpu_seconds = job.options.seconds,
                                .output_bytes =
                                    sizeof job + sizeof outcome + 4096 +
                                    (job.wants_clip ? (size_t)job.options.max_bytes : 0) };
    reel_status status = reel_confine(&limits);
    status = status < 0 ? status : decode(&outcome, &job);
    outcome.status = status;
    if (status < 0) {
        snprintf(outcome.message, sizeof outcome.message, "%s", reel_error_message());
    }
    status = tell(&outcome, job.wants_clip);
    reel_clip_free(&outcome.clip);
    return status == REEL_OK ? 0 : 1;
}
