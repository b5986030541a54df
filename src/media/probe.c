/* Reading the headers of a media file. */
#include "media/probe.h"

#include "base/error.h"
#include "media/source.h"

#include <libavutil/dict.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void describe_video(reel_media_info *info, const reel_source *source, int track)
{
    AVStream *stream = source->format->streams[track];
    AVRational fps = av_guess_frame_rate(source->format, stream, NULL);
    snprintf(info->video_codec, sizeof info->video_codec, "%s",
             avcodec_get_name(stream->codecpar->codec_id));
    info->width = stream->codecpar->width;
    info->height = stream->codecpar->height;
    info->fps_num = fps.num;
    info->fps_den = fps.den;
    info->frames = stream->nb_frames;
}

static void describe_audio(reel_media_info *info, const reel_source *source, int track)
{
    const AVCodecParameters *parameters = source->format->streams[track]->codecpar;
    snprintf(info->audio_codec, sizeof info->audio_codec, "%s",
             avcodec_get_name(parameters->codec_id));
    info->channels = parameters->ch_layout.nb_channels;
    info->sample_rate = parameters->sample_rate;
}

reel_status reel_media_probe(reel_media_info *out, const char *path)
{
    *out = (reel_media_info){ 0 };
    reel_source source;
    REEL_TRY(reel_source_open(&source, path, 0));
    const AVFormatContext *format = source.format;
    snprintf(out->container, sizeof out->container, "%s", format->iformat->name);
    out->seconds = format->duration > 0 ? (double)format->duration / AV_TIME_BASE : 0.0;
    for (unsigned i = 0; i < format->nb_streams; i++) {
        enum AVMediaType type = format->streams[i]->codecpar->codec_type;
        out->video_tracks += type == AVMEDIA_TYPE_VIDEO;
        out->audio_tracks += type == AVMEDIA_TYPE_AUDIO;
    }
    int video = reel_source_find_track(&source, AVMEDIA_TYPE_VIDEO);
    int audio = reel_source_find_track(&source, AVMEDIA_TYPE_AUDIO);
    if (video >= 0) {
        describe_video(out, &source, video);
    }
    if (audio >= 0) {
        describe_audio(out, &source, audio);
    }
    reel_source_close(&source);
    return REEL_OK;
}

reel_status reel_media_read_tag(char **out, const char *path, const char *key)
{
    *out = NULL;
    reel_source source;
    REEL_TRY(reel_source_open(&source, path, 0));
    reel_status status = REEL_OK;
    const AVDictionaryEntry *entry = av_dict_get(source.format->metadata, key, NULL, 0);
    if (!entry) {
        status = REEL_FAIL(REEL_ERR_NOT_FOUND, "%s: has no tag %s", path, key);
    } else {
        *out = strdup(entry->value);
        status = *out ? REEL_OK : REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for a tag", path);
    }
    reel_source_close(&source);
    return status;
}
