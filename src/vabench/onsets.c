/* Onsets by spectral flux, their time by the steepest rise of the pre-emphasised sound. */
#include "vabench/onsets.h"

#include "base/error.h"
#include "vabench/bands.h"

#include <math.h>
#include <stdlib.h>

/* Compared are a frame and the loudest of those LAG_FIRST .. LAG_LAST frames before it, so that
 * beats and flutter, which only return to a level held shortly before, make no rise. */
enum { LAG_FIRST = 4, LAG_LAST = 20 };

static const double GAP_SECONDS = 0.09;
/* Rise of the bands (root of the mean square), each counted up to BAND_RISE_MAX: blows in real
 * films have 5.2 and more, the liveliest whirr 3.7. */
static const float RISE_MIN = 4.5f, BAND_RISE_MAX = 20.0f;
/* Bands are heard above their own background (the level they stay below a fifth of the time) and
 * above this mean square. */
static const float BACKGROUND_SHARE = 0.20f, BACKGROUND_GAIN = 6.0f, SILENCE = 1e-7f;
/* The fade at either end of a film is no onset. */
static const double END_SECONDS = 0.02;

/* levels [frames, bands] in dB over the background. */
static reel_status level_build(float *levels, const reel_bands *bands)
{
    float floor_of[64];
    REEL_TRY(reel_bands_floor(floor_of, bands, (double)BACKGROUND_SHARE));
    for (int b = 0; b < bands->bands; b++) {
        float base = BACKGROUND_GAIN * floor_of[b] + SILENCE;
        for (int f = 0; f < bands->frames; f++) {
            size_t at = (size_t)f * (size_t)bands->bands + (size_t)b;
            levels[at] = 10.0f * log10f(1.0f + bands->energy[at] / base);
        }
    }
    return REEL_OK;
}

static float rise_at(const float *levels, int bands, int frame)
{
    float sum = 0.0f;
    for (int b = 0; b < bands; b++) {
        float before = 0.0f;
        for (int k = LAG_FIRST; k <= LAG_LAST && k <= frame; k++) {
            before = fmaxf(before, levels[(frame - k) * bands + b]);
        }
        float rise = levels[frame * bands + b] - before;
        rise = fminf(BAND_RISE_MAX, fmaxf(0.0f, rise));
        sum += rise * rise;
    }
    return sqrtf(sum / (float)bands);
}

/* Mean square of the first difference over `count` samples from `start` on. */
static double edge_energy(const float *mono, int64_t samples, int64_t start, int count)
{
    double sum = 0.0;
    for (int64_t i = start < 1 ? 1 : start; i < start + count && i < samples; i++) {
        double d = mono[i] - mono[i - 1];
        sum += d * d;
    }
    return sum / count;
}

/* The sample near `about` after which it is loudest beside what was before. */
static double steepest(const float *mono, int64_t samples, int64_t about, int sample_rate)
{
    int reach = sample_rate / 70, length = sample_rate / 300, step = sample_rate / 2000;
    double loudest = 0.0, best = -1.0;
    for (int64_t at = about - reach; at <= about + reach; at += step) {
        loudest = fmax(loudest, edge_energy(mono, samples, at, length));
    }
    int64_t found = about;
    for (int64_t at = about - reach; at <= about + reach; at += step) {
        double after = edge_energy(mono, samples, at, length);
        double before = edge_energy(mono, samples, at - length, length);
        double gain = (after + 0.003 * loudest) / (before + 0.003 * loudest + 1e-12);
        if (gain > best) {
            best = gain;
            found = at;
        }
    }
    return (double)found / sample_rate;
}

static int is_peak(const float *rise, int frames, int f, int reach)
{
    for (int i = f - reach; i <= f + reach; i++) {
        if (i >= 0 && i < frames && (rise[i] > rise[f] || (rise[i] == rise[f] && i < f))) {
            return 0;
        }
    }
    return 1;
}

static void pick(reel_onsets *out, const float *rise, const reel_bands *bands, const float *mono,
                 int64_t samples)
{
    double hop = (double)bands->hop / bands->sample_rate;
    int reach = (int)(GAP_SECONDS / hop), end = (int)(END_SECONDS / hop);
    for (int f = end; f < bands->frames - end && out->count < REEL_ONSETS_MAX; f++) {
        if (rise[f] >= RISE_MIN && is_peak(rise, bands->frames, f, reach)) {
            double seconds = steepest(mono, samples, (int64_t)f * bands->hop, bands->sample_rate);
            out->at[out->count++] = (reel_onset){ seconds, (double)rise[f] };
        }
    }
}

reel_status reel_onsets_find(reel_onsets *out, const float *mono, int64_t samples, int sample_rate)
{
    static const reel_bands_grain grain = {
        .window = 512, .hop = 128, .bands = 24, .low_hz = 120.0, .high_hz = 14000.0
    };
    out->count = 0;
    reel_bands bands;
    REEL_TRY(reel_bands_init(&bands, mono, samples, sample_rate, &grain));
    size_t cells = (size_t)bands.frames * (size_t)bands.bands;
    float *levels = malloc((cells + (size_t)bands.frames) * sizeof *levels);
    reel_status status = levels ? REEL_OK : REEL_FAIL(REEL_ERR_MEMORY, "sound: no memory");
    if (status == REEL_OK) {
        status = level_build(levels, &bands);
    }
    if (status == REEL_OK) {
        float *rise = levels + cells;
        for (int f = 0; f < bands.frames; f++) {
            rise[f] = rise_at(levels, bands.bands, f);
        }
        pick(out, rise, &bands, mono, samples);
    }
    free(levels);
    reel_bands_deinit(&bands);
    return status;
}
