/* Ambiences as tables of noise bands and tones, all bands filtered side by side. */
#include "world/ambience.h"

#include "world/noise.h"

#include <math.h>
#include <string.h>

enum { BANDS = 2, TONES = 2, BLOCK = 128, SEQUENCE_AMBIENCE = 500, SEQUENCE_NOISE = 501 };
/* Lanes: band b of the left ear is lane b, of the right ear lane LAYERS + b. */
enum { LAYERS = 4, LANES = 2 * LAYERS };

/* Noise between two frequencies, louder and softer by `swell` (0..1), `swell_hz` times a second. */
typedef struct {
    double low_hz, high_hz, level_db, swell_hz, swell;
} band;

/* A sine that comes and goes `beat_hz` times a second (0: steady) and bends by `bend` (a share of
 * its frequency) meanwhile; `sharpness` 1 is a plain hump, more leaves longer pauses. */
typedef struct {
    double hz, level_db, beat_hz, sharpness, bend;
} tone;

typedef struct {
    band bands[BANDS]; /* high_hz 0: none */
    tone tones[TONES]; /* hz 0: none */
} ambience;

static const ambience places[REEL_PLACE_COUNT][REEL_DAYTIME_COUNT] = {
    [REEL_PLACE_MEADOW] = {
        { { { 150, 700, -40, 0.21, 0.4 } }, { { 3150, -43, 1.3, 6, 0.10 }, { 2350, -45, 0.8, 5, -0.08 } } },
        { { { 100, 400, -43, 0.13, 0.3 } }, { { 4300, -40, 17.0, 1, 0.0 }, { 4750, -43, 13.0, 1, 0.0 } } },
    },
    [REEL_PLACE_BEACH] = {
        { { { 80, 500, -38, 0.17, 0.5 }, { 700, 3000, -42, 0.17, 0.8 } }, { { 0 } } },
        { { { 50, 240, -37, 0.12, 0.5 }, { 350, 1100, -44, 0.12, 0.8 } }, { { 0 } } },
    },
    [REEL_PLACE_STREET] = {
        { { { 40, 170, -37, 0.09, 0.3 }, { 600, 1500, -45, 0.23, 0.4 } }, { { 0 } } },
        { { { 40, 120, -40, 0.07, 0.3 } }, { { 100, -42, 0, 1, 0.0 }, { 300, -47, 0, 1, 0.0 } } },
    },
    [REEL_PLACE_ROOM] = {
        { { { 200, 900, -46, 0.05, 0.1 } }, { { 150, -43, 0, 1, 0.0 } } },
        { { { 60, 200, -45, 0.05, 0.1 } }, { { 75, -41, 0, 1, 0.0 }, { 225, -47, 0, 1, 0.0 } } },
    },
    [REEL_PLACE_DESERT] = {
        { { { 500, 1100, -40, 0.19, 0.6 } }, { { 5200, -46, 31.0, 1, 0.0 } } },
        { { { 250, 520, -40, 0.11, 0.6 } }, { { 0 } } },
    },
};

static const ambience weathers[REEL_WEATHER_COUNT] = {
    [REEL_WEATHER_RAIN] = { { { 1800, 8000, -34, 0.31, 0.15 }, { 500, 1500, -39, 0.17, 0.2 } },
                            { { 0 } } },
    [REEL_WEATHER_WIND] = { { { 180, 480, -35, 0.27, 0.5 }, { 700, 1300, -42, 0.37, 0.6 } },
                            { { 0 } } },
    [REEL_WEATHER_SNOW] = { { { 2500, 4500, -47, 0.11, 0.3 } }, { { 0 } } },
};

static double gain_of(double decibel)
{
    return pow(10.0, decibel / 20.0);
}

/* ---- bands ---- */

/* One high pass and two low passes of first order, eight at a time. */
typedef struct {
    float low[LANES], high[LANES]; /* coefficients */
    float below[LANES], first[LANES], second[LANES];
} filters;

static inline void filter_step(filters *f, const float in[LANES], float out[LANES])
{
    for (int i = 0; i < LANES; i++) {
        f->below[i] += f->low[i] * (in[i] - f->below[i]);
        f->first[i] += f->high[i] * (in[i] - f->below[i] - f->first[i]);
        f->second[i] += f->high[i] * (f->first[i] - f->second[i]);
        out[i] = f->second[i];
    }
}

static filters filters_of(const band *const bands[LAYERS], int rate)
{
    filters f;
    memset(&f, 0, sizeof f);
    for (int i = 0; i < LANES; i++) {
        const band *b = bands[i % LAYERS];
        if (b->high_hz > 0.0) {
            f.low[i] = (float)(1.0 - exp(-2.0 * M_PI * b->low_hz / rate));
            f.high[i] = (float)(1.0 - exp(-2.0 * M_PI * fmin(b->high_hz, 0.45 * rate) / rate));
        }
    }
    return f;
}

/* Level of unit white noise behind each filter: root of the energy of its impulse response. */
static void measure(filters f, double response[LANES], int rate)
{
    double energy[LANES] = { 0.0 };
    float in[LANES], out[LANES];
    for (int i = 0; i < LANES; i++) {
        in[i] = 1.0f;
    }
    for (int n = 0; n < rate / 10; n++) {
        filter_step(&f, in, out);
        for (int i = 0; i < LANES; i++) {
            energy[i] += (double)out[i] * out[i];
            in[i] = 0.0f;
        }
    }
    for (int i = 0; i < LANES; i++) {
        response[i] = sqrt(energy[i]);
    }
}

