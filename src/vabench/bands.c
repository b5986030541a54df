/* Band energies from short power spectra. */
#include "vabench/bands.h"

#include "base/error.h"
#include "media/spectrum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Bins first .. first + count - 1 of the transform and their weights. */
typedef struct {
    int first, count;
    float *weight;
} triangle;

typedef struct {
    int bands, bins;
    triangle *at;
    float *weights; /* [bands, bins] */
} bank;

static void bank_deinit(bank *b)
{
    free(b->at);
    free(b->weights);
}

/* Rises from the centre of the band below to this centre, falls to that of the band above. */
static void build_triangle(triangle *out, double low, double centre, double high, int bins)
{
    low = fmin(low, centre - 1.0);
    high = fmax(high, centre + 1.0);
    int first = (int)fmax(0.0, ceil(low)), last = (int)fmin(bins - 1.0, floor(high));
    *out = (triangle){ first, last - first + 1, out->weight };
    for (int k = first; k <= last; k++) {
        double share = k < centre ? (k - low) / (centre - low) : (high - k) / (high - centre);
        out->weight[k - first] = (float)share;
    }
}

static reel_status bank_init(bank *b, const reel_bands *bands, int window)
{
    *b = (bank){ .bands = bands->bands, .bins = window / 2 + 1 };
    b->at = calloc((size_t)b->bands, sizeof *b->at);
    b->weights = calloc((size_t)b->bands * (size_t)b->bins, sizeof *b->weights);
    if (!b->at || !b->weights) {
        bank_deinit(b);
        return REEL_FAIL(REEL_ERR_MEMORY, "sound: no memory for %d bands", b->bands);
    }
    double ratio = pow(bands->high_hz / bands->low_hz, 1.0 / (b->bands - 1));
    for (int i = 0; i < b->bands; i++) {
        double centre = bands->low_hz * pow(ratio, i) * window / bands->sample_rate;
        b->at[i].weight = b->weights + (size_t)i * (size_t)b->bins;
        build_triangle(&b->at[i], centre / ratio, centre, centre * ratio, b->bins);
    }
    return REEL_OK;
}

static void sum_bands(float *out, const bank *b, const float *power)
{
    for (int i = 0; i < b->bands; i++) {
        const triangle *t = &b->at[i];
        float sum = 0.0f;
        for (int k = 0; k < t->count; k++) {
            sum += t->weight[k] * power[t->first + k];
        }
        out[i] = sum;
    }
}

/* `count` samples from `start` on, zeros outside the sound. */
static void copy_piece(float *out, const float *mono, int64_t samples, int64_t start, int count)
{
    memset(out, 0, (size_t)count * sizeof *out);
    int64_t from = start < 0 ? 0 : start;
    int64_t to = start + count < samples ? start + count : samples;
    if (to > from) {
        memcpy(out + (from - start), mono + from, (size_t)(to - from) * sizeof *out);
    }
}

static reel_status fill(reel_bands *out, const float *mono, int64_t samples, int window)
{
    bank b;
    REEL_TRY(bank_init(&b, out, window));
    reel_spectrum *spectrum = NULL;
    float *piece = malloc((size_t)window * sizeof *piece);
    float *power = malloc(((size_t)window / 2 + 1) * sizeof *power);
    reel_status status = reel_spectrum_new(&spectrum, window);
    if (status == REEL_OK && (!piece || !power)) {
        status = REEL_FAIL(REEL_ERR_MEMORY, "sound: no memory for %d samples", window);
    }
    for (int f = 0; f < out->frames && status == REEL_OK; f++) {
        copy_piece(piece, mono, samples, (int64_t)f * out->hop - window / 2, window);
        reel_spectrum_power(power, spectrum, piece);
        sum_bands(out->energy + (size_t)f * (size_t)out->bands, &b, power);
    }
    reel_spectrum_free(spectrum);
    free(piece);
    free(power);
    bank_deinit(&b);
    return status;
}

reel_status reel_bands_init(reel_bands *out, const float *mono, int64_t samples, int sample_rate,
                            const reel_bands_grain *grain)
{
    *out = (reel_bands){ .frames = (int)(samples / grain->hop) + 1,
                         .bands = grain->bands,
                         .hop = grain->hop,
                         .sample_rate = sample_rate,
                         .low_hz = grain->low_hz,
                         .high_hz = fmin(grain->high_hz, 0.45 * sample_rate) };
    out->energy = malloc((size_t)out->frames * (size_t)out->bands * sizeof *out->energy);
    if (!out->energy) {
        return REEL_FAIL(REEL_ERR_MEMORY, "sound: no memory for %d frames", out->frames);
    }
    reel_status status = fill(out, mono, samples, grain->window);
    if (status < 0) {
        reel_bands_deinit(out);
    }
    return status;
}

void reel_bands_deinit(reel_bands *bands)
{
    free(bands->energy);
    bands->energy = NULL;
}

void reel_mono_build(float *out, const reel_clip *clip)
{
    memset(out, 0, (size_t)clip->samples * sizeof *out);
    float gain = clip->channels > 0 ? (float)sqrt(1.0 / clip->channels) : 0.0f;
    for (int c = 0; c < clip->channels; c++) {
        const float *in = clip->pcm + (size_t)c * (size_t)clip->samples;
        for (int64_t i = 0; i < clip->samples; i++) {
            out[i] += gain * in[i];
        }
    }
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

reel_status reel_bands_floor(float *out, const reel_bands *bands, double share)
{
    float *values = malloc((size_t)bands->frames * sizeof *values);
    if (!values) {
        return REEL_FAIL(REEL_ERR_MEMORY, "sound: no memory for %d frames", bands->frames);
    }
    for (int b = 0; b < bands->bands; b++) {
        for (int f = 0; f < bands->frames; f++) {
            values[f] = reel_bands_at(bands, f)[b];
        }
        qsort(values, (size_t)bands->frames, sizeof *values, by_value);
        out[b] = values[(int)(share * (bands->frames - 1))];
    }
    free(values);
    return REEL_OK;
}
