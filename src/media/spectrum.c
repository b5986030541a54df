/* Power spectra through the real transform of libavutil. */
#include "media/spectrum.h"

#include "base/error.h"
#include "media/av_error.h"

#include <libavutil/mem.h>
#include <libavutil/tx.h>
#include <math.h>
#include <stdlib.h>

enum { LENGTH_MIN = 32, LENGTH_MAX = 65536 };

struct reel_spectrum {
    int length;
    AVTXContext *context;
    av_tx_fn transform;
    float *window, *in;   /* [length] */
    AVComplexFloat *bins; /* [length / 2 + 1] */
};

static reel_status open_transform(reel_spectrum *s, int length)
{
    const float scale = 1.0f;
    s->length = length;
    s->window = av_malloc_array((size_t)length, sizeof *s->window);
    s->in = av_malloc_array((size_t)length, sizeof *s->in);
    /* zeroed: FFmpeg 5.1 leaves the imaginary part of the last bin, which is 0, unwritten */
    s->bins = av_calloc((size_t)length / 2 + 1, sizeof *s->bins);
    if (!s->window || !s->in || !s->bins) {
        return REEL_FAIL(REEL_ERR_MEMORY, "spectrum: no memory for %d samples", length);
    }
    int code = av_tx_init(&s->context, &s->transform, AV_TX_FLOAT_RDFT, 0, length, &scale, 0);
    return code < 0 ? reel_av_fail(code, "spectrum: length %d", length) : REEL_OK;
}

reel_status reel_spectrum_new(reel_spectrum **out, int length)
{
    *out = NULL;
    if (length < LENGTH_MIN || length > LENGTH_MAX || (length & (length - 1)) != 0) {
        return REEL_FAIL(REEL_ERR_INVALID,
                         "spectrum: length is %d, expected a power of two, %d..%d", length,
                         LENGTH_MIN, LENGTH_MAX);
    }
    reel_av_log_init();
    reel_spectrum *s = calloc(1, sizeof *s);
    if (!s) {
        return REEL_FAIL(REEL_ERR_MEMORY, "spectrum: no memory");
    }
    reel_status status = open_transform(s, length);
    if (status < 0) {
        reel_spectrum_free(s);
        return status;
    }
    for (int i = 0; i < length; i++) {
        s->window[i] = (float)(0.5 - 0.5 * cos(2.0 * M_PI * i / length));
    }
    *out = s;
    return REEL_OK;
}

void reel_spectrum_free(reel_spectrum *spectrum)
{
    if (spectrum) {
        av_tx_uninit(&spectrum->context);
        av_free(spectrum->window);
        av_free(spectrum->in);
        av_free(spectrum->bins);
        free(spectrum);
    }
}

void reel_spectrum_power(float *power, reel_spectrum *s, const float *samples)
{
    int half = s->length / 2;
    for (int i = 0; i < s->length; i++) {
        s->in[i] = s->window[i] * samples[i];
    }
    s->transform(s->context, s->bins, s->in, sizeof(float));
    /* The squares of a Hann window sum up to 3/8 of its length; every bin but the first and the
     * last stands for its mirror image as well. */
    float scale = (float)(2.0 / (0.375 * (double)s->length * (double)s->length));
    for (int k = 0; k <= half; k++) {
        float one = k == 0 || k == half ? 0.5f : 1.0f;
        power[k] = one * scale * (s->bins[k].re * s->bins[k].re + s->bins[k].im * s->bins[k].im);
    }
}
