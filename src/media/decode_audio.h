/* The sound track of a file being read. */
#ifndef REEL_MEDIA_DECODE_AUDIO_H
#define REEL_MEDIA_DECODE_AUDIO_H

#include "media/source.h"
#include "reel/clip.h"

#include <libswresample/swresample.h>

typedef struct {
    const char *path; /* borrowed from the source */
    const AVStream *stream;
    AVCodecContext *decoder;
    AVFrame *frame;
    SwrContext *to_float; /* to f32 planar, one or two channels, at the rate of the file */
    int channels, sample_rate, from_format, from_channels;
    double start_seconds; /* of sample 0, on the clock of the file */
    int has_start;
    float *plane[2]; /* [samples] each */
    int64_t samples, capacity, samples_max;
} reel_audio_decoder;

/* At most `limit_seconds` are taken in. Released with reel_audio_decoder_deinit(), also after a
 * failure. */
reel_status reel_audio_decoder_init(reel_audio_decoder *audio, const reel_source *source, int track,
                                    double limit_seconds);

/* Decode one packet; NULL: the end of the track. */
reel_status reel_audio_decoder_packet(reel_audio_decoder *audio, const AVPacket *packet);

/* Seconds on the clock of the file up to which sound is known. */
double reel_audio_decoder_end_seconds(const reel_audio_decoder *audio);

/* Put the sound from `start_seconds` (clock of the file) on into `clip`, at most `length_seconds`.
 */
reel_status reel_audio_decoder_take(const reel_audio_decoder *audio, reel_clip *clip,
                                    double start_seconds, double length_seconds);

void reel_audio_decoder_deinit(reel_audio_decoder *audio);

#endif
