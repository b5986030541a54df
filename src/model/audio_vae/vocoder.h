/* From the magnitudes of both channels to sound.
 *
 * One set of phases, found for the middle of both channels, serves left and right, so that a
 * source stays where its levels put it.
 *
 * A long sound passes in pieces, in memory that does not grow with it. First phases go on where
 * those of the piece before ended (phase_gradient.h). Griffin-Lim at a frame looks at `reach`
 * frames to either side,
 *
 *     reach = iterations (window / hop - 1) + window / (2 hop)
 *
 * so that a piece runs over that many frames before and behind what becomes sound: the samples are
 * those of all frames at once, from the same first phases. */
#ifndef REEL_MODEL_AUDIO_VAE_VOCODER_H
#define REEL_MODEL_AUDIO_VAE_VOCODER_H

#include "model/audio_vae/stft.h"

typedef struct {
    int iterations;       /* of Griffin-Lim */
    int64_t samples;      /* to keep, 1 .. N * hop */
    int64_t fade_samples; /* of the ramps at both ends, which keep a film from clicking */
} reel_vocoder_options;

/* magnitudes: [B, N, 2 * bins], left then right
 * returns     [B, 2, samples], all in one piece */
reel_tensor *reel_vocoder(reel_rt *rt, const reel_stft *stft, reel_tensor *magnitudes,
                          const reel_vocoder_options *options);

/* What is kept between pieces. */
typedef struct {
    const reel_stft *stft;
    reel_vocoder_options options;
    int64_t frames;          /* N of the whole sound */
    int64_t reach, ahead;    /* frames */
    int64_t seen;            /* frames that came in */
    int64_t sounded;         /* frames that became sound */
    reel_tensor *magnitudes; /* [B, 2 reach + ahead, 2 * bins], the last */
    reel_tensor *phases;     /* [B, 2 reach, 2 * bins], those of the frames before `ahead` */
} reel_vocoder_memory;

/* The first piece must have more frames than this and those of a window, unless it is the last. */
int64_t reel_vocoder_reach(const reel_stft *stft, int iterations);

/* Room for what is kept, in the arena of rt. */
void reel_vocoder_begin(reel_rt *rt, reel_vocoder_memory *memory, const reel_stft *stft,
                        const reel_vocoder_options *options, const int64_t size[2]);

/* magnitudes: [B, n, 2 * bins], the next frames
 * returns     [B, 2, samples that are certain now]: behind the last frame all the rest. Not
 *             recorded. Call it until all `samples` are there. */
reel_tensor *reel_vocoder_next(reel_rt *rt, reel_vocoder_memory *memory, reel_tensor *magnitudes);

#endif
