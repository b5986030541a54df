/* Sound from magnitudes. */
#include "model/audio_vae/vocoder.h"

#include "model/audio_vae/griffin_lim.h"
#include "model/audio_vae/phase_gradient.h"
#include "ops/concat.h"
#include "ops/elementwise.h"
#include "ops/slice.h"
#include "ops/spectrum.h"

#include <math.h>

/* [batch, samples]: 1 with a raised cosine at both ends. */
static reel_tensor *ramps(reel_rt *rt, int64_t batch, int64_t samples, int64_t fade)
{
    size_t mark = reel_arena_mark(&rt->host);
    float *values = reel_host_scratch(rt, batch * samples);
    for (int64_t i = 0; values && i < batch * samples; i++) {
        int64_t at = i % samples, end = samples - 1 - at, near = at < end ? at : end;
        double share = near < fade ? ((double)near + 0.5) / (double)fade : 1.0;
        values[i] = (float)(0.5 - 0.5 * cos(M_PI * share));
    }
    reel_tensor *t = REEL_FROM_HOST(rt, REEL_F32, values, batch, samples);
    reel_arena_release(&rt->host, mark);
    return t;
}

reel_tensor *reel_vocoder(reel_rt *rt, const reel_stft *stft, reel_tensor *magnitudes,
                          const reel_vocoder_options *options)
{
    int64_t bins = stft->bins, samples = options->samples;
    if (rt->status < 0 || magnitudes->rank != 3 || magnitudes->dim[2] != 2 * bins || samples < 1 ||
        samples > magnitudes->dim[1] * stft->hop) {
        return reel_fail_tensor(
            rt, REEL_ERR_SHAPE,
            "vocoder: magnitudes are %s, expected [B, N, %lld] for %lld samples",
            reel_shape(magnitudes).text, (long long)(2 * bins), (long long)samples);
    }
    int64_t batch = magnitudes->dim[0];
    reel_tensor *side[2], *middle;
    for (int c = 0; c < 2; c++) {
        side[c] = reel_slice(rt, magnitudes, 2, c * bins, bins);
    }
    middle = reel_scale(rt, reel_add(rt, side[0], side[1]), 0.5f);
    reel_tensor *phases = reel_phase_gradient(rt, stft, middle);
    phases = reel_griffin_lim(rt, stft, middle, phases, options->iterations);
    reel_tensor *envelope = ramps(rt, batch, samples, options->fade_samples);
    for (int c = 0; c < 2; c++) {
        reel_tensor *sound = reel_stft_waveform(rt, stft, reel_with_magnitude(rt, phases, side[c]));
        sound = reel_mul(rt, reel_slice(rt, sound, 1, 0, samples), envelope);
        side[c] = REEL_VIEW(rt, sound, batch, 1, samples);
    }
    return reel_concat(rt, side[0], side[1], 1);
}
