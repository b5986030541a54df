/* Whoosh and whirr: noise through a moving band pass, its level and place set by the motion. */
#include "world/air.h"

#include "world/motion.h"
#include "world/noise.h"
#include "world/pan.h"

#include <math.h>

enum { BLOCK = 128, SEQUENCE_AIR = 600 };

#define WHOOSH_LEVEL 0.16 /* root mean square at its loudest, before panning */
#define WHIRR_LEVEL  0.13

/* What the filter and the faders are to be at one instant. */
typedef struct {
    double hz, sharpness; /* centre and Q of the band */
    double left, right;   /* levels */
    double tone_hz, tone; /* a hum under the noise and its level */
} setting;

static setting whoosh_at(const reel_scene *scene, const reel_actor *actor, int index,
                         double seconds)
{
    reel_pose pose = reel_motion_pose(scene, index, seconds);
    double away = (pose.x / scene->width - 0.5) / 0.22;
    double near = exp(-away * away);
    double pitch = reel_sizes[REEL_SIZE_MEDIUM].diameter / reel_sizes[actor->size].diameter;
    setting s = { .hz = 750.0 * pitch * (0.55 + 0.75 * near), .sharpness = 1.6 };
    reel_pan pan = reel_pan_at(pose.x / scene->width);
    s.left = WHOOSH_LEVEL * near * pan.left;
    s.right = WHOOSH_LEVEL * near * pan.right;
    return s;
}

static setting whirr_at(const reel_scene *scene, const reel_actor *actor, int index, double seconds)
{
    reel_pose pose = reel_motion_pose(scene, index, seconds);
    double beat = 0.5 + 0.5 * cos(pose.angle);
    double pitch = reel_sizes[REEL_SIZE_MEDIUM].diameter / reel_sizes[actor->size].diameter;
    setting s = { .hz = 420.0 * pitch, .sharpness = 5.0, .tone_hz = 210.0 * pitch, .tone = 0.55 };
    reel_pan pan = reel_pan_at(pose.x / scene->width);
    s.left = WHIRR_LEVEL * beat * beat * pan.left;
    s.right = WHIRR_LEVEL * beat * beat * pan.right;
    return s;
}

/* Trapezoidal state variable filter (Zavalishin, "The art of VA filter design", 2012). */
typedef struct {
    float a1, a2, a3, k, one, two;
} band_pass;

static void tune(band_pass *f, double hz, double sharpness, int rate)
{
    double g = tan(M_PI * fmin(hz, 0.4 * rate) / rate), k = 1.0 / sharpness;
    double a1 = 1.0 / (1.0 + g * (g + k));
    f->a1 = (float)a1;
    f->a2 = (float)(g * a1);
    f->a3 = (float)(g * g * a1);
    f->k = (float)k;
}

/* Band of unit gain at its centre. */
static inline float pass(band_pass *f, float in)
{
    float v3 = in - f->two;
    float v1 = f->a1 * f->one + f->a2 * v3;
    float v2 = f->two + f->a2 * f->one + f->a3 * v3;
    f->one = 2.0f * v1 - f->one;
    f->two = 2.0f * v2 - f->two;
    return f->k * v1;
}

/* White noise behind the band: rms^2 = noise^2 * (pi / 2) * (hz / Q) / (rate / 2). */
static double band_gain(const setting *s, int rate)
{
    return 1.0 / (REEL_NOISE_RMS * sqrt(M_PI * s->hz / s->sharpness / rate));
}

typedef struct {
    float *left, *right;
    float gain_left, gain_right; /* where the faders stand */
    double tone_phase;
} mixer;

static void add_block(mixer *m, int64_t start, int count, const float *source, const setting *s)
{
    float slope_left = ((float)s->left - m->gain_left) / BLOCK;
    float slope_right = ((float)s->right - m->gain_right) / BLOCK;
    for (int i = 0; i < count; i++) {
        m->gain_left += slope_left;
        m->gain_right += slope_right;
        m->left[start + i] += m->gain_left * source[i];
        m->right[start + i] += m->gain_right * source[i];
    }
}

/* A hum of three partials. */
static void add_hum(mixer *m, float *source, const setting *s, int rate)
{
    double step = 2.0 * M_PI * s->tone_hz / rate;
    float now = (float)sin(m->tone_phase), before = (float)sin(m->tone_phase - step);
    float twice = (float)(2.0 * cos(step)), level = (float)s->tone;
    for (int i = 0; i < BLOCK; i++) {
        float square = now * now;
        source[i] += level * now * (1.0f + 0.8f * (1.0f - 2.0f * square));
        float next = twice * now - before;
        before = now;
        now = next;
    }
    m->tone_phase = fmod(m->tone_phase + BLOCK * step, 2.0 * M_PI);
}

void reel_air_add(float *left, float *right, int64_t samples, const reel_scene *scene, int index,
                  int sample_rate)
{
    const reel_actor *actor = &scene->actors[index];
    setting (*setting_at)(const reel_scene *, const reel_actor *, int, double);
    if (actor->motion == REEL_MOTION_FLY) {
        setting_at = whoosh_at;
    } else if (actor->motion == REEL_MOTION_SPIN) {
        setting_at = whirr_at;
    } else {
        return;
    }
    reel_noise noise = reel_noise_at(reel_rng_mix(scene->seed, (uint64_t)index), SEQUENCE_AIR);
    band_pass filter = { 0 };
    setting s = setting_at(scene, actor, index, 0.0);
    mixer m = { left, right, (float)s.left, (float)s.right, 0.0 };
    float source[BLOCK];
    for (int64_t start = 0; start < samples; start += BLOCK) {
        s = setting_at(scene, actor, index, (double)(start + BLOCK) / sample_rate);
        tune(&filter, s.hz, s.sharpness, sample_rate);
        float gain = (float)band_gain(&s, sample_rate);
        reel_noise_fill(&noise, source, BLOCK);
        for (int i = 0; i < BLOCK; i++) {
            source[i] = gain * pass(&filter, source[i]);
        }
        if (s.tone > 0.0) {
            add_hum(&m, source, &s, sample_rate);
        }
        int64_t left_over = samples - start;
        add_block(&m, start, left_over < BLOCK ? (int)left_over : BLOCK, source, &s);
    }
}
