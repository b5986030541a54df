/* The short-time Fourier transform and its inverse. */
#include "model/audio_vae/stft.h"

#include "base/error.h"
#include "ops/concat.h"
#include "ops/elementwise.h"
#include "ops/frame.h"
#include "ops/slice.h"
#include "tensor/reuse.h"

#include <math.h>
#include <stdlib.h>

static double hann(int n, int window)
{
    return 0.5 - 0.5 * cos(2.0 * M_PI * n / window);
}

/* Weight of bin k, sample n: window * (cos, -sin)(2 pi k n / window) on the way in. On the way
 * back every bin but the first and last stands for its mirror image too. */
static void fill_bases(float *in, float *out, const reel_stft *stft)
{
    int window = stft->window, bins = stft->bins;
    double scale = 4.0 / window; /* 2 over the sum of the window */
    for (int k = 0; k < bins; k++) {
        double back = (k == 0 || k == bins - 1 ? 1.0 : 2.0) / (window * scale);
        for (int n = 0; n < window; n++) {
            double angle = 2.0 * M_PI * (k * n % window) / window, w = hann(n, window);
            in[k * window + n] = (float)(w * scale * cos(angle));
            in[(bins + k) * window + n] = (float)(-w * scale * sin(angle));
            out[n * 2 * bins + k] = (float)(w * back * cos(angle));
            out[n * 2 * bins + bins + k] = (float)(-w * back * sin(angle));
        }
    }
}

static reel_status set_bases(reel_stft *stft)
{
    size_t count = (size_t)reel_count(stft->analysis.weight);
    float *bases = malloc(2 * count * sizeof *bases);
    if (!bases) {
        return REEL_FAIL(REEL_ERR_MEMORY, "stft: no memory for a window of %d", stft->window);
    }
    fill_bases(bases, bases + count, stft);
    reel_status status = reel_weight_set(&stft->constants, stft->analysis.weight, bases);
    if (status == REEL_OK) {
        status = reel_weight_set(&stft->constants, stft->synthesis.weight, bases + count);
    }
    free(bases);
    return status;
}

reel_status reel_stft_init(reel_stft *stft, int window, int hop)
{
    *stft = (reel_stft){ .window = window, .hop = hop, .bins = window / 2 + 1 };
    reel_linear_options plain = { .init = REEL_INIT_ZERO, .group = REEL_GROUP_PLAIN };
    reel_weights_init_set(&stft->constants);
    reel_linear_declare(&stft->constants, &stft->analysis, "analysis", window, 2 * stft->bins,
                        plain);
    reel_linear_declare(&stft->constants, &stft->synthesis, "synthesis", 2 * stft->bins, window,
                        plain);
    reel_status status = reel_weights_alloc(&stft->constants);
    if (status == REEL_OK) {
        status = set_bases(stft);
    }
    if (status < 0) {
        reel_stft_deinit(stft);
    }
    return status;
}

void reel_stft_deinit(reel_stft *stft)
{
    reel_weights_deinit(&stft->constants);
    *stft = (reel_stft){ 0 };
}

static int margin(const reel_stft *stft)
{
    return (stft->window - stft->hop) / 2;
}

reel_tensor *reel_stft_spectrum(reel_rt *rt, const reel_stft *stft, reel_tensor *waveform)
{
    if (rt->status < 0 || waveform->rank != 2 || waveform->dim[1] % stft->hop != 0) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE,
                                "stft: waveform is %s, expected [B, S], S a multiple of %d",
                                reel_shape(waveform).text, stft->hop);
    }
    int64_t silence[] = { waveform->dim[0], margin(stft) };
    reel_tensor *before = reel_zeros(rt, REEL_F32, 2, silence);
    reel_tensor *begun = reel_concat(rt, before, waveform, 1);
    reel_tensor *padded = reel_concat(rt, begun, before, 1);
    REEL_DONE(rt, begun);
    reel_tensor *framed = reel_frame(rt, padded, stft->window, stft->hop);
    REEL_DONE(rt, padded);
    reel_tensor *spectrum = reel_linear(rt, framed, &stft->analysis);
    REEL_DONE(rt, framed);
    return spectrum;
}

/* One over the sum of the squared windows at every sample that is kept: [B, frames * hop]. */
static reel_tensor *window_correction(reel_rt *rt, const reel_stft *stft, int64_t batch,
                                      int64_t frames)
{
    int64_t samples = frames * stft->hop;
    size_t mark = reel_arena_mark(&rt->host);
    float *values = reel_host_scratch(rt, batch * samples);
    double *window = (double *)(void *)reel_host_scratch(rt, 2 * (int64_t)stft->window);
    for (int n = 0; window && n < stft->window; n++) {
        window[n] = hann(n, stft->window);
    }
    for (int64_t i = 0; values && window && i < batch * samples; i++) {
        int64_t at = i % samples + margin(stft), last = at / stft->hop;
        double sum = 0;
        for (int64_t n = last; n >= 0 && at - n * stft->hop < stft->window; n--) {
            double w = n < frames ? window[at - n * stft->hop] : 0.0;
            sum += w * w;
        }
        values[i] = (float)(1.0 / sum);
    }
    reel_tensor *t = REEL_FROM_HOST(rt, REEL_F32, values, batch, samples);
    reel_arena_release(&rt->host, mark);
    return t;
}

reel_tensor *reel_stft_waveform(reel_rt *rt, const reel_stft *stft, reel_tensor *spectrum)
{
    if (rt->status < 0 || spectrum->rank != 3 || spectrum->dim[2] != 2 * stft->bins) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "stft: spectrum is %s, expected [B, N, %d]",
                                reel_shape(spectrum).text, 2 * stft->bins);
    }
    int64_t batch = spectrum->dim[0], frames = spectrum->dim[1];
    reel_tensor *pieces = reel_linear(rt, spectrum, &stft->synthesis);
    reel_tensor *sum = reel_overlap_add(rt, pieces, stft->hop);
    REEL_DONE(rt, pieces);
    reel_tensor *kept = reel_slice(rt, sum, 1, margin(stft), frames * stft->hop);
    REEL_DONE(rt, sum);
    reel_tensor *correction = window_correction(rt, stft, batch, frames);
    reel_tensor *waveform = reel_mul(rt, kept, correction);
    REEL_DONE(rt, kept, correction);
    return waveform;
}
