/* The six materials as tables of modes, and the recursive resonators that sound them. */
#include "world/modal.h"

#include "base/error.h"
#include "world/noise.h"

#include <math.h>
#include <stdlib.h>

enum { MODES = 8, SEQUENCE_CLICK = 400 };

#define DIAMETER_REFERENCE reel_sizes[REEL_SIZE_MEDIUM].diameter /* whose pitches are below */

typedef struct {
    double ratio, level, decay_seconds; /* decay by 60 dB; ratio 0: no mode */
} mode;

typedef struct {
    double pitch; /* Hz */
    mode modes[MODES];
    double click_share, click_seconds; /* contact noise: level and decay by 60 dB */
    double click_low, click_high;      /* its band, Hz */
} material;

static const material materials[REEL_OBJECT_COUNT] = {
    /* Rubber: two low, quickly damped modes and a dull slap. */
    [REEL_OBJECT_BALL] = { 125.0,
                           { { 1.0, 1.0, 0.26 }, { 1.63, 0.55, 0.15 }, { 2.40, 0.25, 0.09 } },
                           0.40,
                           0.020,
                           150.0,
                           900.0 },
    /* Wood: a box of planks. */
    [REEL_OBJECT_CRATE] = { 290.0,
                            { { 1.0, 1.0, 0.16 },
                              { 1.57, 0.7, 0.13 },
                              { 2.62, 0.6, 0.10 },
                              { 3.90, 0.4, 0.07 },
                              { 5.45, 0.25, 0.05 } },
                            0.55,
                            0.016,
                            500.0,
                            3200.0 },
    /* Bronze: hum, prime, minor tierce, quint, nominal and above, as church bells are tuned. */
    [REEL_OBJECT_BELL] = { 620.0,
                           { { 0.5, 0.45, 1.50 },
                             { 1.0, 0.9, 1.20 },
                             { 1.2, 0.8, 1.00 },
                             { 1.5, 0.5, 0.80 },
                             { 2.0, 1.0, 0.75 },
                             { 2.67, 0.5, 0.50 },
                             { 3.0, 0.45, 0.45 },
                             { 4.15, 0.3, 0.30 } },
                           0.35,
                           0.010,
                           1500.0,
                           6000.0 },
    /* Glass: sparse inharmonic partials that die soon. */
    [REEL_OBJECT_BOTTLE] = { 1750.0,
                             { { 1.0, 1.0, 0.34 },
                               { 2.32, 0.8, 0.22 },
                               { 3.61, 0.45, 0.14 },
                               { 4.25, 0.4, 0.11 } },
                             0.45,
                             0.008,
                             3000.0,
                             10000.0 },
    /* Crystal: high, nearly pure, slowly beating pairs that ring on. */
    [REEL_OBJECT_STAR] = { 3100.0,
                           { { 1.0, 1.0, 1.00 },
                             { 1.004, 0.6, 1.00 },
                             { 1.498, 0.6, 0.80 },
                             { 1.505, 0.4, 0.80 },
                             { 2.0, 0.4, 0.60 },
                             { 2.83, 0.25, 0.40 } },
                           0.25,
                           0.006,
                           5000.0,
                           14000.0 },
    /* Plastic: a hollow knock, one mode and its neighbour. */
    [REEL_OBJECT_CONE] = { 760.0,
                           { { 1.0, 1.0, 0.075 }, { 1.86, 0.5, 0.05 }, { 3.1, 0.25, 0.03 } },
                           0.70,
                           0.014,
                           900.0,
                           2600.0 },
};

double reel_strike_pitch(reel_object object, double diameter)
{
    return materials[object].pitch * DIAMETER_REFERENCE / diameter;
}

static double longest_decay(const material *m)
{
    double longest = m->click_seconds;
    for (int i = 0; i < MODES; i++) {
        longest = fmax(longest, m->modes[i].decay_seconds);
    }
    return longest;
}

