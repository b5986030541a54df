/* A film writer: checks what is asked, then feeds the picture and the sound track side by side. */
#include "media/encode.h"

#include "base/error.h"
#include "base/str.h"
#include "media/av_error.h"
#include "media/encode_audio.h"
#include "media/encode_video.h"
#include "media/mux.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    SIDE_MAX = 8192,
    FPS_MAX = 240,
    RATE_MIN = 8000,
    RATE_MAX = 192000,
    QUALITY_DEFAULT = 95,
    TAG_BYTES_MAX = 64 << 10,
};

struct reel_media_writer {
    reel_mux mux;
    reel_video_encoder video;
    reel_audio_encoder audio;
    int has_video, has_audio;
};

static reel_container container_of_name(const char *path)
{
    static const struct {
        const char *extension;
        reel_container container;
    } rows[] = {
        { ".mp4", REEL_CONTAINER_MP4 }, { ".m4v", REEL_CONTAINER_MP4 },
        { ".mov", REEL_CONTAINER_MOV }, { ".webm", REEL_CONTAINER_WEBM },
        { ".wav", REEL_CONTAINER_WAV },
    };
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof rows / sizeof *rows; i++) {
        if (strcasecmp(dot, rows[i].extension) == 0) {
            return rows[i].container;
        }
    }
    return REEL_CONTAINER_AUTO;
}

static reel_status check_picture(const char *path, const reel_clip *shape)
{
    if (shape->width < 2 || shape->height < 2 || shape->width > SIDE_MAX ||
        shape->height > SIDE_MAX || shape->width % 2 || shape->height % 2) {
        return REEL_FAIL(REEL_ERR_INVALID, "%s: size is %dx%d, expected even sides from 2 to %d",
                         path, shape->width, shape->height, SIDE_MAX);
    }
    if (shape->fps_num < 1 || shape->fps_den < 1 || shape->fps_den > 100000 ||
        shape->fps_num > 100000 * FPS_MAX || shape->fps_num / shape->fps_den > FPS_MAX) {
        return REEL_FAIL(REEL_ERR_INVALID, "%s: frame rate is %d/%d, expected up to %d", path,
                         shape->fps_num, shape->fps_den, FPS_MAX);
    }
    return REEL_OK;
}

static reel_status check_sound(const char *path, const reel_clip *shape)
{
    if (shape->channels > 2 || shape->channels < 1) {
        return REEL_FAIL(REEL_ERR_INVALID, "%s: channels is %d, expected 1 or 2", path,
                         shape->channels);
    }
    if (shape->sample_rate < RATE_MIN || shape->sample_rate > RATE_MAX) {
        return REEL_FAIL(REEL_ERR_INVALID, "%s: sample_rate is %d, expected %d to %d", path,
                         shape->sample_rate, RATE_MIN, RATE_MAX);
    }
    return REEL_OK;
}

static reel_status check_tags(const char *path, const reel_encode_options *options)
{
    static const char *const keys[] = {
        "title", "artist", "comment", "genre", "copyright", "date"
    };
    for (int i = 0; i < options->tag_count; i++) {
        const reel_tag *tag = &options->tags[i];
        int known = 0;
        for (size_t k = 0; k < sizeof keys / sizeof *keys && !known; k++) {
            known = strcmp(tag->key, keys[k]) == 0;
        }
        if (!known) {
            return REEL_FAIL(REEL_ERR_INVALID, "%s: tag %s is not kept by every container", path,
                             tag->key);
        }
        size_t length = strlen(tag->value);
        if (length > TAG_BYTES_MAX || !reel_utf8_is_valid(tag->value, length)) {
            return REEL_FAIL(REEL_ERR_INVALID, "%s: tag %s is no UTF-8 text of up to %d bytes",
                             path, tag->key, TAG_BYTES_MAX);
        }
    }
    return REEL_OK;
}

/* The options with every default filled in. */
static reel_status resolve(reel_encode_options *out, const char *path,
                           const reel_encode_options *options)
{
    *out = options ? *options : (reel_encode_options){ 0 };
    if (out->container == REEL_CONTAINER_AUTO) {
        out->container = container_of_name(path);
    }
    if (out->container == REEL_CONTAINER_AUTO || out->container > REEL_CONTAINER_WAV) {
        return REEL_FAIL(REEL_ERR_INVALID, "%s: expected a name in .mp4, .mov, .webm or .wav",
                         path);
    }
    if (out->quality == 0) {
        out->quality = QUALITY_DEFAULT;
    }
    if (out->quality < 20 || out->quality > 99) {
        return REEL_FAIL(REEL_ERR_INVALID, "%s: quality is %d, expected 20 to 99", path,
                         out->quality);
    }
    return check_tags(path, out);
}

