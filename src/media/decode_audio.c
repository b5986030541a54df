/* Packets to f32 sound without gaps. */
#include "media/decode_audio.h"

#include "base/error.h"
#include "media/av_error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RATE_MIN = 8000, RATE_MAX = 192000 };

/* Times that differ less than this from the count of samples are rounding of the container. */
#define GAP_SECONDS 0.02

reel_status reel_audio_decoder_init(reel_audio_decoder *audio, const reel_source *source, int track,
                                    double limit_seconds)
{
    *audio = (reel_audio_decoder){ .path = source->path, .stream = source->format->streams[track] };
    REEL_TRY(reel_source_open_decoder(&audio->decoder, source, track));
    int rate = audio->decoder->sample_rate;
    if (rate < RATE_MIN || rate > RATE_MAX) {
        return REEL_FAIL(REEL_ERR_UNSUPPORTED, "%s: sample rate is %d, expected %d to %d",
                         audio->path, rate, RATE_MIN, RATE_MAX);
    }
    audio->sample_rate = rate;
    audio->samples_max = (int64_t)ceil(limit_seconds * rate);
    audio->frame = av_frame_alloc();
    return audio->frame ? REEL_OK
                        : REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for a frame", audio->path);
}

static reel_status open_converter(reel_audio_decoder *audio)
{
    const AVFrame *frame = audio->frame;
    audio->from_format = frame->format;
    audio->from_channels = frame->ch_layout.nb_channels;
    audio->channels = audio->from_channels > 1 ? 2 : 1;
    AVChannelLayout from = { 0 }, to = { 0 };
    int code = 0;
    if (frame->ch_layout.order == AV_CHANNEL_ORDER_UNSPEC) {
        av_channel_layout_default(&from, audio->from_channels);
    } else {
        code = av_channel_layout_copy(&from, &frame->ch_layout);
    }
    av_channel_layout_default(&to, audio->channels);
    if (code >= 0) {
        code = swr_alloc_set_opts2(&audio->to_float, &to, AV_SAMPLE_FMT_FLTP, audio->sample_rate,
                                   &from, frame->format, audio->sample_rate, 0, NULL);
    }
    if (code >= 0) {
        code = swr_init(audio->to_float);
    }
    av_channel_layout_uninit(&from);
    return code < 0
               ? reel_av_fail(code, "%s: sound of %d channels", audio->path, audio->from_channels)
               : REEL_OK;
}

static reel_status reserve(reel_audio_decoder *audio, int64_t samples)
{
    if (samples <= audio->capacity) {
        return REEL_OK;
    }
    int64_t capacity = samples + samples / 2 + 65536;
    for (int c = 0; c < audio->channels; c++) {
        float *plane = realloc(audio->plane[c], sizeof(float) * capacity);
        if (!plane) {
            return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for %lld samples", audio->path,
                             (long long)capacity);
        }
        audio->plane[c] = plane;
    }
    audio->capacity = capacity;
    return REEL_OK;
}

/* Bring the count of samples to where the time of the new frame says it begins: a hole becomes
 * silence, an overlap is played once. */
static reel_status close_gap(reel_audio_decoder *audio)
{
    int64_t time = audio->frame->best_effort_timestamp;
    if (time == AV_NOPTS_VALUE) {
        audio->has_start = 1;
        return REEL_OK;
    }
    double seconds = (double)time * av_q2d(audio->stream->time_base);
    if (!audio->has_start) {
        audio->start_seconds = seconds;
        audio->has_start = 1;
        return REEL_OK;
    }
    double gap = seconds - reel_audio_decoder_end_seconds(audio);
    if (fabs(gap) < GAP_SECONDS) {
        return REEL_OK;
    }
    double target = round((seconds - audio->start_seconds) * audio->sample_rate);
    int64_t until = (int64_t)fmin(fmax(target, 0.0), (double)audio->samples_max);
    REEL_TRY(reserve(audio, until));
    for (int c = 0; c < audio->channels && until > audio->samples; c++) {
        memset(audio->plane[c] + audio->samples, 0, sizeof(float) * (until - audio->samples));
    }
    audio->samples = until;
    return REEL_OK;
}

