/* Sound from magnitudes. */
#include "model/audio_vae/vocoder.h"

#include "model/audio_vae/griffin_lim.h"
#include "model/audio_vae/phase_gradient.h"
#include "ops/concat.h"
#include "ops/elementwise.h"
#include "ops/slice.h"
#include "ops/spectrum.h"
#include "tensor/reuse.h"

#include <math.h>

/* [batch, count]: samples from `first` on of 1 with a raised cosine at both ends. */
static reel_tensor *ramps(reel_rt *rt, const reel_vocoder_options *options, int64_t first,
                          int64_t count, int64_t batch)
{
    size_t mark = reel_arena_mark(&rt->host);
    float *values = reel_host_scratch(rt, batch * count);
    for (int64_t i = 0; values && i < batch * count; i++) {
        int64_t at = first + i % count, end = options->samples - 1 - at;
        int64_t near = at < end ? at : end, fade = options->fade_samples;
        double share = near < fade ? ((double)near + 0.5) / (double)fade : 1.0;
        values[i] = (float)(0.5 - 0.5 * cos(M_PI * share));
    }
    reel_tensor *t = REEL_FROM_HOST(rt, REEL_F32, values, batch, count);
    reel_arena_release(&rt->host, mark);
    return t;
}

int64_t reel_vocoder_reach(const reel_stft *stft, int iterations)
{
    const int64_t hops = stft->window / stft->hop;
    return iterations * (hops - 1) + hops / 2;
}

void reel_vocoder_begin(reel_rt *rt, reel_vocoder_memory *memory, const reel_stft *stft,
                        const reel_vocoder_options *options, const int64_t size[2])
{
    const int64_t reach = reel_vocoder_reach(stft, options->iterations), width = 2 * stft->bins;
    const int64_t ahead = stft->window / stft->hop; /* the frames that a click is in */
    *memory = (reel_vocoder_memory){
        .stft = stft, .options = *options, .frames = size[1], .reach = reach, .ahead = ahead
    };
    if (options->samples < 1 || options->samples > size[1] * stft->hop) {
        reel_fail_tensor(rt, REEL_ERR_SHAPE, "vocoder: %lld samples from %lld frames",
                         (long long)options->samples, (long long)size[1]);
    }
    memory->magnitudes =
        reel_zeros(rt, REEL_F32, 3, (int64_t[]){ size[0], 2 * reach + ahead, width });
    memory->phases = reel_zeros(rt, REEL_F32, 3, (int64_t[]){ size[0], 2 * reach, width });
}

/* What is kept, then `next`; the last of both is kept from now on. The first `skipped` frames of
 * what was kept are none of the sound. */
static reel_tensor *go_on(reel_rt *rt, reel_tensor *kept, reel_tensor *next, int64_t skipped)
{
    reel_tensor *all = reel_concat(rt, kept, next, 1);
    if (rt->status < 0) {
        return &rt->poison;
    }
    reel_tensor *last = reel_slice(rt, all, 1, next->dim[1], kept->dim[1]);
    reel_assign(rt, kept, last);
    reel_tensor *used = reel_slice(rt, all, 1, skipped, all->dim[1] - skipped);
    REEL_DROP(rt, all, last);
    return used;
}

/* Frames [first, first + count) of one channel. */
static reel_tensor *channel(reel_rt *rt, reel_tensor *magnitudes, int c, int64_t count)
{
    const int64_t bins = magnitudes->dim[2] / 2;
    reel_tensor *frames = reel_slice(rt, magnitudes, 1, 0, count);
    reel_tensor *side = reel_slice(rt, frames, 2, c * bins, bins);
    REEL_DROP(rt, frames);
    return side;
}

static reel_tensor *middle_of(reel_rt *rt, reel_tensor *magnitudes)
{
    reel_tensor *side[2];
    for (int c = 0; c < 2; c++) {
        side[c] = channel(rt, magnitudes, c, magnitudes->dim[1]);
    }
    reel_tensor *sum = reel_add(rt, side[0], side[1]);
    REEL_DROP(rt, side[0], side[1]);
    reel_tensor *middle = reel_scale(rt, sum, 0.5f);
    REEL_DROP(rt, sum);
    return middle;
}

