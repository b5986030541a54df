/* f32 sound to AAC, Opus or PCM packets. */
#include "media/encode_audio.h"

#include "base/error.h"
#include "media/av_error.h"

#include <math.h>
#include <stdlib.h>

enum {
    PCM_FRAME = 1024, /* samples per packet of a codec without a frame of its own */
    PIECE = 4096,     /* samples converted at a time */
    BITS_PER_CHANNEL = 128000,
};

static int encoder_rate(reel_container container, int sample_rate)
{
    static const int aac_rates[] = { 96000, 88200, 64000, 48000, 44100, 32000,
                                     24000, 22050, 16000, 12000, 11025, 8000 };
    if (container == REEL_CONTAINER_WAV) {
        return sample_rate;
    }
    for (size_t i = 0; container != REEL_CONTAINER_WEBM && i < sizeof aac_rates / sizeof *aac_rates;
         i++) {
        if (aac_rates[i] == sample_rate) {
            return sample_rate;
        }
    }
    return 48000;
}

static reel_status open_encoder(reel_audio_encoder *audio, reel_mux *mux, const reel_clip *shape,
                                reel_container container)
{
    const char *path = mux->file.path;
    int is_webm = container == REEL_CONTAINER_WEBM, is_wav = container == REEL_CONTAINER_WAV;
    const char *name = is_webm ? "libopus" : is_wav ? "pcm_s16le" : "aac";
    const AVCodec *codec = avcodec_find_encoder_by_name(name);
    if (!codec) {
        return REEL_FAIL(REEL_ERR_UNSUPPORTED, "%s: libavcodec has no encoder %s", path, name);
    }
    AVCodecContext *encoder = audio->encoder = avcodec_alloc_context3(codec);
    if (!encoder) {
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for the encoder", path);
    }
    encoder->sample_rate = encoder_rate(container, shape->sample_rate);
    encoder->sample_fmt = is_webm  ? AV_SAMPLE_FMT_FLT
                          : is_wav ? AV_SAMPLE_FMT_S16
                                   : AV_SAMPLE_FMT_FLTP;
    av_channel_layout_default(&encoder->ch_layout, shape->channels);
    encoder->time_base = (AVRational){ 1, encoder->sample_rate };
    encoder->bit_rate = (int64_t)BITS_PER_CHANNEL * shape->channels;
    encoder->flags |= AV_CODEC_FLAG_BITEXACT;
    if (mux->format->oformat->flags & AVFMT_GLOBALHEADER) {
        encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    }
    int code = avcodec_open2(encoder, codec, NULL);
    return code < 0 ? reel_av_fail(code, "%s: encoder %s", path, name) : REEL_OK;
}

static reel_status make_buffers(reel_audio_encoder *audio, const char *path, int sample_rate)
{
    AVCodecContext *encoder = audio->encoder;
    int code = swr_alloc_set_opts2(&audio->convert, &encoder->ch_layout, encoder->sample_fmt,
                                   encoder->sample_rate, &encoder->ch_layout, AV_SAMPLE_FMT_FLTP,
                                   sample_rate, 0, NULL);
    if (code >= 0) {
        code = swr_init(audio->convert);
    }
    if (code < 0) {
        return reel_av_fail(code, "%s: sound conversion", path);
    }
    int frame_size = encoder->frame_size > 0 ? encoder->frame_size : PCM_FRAME;
    audio->fifo = av_audio_fifo_alloc(encoder->sample_fmt, audio->channels, 2 * PIECE);
    audio->frame = av_frame_alloc();
    if (!audio->fifo || !audio->frame) {
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for sound", path);
    }
    audio->frame->nb_samples = frame_size;
    audio->frame->format = encoder->sample_fmt;
    audio->frame->sample_rate = encoder->sample_rate;
    code = av_channel_layout_copy(&audio->frame->ch_layout, &encoder->ch_layout);
    if (code >= 0) {
        code = av_frame_get_buffer(audio->frame, 0);
    }
    return code < 0 ? reel_av_fail(code, "%s", path) : REEL_OK;
}

