/* The sound track of a film being written. */
#ifndef REEL_MEDIA_ENCODE_AUDIO_H
#define REEL_MEDIA_ENCODE_AUDIO_H

#include "media/mux.h"

#include <libavutil/audio_fifo.h>
#include <libswresample/swresample.h>

typedef struct {
    AVCodecContext *encoder;
    SwrContext *convert; /* f32 planar to the encoder's sample format and rate */
    AVAudioFifo *fifo;   /* what does not fill a codec frame yet */
    AVFrame *frame;      /* one codec frame */
    int track, channels;
    int64_t next; /* index of the next sample at the encoder's rate */
} reel_audio_encoder;

/* Opus in WebM (48 kHz), 16-bit PCM in WAV, AAC elsewhere; channels (1 or 2) and sample_rate from
 * `shape`. A rate that AAC lacks is resampled to 48 kHz. Released with
 * reel_audio_encoder_deinit(), also after a failure. */
reel_status reel_audio_encoder_init(reel_audio_encoder *audio, reel_mux *mux,
                                    const reel_clip *shape, reel_container container);

/* Channel c starts at pcm + c * stride; pcm NULL ends the track. */
reel_status reel_audio_encoder_sound(reel_audio_encoder *audio, reel_mux *mux, const float *pcm,
                                     int64_t stride, int64_t samples);

void reel_audio_encoder_deinit(reel_audio_encoder *audio);

#endif
