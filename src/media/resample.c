/* Rate conversion of whole clips with swresample, channel conversion by hand. */
#include "media/resample.h"

#include "base/error.h"
#include "media/av_error.h"

#include <libavutil/opt.h>
#include <libswresample/swresample.h>
#include <stdlib.h>
#include <string.h>

enum { RATE_MIN = 8000, RATE_MAX = 192000, PIECE = 1 << 16, FILTER_TAPS = 64 };

static reel_status open_resampler(SwrContext **out, int from_rate, int to_rate)
{
    AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
    int code = swr_alloc_set_opts2(out, &mono, AV_SAMPLE_FMT_FLTP, to_rate, &mono,
                                   AV_SAMPLE_FMT_FLTP, from_rate, 0, NULL);
    if (code >= 0) {
        av_opt_set_int(*out, "filter_size", FILTER_TAPS, 0);
        av_opt_set_double(*out, "cutoff", 0.97, 0);
        code = swr_init(*out);
    }
    if (code < 0) {
        swr_free(out);
        return reel_av_fail(code, "resampling %d Hz to %d Hz", from_rate, to_rate);
    }
    return REEL_OK;
}

/* One channel; what the filter does not deliver at the very end stays zero. */
static reel_status resample_channel(float *out, int64_t out_samples, const float *in,
                                    int64_t in_samples, int from_rate, int to_rate)
{
    SwrContext *swr = NULL;
    REEL_TRY(open_resampler(&swr, from_rate, to_rate));
    int64_t read = 0, written = 0;
    int code = 0;
    while (code >= 0 && written < out_samples) {
        int count = in_samples - read < PIECE ? (int)(in_samples - read) : PIECE;
        int room = out_samples - written < PIECE ? (int)(out_samples - written) : PIECE;
        const uint8_t *from[1] = { (const uint8_t *)(in + read) };
        uint8_t *to[1] = { (uint8_t *)(out + written) };
        code = swr_convert(swr, to, room, count ? from : NULL, count);
        read += count;
        if (code > 0) {
            written += code;
        } else if (count == 0) {
            break;
        }
    }
    swr_free(&swr);
    return code < 0 ? reel_av_fail(code, "resampling %d Hz to %d Hz", from_rate, to_rate) : REEL_OK;
}

static void mix_channels(reel_clip *out, const reel_clip *in)
{
    int64_t n = in->samples;
    if (in->channels == out->channels) {
        memcpy(out->pcm, in->pcm, sizeof(float) * n * in->channels);
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        if (out->channels == 1) {
            out->pcm[i] = 0.5f * (in->pcm[i] + in->pcm[n + i]);
        } else {
            out->pcm[i] = out->pcm[n + i] = in->pcm[i];
        }
    }
}

/* A copy of the sound alone with other channels. */
static reel_status copy_mixed(reel_clip *out, const reel_clip *in, int channels)
{
    *out =
        (reel_clip){ .channels = channels, .sample_rate = in->sample_rate, .samples = in->samples };
    REEL_TRY(reel_clip_alloc(out));
    mix_channels(out, in);
    return REEL_OK;
}

reel_status reel_media_resample(reel_clip *clip, int sample_rate, int channels)
{
    reel_av_log_init();
    if (clip->samples == 0 || !clip->pcm) {
        return REEL_OK;
    }
    if (sample_rate < RATE_MIN || sample_rate > RATE_MAX || clip->sample_rate < RATE_MIN ||
        clip->sample_rate > RATE_MAX) {
        return REEL_FAIL(REEL_ERR_INVALID, "sample rates are %d and %d, expected %d to %d",
                         clip->sample_rate, sample_rate, RATE_MIN, RATE_MAX);
    }
    if (channels < 1 || channels > 2 || clip->channels < 1 || clip->channels > 2) {
        return REEL_FAIL(REEL_ERR_INVALID, "channels are %d and %d, expected 1 or 2",
                         clip->channels, channels);
    }
    reel_clip mixed, sound;
    REEL_TRY(copy_mixed(&mixed, clip, channels));
    sound = mixed;
    if (sample_rate != clip->sample_rate) {
        sound.sample_rate = sample_rate;
        sound.samples = av_rescale(mixed.samples, sample_rate, mixed.sample_rate);
        reel_status status = reel_clip_alloc(&sound);
        for (int c = 0; c < channels && status == REEL_OK; c++) {
            status = resample_channel(sound.pcm + c * sound.samples, sound.samples,
                                      mixed.pcm + c * mixed.samples, mixed.samples,
                                      mixed.sample_rate, sample_rate);
        }
        reel_clip_free(&mixed);
        if (status < 0) {
            reel_clip_free(&sound);
            return status;
        }
    }
    free(clip->pcm);
    clip->pcm = sound.pcm;
    clip->samples = sound.samples;
    clip->sample_rate = sample_rate;
    clip->channels = channels;
    return REEL_OK;
}