static reel_status accept(reel_audio_decoder *audio)
{
    const AVFrame *frame = audio->frame;
    if (!audio->to_float) {
        REEL_TRY(open_converter(audio));
    }
    if (frame->format != audio->from_format || frame->sample_rate != audio->sample_rate ||
        frame->ch_layout.nb_channels != audio->from_channels) {
        return REEL_FAIL(REEL_ERR_UNSUPPORTED, "%s: its sound changes to %d Hz, %d channels midway",
                         audio->path, frame->sample_rate, frame->ch_layout.nb_channels);
    }
    REEL_TRY(close_gap(audio));
    REEL_TRY(reserve(audio, audio->samples + frame->nb_samples));
    uint8_t *to[2] = { NULL };
    for (int c = 0; c < audio->channels; c++) {
        to[c] = (uint8_t *)(audio->plane[c] + audio->samples);
    }
    int code = swr_convert(audio->to_float, to, frame->nb_samples,
                           (const uint8_t **)frame->extended_data, frame->nb_samples);
    if (code < 0) {
        return reel_av_fail(code, "%s: sound", audio->path);
    }
    audio->samples += code;
    return REEL_OK;
}

reel_status reel_audio_decoder_packet(reel_audio_decoder *audio, const AVPacket *packet)
{
    int code = avcodec_send_packet(audio->decoder, packet);
    while (code >= 0 && audio->samples < audio->samples_max) {
        code = avcodec_receive_frame(audio->decoder, audio->frame);
        if (code >= 0) {
            REEL_TRY(accept(audio));
        }
    }
    if (code < 0 && code != AVERROR(EAGAIN) && code != AVERROR_EOF) {
        return reel_av_fail(code, "%s: sound at %.2f s", audio->path,
                            reel_audio_decoder_end_seconds(audio));
    }
    return REEL_OK;
}

double reel_audio_decoder_end_seconds(const reel_audio_decoder *audio)
{
    return audio->start_seconds + (double)audio->samples / audio->sample_rate;
}

/* Where `start_seconds` lies in the samples. A container with a coarse clock cannot place the
 * first sample better than one tick, so an offset within it is none. */
static int64_t offset_of(const reel_audio_decoder *audio, double start_seconds)
{
    double offset = start_seconds - audio->start_seconds;
    double tick = av_q2d(audio->stream->time_base);
    if (tick * audio->sample_rate > 1.5 && fabs(offset) <= 1.01 * tick) {
        return 0;
    }
    return (int64_t)round(offset * audio->sample_rate);
}

/* Samples of the track that are sound and not padding of the last codec frame. */
static int64_t real_samples(const reel_audio_decoder *audio)
{
    const AVStream *stream = audio->stream;
    if (stream->duration == AV_NOPTS_VALUE || stream->duration <= 0) {
        return audio->samples;
    }
    double start = stream->start_time == AV_NOPTS_VALUE
                       ? audio->start_seconds
                       : (double)stream->start_time * av_q2d(stream->time_base);
    double end = start + (double)stream->duration * av_q2d(stream->time_base);
    double real = round((end - audio->start_seconds) * audio->sample_rate);
    int64_t frame = audio->decoder->frame_size > 0 ? audio->decoder->frame_size : 0;
    int padded = real < (double)audio->samples && real >= (double)(audio->samples - frame);
    return padded ? (int64_t)real : audio->samples;
}

reel_status reel_audio_decoder_take(const reel_audio_decoder *audio, reel_clip *clip,
                                    double start_seconds, double length_seconds)
{
    int64_t offset = offset_of(audio, start_seconds), have = real_samples(audio);
    int64_t length = have - offset;
    int64_t most = (int64_t)round(length_seconds * audio->sample_rate);
    length = length < most ? length : most;
    if (!audio->has_start || length <= 0) {
        return REEL_OK;
    }
    reel_clip sound = { .channels = audio->channels,
                        .sample_rate = audio->sample_rate,
                        .samples = length };
    REEL_TRY(reel_clip_alloc(&sound));
    int64_t silent = offset < 0 ? -offset : 0;
    for (int c = 0; c < audio->channels && silent < length; c++) {
        memcpy(sound.pcm + c * length + silent, audio->plane[c] + offset + silent,
               sizeof(float) * (length - silent));
    }
    clip->channels = sound.channels;
    clip->sample_rate = sound.sample_rate;
    clip->samples = sound.samples;
    clip->pcm = sound.pcm;
    return REEL_OK;
}

void reel_audio_decoder_deinit(reel_audio_decoder *audio)
{
    free(audio->plane[0]);
    free(audio->plane[1]);
    swr_free(&audio->to_float);
    av_frame_free(&audio->frame);
    avcodec_free_context(&audio->decoder);
    *audio = (reel_audio_decoder){ 0 };
}