typedef struct {
    const band *bands[LAYERS];
    double level[LANES], phase[LANES];
} layers;

static layers layers_of(const ambience *place, const ambience *weather, uint64_t seed, int rate)
{
    layers l;
    reel_rng rng = reel_rng_at(seed, SEQUENCE_AMBIENCE);
    for (int b = 0; b < BANDS; b++) {
        l.bands[b] = &place->bands[b];
        l.bands[BANDS + b] = &weather->bands[b];
    }
    double response[LANES];
    measure(filters_of(l.bands, rate), response, rate);
    for (int i = 0; i < LAYERS; i++) {
        double phase = 2.0 * M_PI * reel_rng_uniform(&rng);
        double level =
            response[i] > 0.0 ? gain_of(l.bands[i]->level_db) / REEL_NOISE_RMS / response[i] : 0.0;
        l.level[i] = l.level[LAYERS + i] = level;
        l.phase[i] = phase;
        l.phase[LAYERS + i] = phase + 0.5; /* the ears hear the swell a little apart */
    }
    return l;
}

static void levels_at(float out[LANES], const layers *l, double seconds)
{
    for (int i = 0; i < LANES; i++) {
        const band *b = l->bands[i % LAYERS];
        double swell = 1.0 + b->swell * sin(2.0 * M_PI * b->swell_hz * seconds + l->phase[i]);
        out[i] = (float)(l->level[i] * swell);
    }
}

static void add_bands(float *left, float *right, int64_t samples, const layers *l, uint64_t seed,
                      int rate)
{
    filters f = filters_of(l->bands, rate);
    reel_noise noise = reel_noise_at(seed, SEQUENCE_NOISE);
    float gain[LANES], target[LANES], slope[LANES], white[LANES], out[LANES];
    for (int n = 0; n < rate / 50; n++) { /* let the filters settle */
        reel_noise_step(&noise, white);
        filter_step(&f, white, out);
    }
    levels_at(gain, l, 0.0);
    for (int64_t start = 0; start < samples; start += BLOCK) {
        levels_at(target, l, (double)(start + BLOCK) / rate);
        for (int i = 0; i < LANES; i++) {
            slope[i] = (target[i] - gain[i]) / BLOCK;
        }
        int64_t end = start + BLOCK < samples ? start + BLOCK : samples;
        for (int64_t n = start; n < end; n++) {
            reel_noise_step(&noise, white);
            filter_step(&f, white, out);
            float a = 0.0f, b = 0.0f;
            for (int i = 0; i < LANES; i++) {
                gain[i] += slope[i];
                out[i] *= gain[i];
            }
            for (int i = 0; i < LAYERS; i++) {
                a += out[i];
                b += out[LAYERS + i];
            }
            left[n] += a;
            right[n] += b;
        }
    }
}

/* ---- tones ---- */

static double hump(const tone *t, double turns)
{
    if (t->beat_hz <= 0.0) {
        return 1.0;
    }
    return pow(0.5 - 0.5 * cos(2.0 * M_PI * turns), t->sharpness);
}

static void add_tone(float *left, float *right, int64_t samples, const tone *t, uint64_t seed,
                     int index, int rate)
{
    reel_rng rng = reel_rng_at(reel_rng_mix(seed, (uint64_t)index), SEQUENCE_AMBIENCE);
    double offset = reel_rng_uniform(&rng), phase = 2.0 * M_PI * reel_rng_uniform(&rng);
    double level = gain_of(t->level_db) * M_SQRT2;
    float pan_left = index % 2 ? 0.8f : 0.6f, pan_right = index % 2 ? 0.6f : 0.8f;
    float gain = (float)(level * hump(t, offset));
    for (int64_t start = 0; start < samples; start += BLOCK) {
        double turns = offset + t->beat_hz * (double)(start + BLOCK) / rate;
        float slope = ((float)(level * hump(t, turns)) - gain) / BLOCK;
        double w = 2.0 * M_PI * t->hz * (1.0 + t->bend * sin(2.0 * M_PI * turns)) / rate;
        float now = (float)sin(phase), before = (float)sin(phase - w),
              twice = (float)(2.0 * cos(w));
        int64_t end = start + BLOCK < samples ? start + BLOCK : samples;
        for (int64_t n = start; n < end; n++) {
            gain += slope;
            left[n] += pan_left * gain * now;
            right[n] += pan_right * gain * now;
            float next = twice * now - before;
            before = now;
            now = next;
        }
        phase = fmod(phase + w * BLOCK, 2.0 * M_PI);
    }
}

void reel_ambience_add(float *left, float *right, int64_t samples, const reel_scene *scene,
                       int sample_rate)
{
    const ambience *place = &places[scene->place][scene->daytime];
    const ambience *weather = &weathers[scene->weather];
    layers l = layers_of(place, weather, scene->seed, sample_rate);
    add_bands(left, right, samples, &l, scene->seed, sample_rate);
    for (int i = 0; i < TONES; i++) {
        if (place->tones[i].hz > 0.0) {
            add_tone(left, right, samples, &place->tones[i], scene->seed, i, sample_rate);
        }
    }
}
