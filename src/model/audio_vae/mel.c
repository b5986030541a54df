/* The mel filter bank. */
#include "model/audio_vae/mel.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>

static double mel_of(double hertz)
{
    return 2595.0 * log10(1.0 + hertz / 700.0);
}

static double hertz_of(double mel)
{
    return 700.0 * (pow(10.0, mel / 2595.0) - 1.0);
}

/* Low bands are narrower than a bin: a flank is at least one bin wide, so that no band is empty. */
static void fill_band(float *row, const reel_mel_options *o, int band)
{
    double low = mel_of(o->low), step = (mel_of(o->high) - low) / (o->bands + 1);
    double bin = o->sample_rate / 2.0 / (o->bins - 1), sum = 0;
    double centre = hertz_of(low + (band + 1) * step);
    double left = fmax(bin, centre - hertz_of(low + band * step));
    double right = fmax(bin, hertz_of(low + (band + 2) * step) - centre);
    for (int k = 0; k < o->bins; k++) {
        double d = k * bin - centre, w = fmax(0.0, 1.0 - (d < 0 ? -d / left : d / right));
        row[k] = (float)w;
        sum += w;
    }
    for (int k = 0; k < o->bins; k++) {
        row[k] = (float)(row[k] / sum);
    }
}

static reel_status fill_filters(reel_mel *mel, const reel_mel_options *options)
{
    float *rows = malloc((size_t)options->bands * (size_t)options->bins * sizeof *rows);
    if (!rows) {
        return REEL_FAIL(REEL_ERR_MEMORY, "mel: no memory for %d bands", options->bands);
    }
    for (int b = 0; b < options->bands; b++) {
        fill_band(rows + (int64_t)b * options->bins, options, b);
    }
    reel_status status = reel_weight_set(&mel->constants, mel->filters.weight, rows);
    free(rows);
    return status;
}

reel_status reel_mel_init(reel_mel *mel, const reel_mel_options *options)
{
    *mel = (reel_mel){ 0 };
    reel_weights_init_set(&mel->constants);
    reel_linear_declare(&mel->constants, &mel->filters, "mel", options->bins, options->bands,
                        (reel_linear_options){ .init = REEL_INIT_ZERO, .group = REEL_GROUP_PLAIN });
    reel_status status = reel_weights_alloc(&mel->constants);
    if (status == REEL_OK) {
        status = fill_filters(mel, options);
    }
    if (status < 0) {
        reel_mel_deinit(mel);
    }
    return status;
}

void reel_mel_deinit(reel_mel *mel)
{
    reel_weights_deinit(&mel->constants);
    *mel = (reel_mel){ 0 };
}