reel_status reel_audio_encoder_init(reel_audio_encoder *audio, reel_mux *mux,
                                    const reel_clip *shape, reel_container container)
{
    *audio = (reel_audio_encoder){ .channels = shape->channels };
    REEL_TRY(open_encoder(audio, mux, shape, container));
    REEL_TRY(make_buffers(audio, mux->file.path, shape->sample_rate));
    return reel_mux_add_track(mux, &audio->track, audio->encoder);
}

/* Encode full codec frames from the fifo; with `at_end` also the short rest. */
static reel_status encode_fifo(reel_audio_encoder *audio, reel_mux *mux, int at_end)
{
    int full = audio->encoder->frame_size > 0 ? audio->encoder->frame_size : PCM_FRAME;
    for (;;) {
        int ready = av_audio_fifo_size(audio->fifo);
        if (ready == 0 || (ready < full && !at_end)) {
            return REEL_OK;
        }
        int code = av_frame_make_writable(audio->frame);
        if (code < 0) {
            return reel_av_fail(code, "%s", mux->file.path);
        }
        int count = ready < full ? ready : full;
        audio->frame->nb_samples = count;
        av_audio_fifo_read(audio->fifo, (void **)audio->frame->data, count);
        audio->frame->pts = audio->next;
        audio->next += count;
        REEL_TRY(reel_mux_encode(mux, audio->track, audio->encoder, audio->frame));
    }
}

/* Convert `samples` (0 with NULL planes: what the resampler still holds) into the fifo. */
static reel_status convert(reel_audio_encoder *audio, const char *path, const uint8_t **planes,
                           int samples)
{
    int room = swr_get_out_samples(audio->convert, samples);
    if (room <= 0) {
        return REEL_OK;
    }
    uint8_t **converted = NULL;
    int code = av_samples_alloc_array_and_samples(&converted, NULL, audio->channels, room,
                                                  audio->encoder->sample_fmt, 0);
    if (code >= 0) {
        code = swr_convert(audio->convert, converted, room, planes, samples);
    }
    if (code > 0) {
        code = av_audio_fifo_write(audio->fifo, (void **)converted, code);
    }
    if (converted) {
        av_freep(&converted[0]);
    }
    av_freep(&converted);
    return code < 0 ? reel_av_fail(code, "%s: sound conversion", path) : REEL_OK;
}

static reel_status finish(reel_audio_encoder *audio, reel_mux *mux)
{
    REEL_TRY(convert(audio, mux->file.path, NULL, 0));
    REEL_TRY(encode_fifo(audio, mux, 1));
    return reel_mux_encode(mux, audio->track, audio->encoder, NULL);
}

reel_status reel_audio_encoder_sound(reel_audio_encoder *audio, reel_mux *mux, const float *pcm,
                                     int64_t stride, int64_t samples)
{
    if (!pcm) {
        return finish(audio, mux);
    }
    float clipped[2][PIECE];
    const uint8_t *planes[2] = { (const uint8_t *)clipped[0], (const uint8_t *)clipped[1] };
    for (int64_t start = 0; start < samples; start += PIECE) {
        int count = samples - start < PIECE ? (int)(samples - start) : PIECE;
        for (int c = 0; c < audio->channels; c++) {
            for (int i = 0; i < count; i++) {
                clipped[c][i] = fmaxf(-1.0f, fminf(1.0f, pcm[c * stride + start + i]));
            }
        }
        REEL_TRY(convert(audio, mux->file.path, planes, count));
        REEL_TRY(encode_fifo(audio, mux, 0));
    }
    return REEL_OK;
}

void reel_audio_encoder_deinit(reel_audio_encoder *audio)
{
    av_frame_free(&audio->frame);
    if (audio->fifo) {
        av_audio_fifo_free(audio->fifo);
    }
    swr_free(&audio->convert);
    avcodec_free_context(&audio->encoder);
    *audio = (reel_audio_encoder){ 0 };
}
