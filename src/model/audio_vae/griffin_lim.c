/* The fast Griffin-Lim algorithm. */
#include "model/audio_vae/griffin_lim.h"

#include "ops/elementwise.h"
#include "ops/spectrum.h"
#include "tensor/reuse.h"

static const float ALPHA = 0.99f;

reel_tensor *reel_griffin_lim(reel_rt *rt, const reel_stft *stft, reel_tensor *magnitude,
                              reel_tensor *start, int iterations)
{
    if (rt->status < 0 || magnitude->rank != 3 || magnitude->dim[2] != stft->bins) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE,
                                "griffin-lim: magnitude is %s, expected [B, N, %d]",
                                reel_shape(magnitude).text, stft->bins);
    }
    if (iterations == 0) {
        return start;
    }
    int recording = rt->recording;
    rt->recording = 0;
    reel_tensor *t = reel_new_like(rt, start), *c = reel_new_like(rt, start);
    reel_assign(rt, t, start);
    for (int i = 0; i < iterations && rt->status == REEL_OK; i++) {
        /* in memory that is given back: the results stay in t and c */
        const reel_stretch round = reel_stretch_begin(rt);
        reel_tensor *fitted = reel_with_magnitude(rt, t, magnitude);
        reel_tensor *sound = reel_stft_waveform(rt, stft, fitted);
        REEL_DROP(rt, fitted);
        reel_tensor *next = reel_stft_spectrum(rt, stft, sound);
        reel_tensor *change = reel_scale(rt, reel_sub(rt, next, i > 0 ? c : next), ALPHA);
        reel_assign(rt, t, reel_add(rt, next, change));
        reel_assign(rt, c, next);
        reel_stretch_forget(rt, &round);
    }
    rt->recording = recording;
    return c;
}