static void scale_to_peak(float *samples, int count, float peak)
{
    float highest = 0.0f;
    for (int i = 0; i < count; i++) {
        highest = fmaxf(highest, fabsf(samples[i]));
    }
    float gain = highest > 0.0f ? peak / highest : 0.0f;
    for (int i = 0; i < count; i++) {
        samples[i] *= gain;
    }
}

/* y[n] = 2 r cos(w) y[n-1] - r^2 y[n-2] with y[0] = 0, y[1] = level r sin(w): the sampled
 * level * r^n * sin(w n). All modes of a body advance together. */
static void sound_body(float *out, int count, const material *m, double pitch, int rate)
{
    float a[MODES], b[MODES], now[MODES], next[MODES];
    for (int i = 0; i < MODES; i++) {
        const mode *o = &m->modes[i];
        double hz = o->ratio * pitch;
        int audible = o->ratio > 0.0 && hz < 0.45 * rate;
        double r = audible ? exp(-6.907755 / (o->decay_seconds * rate)) : 0.0;
        double w = 2.0 * M_PI * hz / rate;
        a[i] = (float)(2.0 * r * cos(w));
        b[i] = (float)(-r * r);
        now[i] = 0.0f;
        next[i] = (float)(o->level * r * sin(w));
    }
    for (int n = 0; n < count; n++) {
        float sum = 0.0f;
        for (int i = 0; i < MODES; i++) {
            float y = now[i];
            now[i] = next[i];
            next[i] = a[i] * next[i] + b[i] * y;
            sum += y;
        }
        out[n] = sum;
    }
}

/* Every blow of a material has the same contact noise: the blows of a clip differ in level and
 * place alone, as its picture does. */
static void sound_click(float *out, int count, const material *m, int rate)
{
    reel_noise noise = reel_noise_at(0, SEQUENCE_CLICK);
    float low = (float)(1.0 - exp(-2.0 * M_PI * m->click_low / rate));
    float high = (float)(1.0 - exp(-2.0 * M_PI * fmin(m->click_high, 0.45 * rate) / rate));
    float fade = (float)exp(-6.907755 / (m->click_seconds * rate)), gain = 1.0f;
    float below = 0.0f, smooth = 0.0f, white[REEL_NOISE_LANES];
    for (int n = 0; n < count; n++) {
        if (n % REEL_NOISE_LANES == 0) {
            reel_noise_step(&noise, white);
        }
        float x = white[n % REEL_NOISE_LANES];
        below += low * (x - below);
        smooth += high * (x - below - smooth);
        out[n] = gain * smooth;
        gain *= fade;
    }
}

reel_status reel_strike_init(reel_strike *out, reel_object object, double diameter, int sample_rate)
{
    const material *m = &materials[object];
    int count = (int)(1.1 * longest_decay(m) * sample_rate);
    int click_count = (int)(1.1 * m->click_seconds * sample_rate);
    float *samples = malloc(2 * (size_t)count * sizeof *samples);
    if (!samples) {
        return REEL_FAIL(REEL_ERR_MEMORY, "strike: no memory for %d samples", count);
    }
    *out = (reel_strike){ .body = samples,
                          .click = samples + count,
                          .count = count,
                          .click_count = click_count,
                          .click_share = m->click_share };
    sound_body(out->body, count, m, reel_strike_pitch(object, diameter), sample_rate);
    sound_click(out->click, click_count, m, sample_rate);
    int tail = sample_rate / 200;
    for (int i = 0; i < tail && i < count; i++) {
        out->body[count - 1 - i] *= (float)i / (float)tail;
    }
    scale_to_peak(out->body, count, 1.0f);
    scale_to_peak(out->click, click_count, 1.0f);
    return REEL_OK;
}

void reel_strike_deinit(reel_strike *strike)
{
    free(strike->body); /* click lies behind it */
    strike->body = strike->click = NULL;
}