/* Phases of all frames of `magnitudes` but those ahead, the first `known` of which are kept. */
static reel_tensor *find_phases(reel_rt *rt, reel_vocoder_memory *m, reel_tensor *magnitudes,
                                int64_t known, int64_t ahead)
{
    const int64_t kept = m->phases->dim[1];
    reel_tensor *middle = middle_of(rt, magnitudes);
    if (rt->status < 0) {
        return &rt->poison;
    }
    const int64_t begin = known > 0 ? known - 1 : 0, frames = middle->dim[1];
    reel_tensor *before = known > 0 ? reel_slice(rt, m->phases, 1, kept - 1, 1) : NULL;
    reel_tensor *part = reel_slice(rt, middle, 1, begin, frames - begin);
    reel_tensor *start =
        reel_phase_gradient(rt, m->stft, part, &(reel_phase_piece){ before, ahead });
    REEL_DROP(rt, part);
    reel_tensor *phases = go_on(rt, m->phases, start, kept - known);
    REEL_DROP(rt, start);
    reel_tensor *fitted = reel_slice(rt, middle, 1, 0, frames - ahead);
    REEL_DROP(rt, middle);
    reel_tensor *found = reel_griffin_lim(rt, m->stft, fitted, phases, m->options.iterations);
    REEL_DROP(rt, fitted);
    return found;
}

/* Sound [first, first + count) of the frames of `magnitudes`, whose first is frame `begin`. */
static reel_tensor *sound_of(reel_rt *rt, const reel_vocoder_memory *m, reel_tensor *magnitudes,
                             reel_tensor *phases, int64_t begin, const int64_t range[2])
{
    const int64_t batch = magnitudes->dim[0], count = range[1] - range[0];
    reel_tensor *envelope = ramps(rt, &m->options, range[0], count, batch), *side[2];
    for (int c = 0; c < 2; c++) {
        reel_tensor *levels = channel(rt, magnitudes, c, phases->dim[1]);
        reel_tensor *spectrum = reel_with_magnitude(rt, phases, levels);
        reel_tensor *all = reel_stft_waveform(rt, m->stft, spectrum);
        REEL_DROP(rt, levels, spectrum);
        reel_tensor *sound = reel_slice(rt, all, 1, range[0] - begin * m->stft->hop, count);
        sound = reel_mul(rt, sound, envelope);
        side[c] = REEL_VIEW(rt, sound, batch, 1, count);
    }
    return reel_concat(rt, side[0], side[1], 1);
}

static reel_tensor *next(reel_rt *rt, reel_vocoder_memory *m, reel_tensor *magnitudes)
{
    const int64_t kept = m->magnitudes->dim[1], hop = m->stft->hop;
    const int64_t held = m->seen < kept ? m->seen : kept, begin = m->seen - held;
    const int64_t known = held > 0 ? held - m->ahead : 0, seen = m->seen + magnitudes->dim[1];
    const int is_last = seen == m->frames;
    const int64_t ahead = is_last ? 0 : m->ahead, end = is_last ? seen : seen - ahead - m->reach;
    const int64_t from = m->sounded * hop, to = end * hop;
    if (seen > m->frames || end <= m->sounded || from >= m->options.samples) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "vocoder: a piece of %lld frames behind %lld",
                                (long long)magnitudes->dim[1], (long long)m->seen);
    }
    reel_tensor *all = go_on(rt, m->magnitudes, magnitudes, kept - held);
    reel_tensor *phases = find_phases(rt, m, all, known, ahead);
    if (rt->status < 0) {
        return &rt->poison;
    }
    const int64_t range[2] = { from, to < m->options.samples ? to : m->options.samples };
    m->seen = seen;
    m->sounded = end;
    return sound_of(rt, m, all, phases, begin, range);
}

reel_tensor *reel_vocoder_next(reel_rt *rt, reel_vocoder_memory *memory, reel_tensor *magnitudes)
{
    if (rt->status < 0 || magnitudes->rank != 3 || magnitudes->dim[2] != 2 * memory->stft->bins) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE,
                                "vocoder: magnitudes are %s, expected [B, N, %d]",
                                reel_shape(magnitudes).text, 2 * memory->stft->bins);
    }
    const int recording = rt->recording;
    rt->recording = 0;
    reel_tensor *sound = next(rt, memory, magnitudes);
    rt->recording = recording;
    return sound;
}

reel_tensor *reel_vocoder(reel_rt *rt, const reel_stft *stft, reel_tensor *magnitudes,
                          const reel_vocoder_options *options)
{
    reel_vocoder_memory memory;
    reel_vocoder_begin(rt, &memory, stft, options, magnitudes->dim);
    return reel_vocoder_next(rt, &memory, magnitudes);
}