reel_status reel_media_writer_open(reel_media_writer **out, const char *path,
                                   const reel_clip *shape, const reel_encode_options *options)
{
    *out = NULL;
    reel_av_log_init();
    reel_encode_options use;
    REEL_TRY(resolve(&use, path, options));
    int has_video = shape->width > 0 && use.container != REEL_CONTAINER_WAV;
    int has_audio = shape->channels > 0;
    if (!has_video && !has_audio) {
        return REEL_FAIL(REEL_ERR_INVALID, "%s: there is neither picture nor sound", path);
    }
    if (has_video) {
        REEL_TRY(check_picture(path, shape));
    }
    if (has_audio) {
        REEL_TRY(check_sound(path, shape));
    }
    reel_media_writer *writer = calloc(1, sizeof *writer);
    if (!writer) {
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for a writer", path);
    }
    writer->has_video = has_video;
    writer->has_audio = has_audio;
    reel_status status = reel_mux_open(&writer->mux, path, use.container);
    if (status == REEL_OK && has_video) {
        status = reel_video_encoder_init(&writer->video, &writer->mux, shape, use.container,
                                         use.quality);
    }
    if (status == REEL_OK && has_audio) {
        status = reel_audio_encoder_init(&writer->audio, &writer->mux, shape, use.container);
    }
    if (status == REEL_OK) {
        status = reel_mux_start(&writer->mux, use.tags, use.tag_count);
    }
    if (status < 0) {
        reel_media_writer_abort(writer);
        return status;
    }
    *out = writer;
    return REEL_OK;
}

reel_status reel_media_writer_frame(reel_media_writer *writer, const uint8_t *rgb)
{
    return writer->has_video ? reel_video_encoder_frame(&writer->video, &writer->mux, rgb)
                             : REEL_OK;
}

reel_status reel_media_writer_sound(reel_media_writer *writer, const float *pcm, int64_t stride,
                                    int64_t samples)
{
    if (!writer->has_audio) {
        return REEL_FAIL(REEL_ERR_INVALID, "%s: was opened without sound", writer->mux.file.path);
    }
    return reel_audio_encoder_sound(&writer->audio, &writer->mux, pcm, stride, samples);
}

static reel_status finish(reel_media_writer *writer)
{
    if (writer->has_video) {
        REEL_TRY(reel_video_encoder_frame(&writer->video, &writer->mux, NULL));
    }
    if (writer->has_audio) {
        REEL_TRY(reel_audio_encoder_sound(&writer->audio, &writer->mux, NULL, 0, 0));
    }
    return reel_mux_commit(&writer->mux);
}

reel_status reel_media_writer_commit(reel_media_writer *writer)
{
    reel_status status = finish(writer);
    reel_media_writer_abort(writer); /* removes nothing once the file has its name */
    return status;
}

void reel_media_writer_abort(reel_media_writer *writer)
{
    if (!writer) {
        return;
    }
    reel_video_encoder_deinit(&writer->video);
    reel_audio_encoder_deinit(&writer->audio);
    reel_mux_abort(&writer->mux);
    free(writer);
}

/* Frame i, then the sound up to the start of frame i + 1, so that the file is interleaved. */
static reel_status write_all(reel_media_writer *writer, const reel_clip *clip,
                             const reel_encode_options *options)
{
    size_t frame_bytes = (size_t)3 * clip->width * clip->height;
    int64_t written = 0;
    int frames = writer->has_video ? clip->frames : 0;
    for (int i = 0; i < frames; i++) {
        REEL_TRY(reel_media_writer_frame(writer, clip->rgb + i * frame_bytes));
        int64_t until =
            (int64_t)((double)(i + 1) * clip->fps_den / clip->fps_num * clip->sample_rate);
        until = until < clip->samples ? until : clip->samples;
        if (writer->has_audio && until > written) {
            REEL_TRY(reel_media_writer_sound(writer, clip->pcm + written, clip->samples,
                                             until - written));
            written = until;
        }
        if (options && options->progress && options->progress(i + 1, frames, options->user)) {
            return REEL_FAIL(REEL_ERR_CANCELLED, "writing was stopped after frame %d of %d", i + 1,
                             frames);
        }
    }
    if (writer->has_audio && written < clip->samples) {
        REEL_TRY(reel_media_writer_sound(writer, clip->pcm + written, clip->samples,
                                         clip->samples - written));
    }
    return REEL_OK;
}

reel_status reel_media_write_clip(const char *path, const reel_clip *clip,
                                  const reel_encode_options *options)
{
    reel_clip shape = *clip;
    if (!clip->rgb || clip->frames <= 0) {
        shape.width = 0;
    }
    if (!clip->pcm || clip->samples <= 0) {
        shape.channels = 0;
    }
    reel_media_writer *writer;
    REEL_TRY(reel_media_writer_open(&writer, path, &shape, options));
    reel_status status = write_all(writer, clip, options);
    if (status < 0) {
        reel_media_writer_abort(writer);
        return status;
    }
    return reel_media_writer_commit(writer);
}
