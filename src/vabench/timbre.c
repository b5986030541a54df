/* Comparing what follows an onset with rendered blows, and air with rendered air. */
#include "vabench/timbre.h"

#include "base/error.h"
#include "world/modal.h"
#include "world/sound.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 2048, HOP = 1024, BANDS = 40, AIRS = 2 };

static const reel_bands_grain grain = {
    .window = WINDOW, .hop = HOP, .bands = BANDS, .low_hz = 70.0, .high_hz = 14000.0
};

static const double BLOW_SECONDS = 0.35;
/* An onset followed by another within this is not listened to. */
static const double BLOW_SECONDS_MIN = 0.06;
/* Of the energy of a film with blows more than half lies within 0.15 s of them. */
static const double STRUCK_SECONDS = 0.15, STRUCK_SHARE_MIN = 0.15;
/* Whoosh and whirr come and go: at their loudest they have this much of the energy of their pauses,
 * an ambience less. */
static const double SWELL_MIN = 4.0;
/* And this mean square at least: real ones have 0.022 and more, ambiences up to 0.002. */
static const double AIR_MIN = 0.005;
/* Farther from everything, it is none of them: real films are below 4 dB. */
static const double DISTANCE_MAX = 10.0;
/* Levels this far below the loudest are not compared. */
static const float DEPTH = 1e-3f;

const char *reel_sound_name(int sound)
{
    if (sound >= 0 && sound < REEL_OBJECT_COUNT) {
        return reel_objects[sound].material;
    }
    return sound == REEL_SOUND_WHOOSH ? "whoosh" : sound == REEL_SOUND_WHIRR ? "whirr" : "none";
}

int reel_sound_of_scene(const reel_scene *scene)
{
    const reel_actor *actor = &scene->actors[0];
    if (actor->motion == REEL_MOTION_FLY) {
        return REEL_SOUND_WHOOSH;
    }
    return actor->motion == REEL_MOTION_SPIN ? REEL_SOUND_WHIRR : (int)actor->object;
}

/* ---- the references ---- */

static reel_status blow_init(reel_bands *out, int object, int size, int sample_rate)
{
    reel_strike strike;
    int64_t samples = (int64_t)(BLOW_SECONDS * sample_rate);
    float *mono = calloc((size_t)samples, sizeof *mono);
    if (!mono) {
        return REEL_FAIL(REEL_ERR_MEMORY, "timbre: no memory for %lld samples", (long long)samples);
    }
    reel_status status =
        reel_strike_init(&strike, (reel_object)object, reel_sizes[size].diameter, sample_rate);
    if (status == REEL_OK) {
        for (int64_t i = 0; i < samples && i < strike.count; i++) {
            mono[i] = strike.body[i];
        }
        for (int64_t i = 0; i < samples && i < strike.click_count; i++) {
            mono[i] += (float)strike.click_share * strike.click[i];
        }
        status = reel_bands_init(out, mono, samples, sample_rate, &grain);
        reel_strike_deinit(&strike);
    }
    free(mono);
    return status;
}

static double total(const float *energy)
{
    double sum = 0.0;
    for (int b = 0; b < BANDS; b++) {
        sum += energy[b];
    }
    return sum;
}

/* The mean of the frames that have at least half the energy of the loudest. */
static void mean_of_loud(float out[BANDS], const reel_bands *bands)
{
    double loudest = 0.0, count = 0.0;
    memset(out, 0, BANDS * sizeof *out);
    for (int f = 0; f < bands->frames; f++) {
        loudest = fmax(loudest, total(reel_bands_at(bands, f)));
    }
    for (int f = 0; f < bands->frames; f++) {
        const float *energy = reel_bands_at(bands, f);
        if (total(energy) >= 0.5 * loudest) {
            count += 1.0;
            for (int b = 0; b < BANDS; b++) {
                out[b] += energy[b];
            }
        }
    }
    for (int b = 0; b < BANDS; b++) {
        out[b] /= (float)fmax(count, 1.0);
    }
}

/* A pass or a turn in a quiet room. */
static reel_status air_build(float out[BANDS], int motion, int size, int sample_rate)
{
    enum { SECONDS = 3 };
    reel_scene scene;
    reel_scene_choice choice = reel_scene_choice_any();
    choice.value[REEL_ATTRIBUTE_MOTION] = motion;
    choice.value[REEL_ATTRIBUTE_SIZE] = size;
    REEL_TRY(reel_scene_sample(&scene, &choice, 1, SECONDS, 1.8));
    int64_t samples = (int64_t)SECONDS * sample_rate;
    float *pcm = malloc(3 * (size_t)samples * sizeof *pcm);
    if (!pcm) {
        return REEL_FAIL(REEL_ERR_MEMORY, "timbre: no memory for %lld samples", (long long)samples);
    }
    reel_bands bands = { 0 };
    reel_status status = reel_sound_render(pcm, &scene, sample_rate, samples, REEL_SOUND_EVENTS);
    if (status == REEL_OK) {
        float *mono = pcm + 2 * samples;
        reel_clip clip = { .channels = 2, .samples = samples, .pcm = pcm };
        reel_mono_build(mono, &clip);
        status = reel_bands_init(&bands, mono, samples, sample_rate, &grain);
    }
    if (status == REEL_OK) {
        mean_of_loud(out, &bands);
    }
    reel_bands_deinit(&bands);
    free(pcm);
    return status;
}

reel_status reel_timbres_init(reel_timbres *out, int sample_rate)
{
    static const int motions[AIRS] = { REEL_MOTION_FLY, REEL_MOTION_SPIN };
    *out = (reel_timbres){ .sample_rate = sample_rate };
    out->air = malloc(AIRS * REEL_SIZE_COUNT * BANDS * sizeof *out->air);
    reel_status status =
        out->air ? REEL_OK : REEL_FAIL(REEL_ERR_MEMORY, "timbre: no memory for %d bands", BANDS);
    for (int s = 0; s < REEL_SIZE_COUNT && status == REEL_OK; s++) {
        for (int o = 0; o < REEL_OBJECT_COUNT && status == REEL_OK; o++) {
            status = blow_init(&out->blows[o][s], o, s, sample_rate);
        }
        for (int a = 0; a < AIRS && status == REEL_OK; a++) {
            status =
                air_build(out->air + (a * REEL_SIZE_COUNT + s) * BANDS, motions[a], s, sample_rate);
        }
    }
    if (status < 0) {
        reel_timbres_deinit(out);
    }
    return status;
}

void reel_timbres_deinit(reel_timbres *timbres)
{
    for (int o = 0; o < REEL_OBJECT_COUNT; o++) {
        for (int s = 0; s < REEL_SIZE_COUNT; s++) {
            reel_bands_deinit(&timbres->blows[o][s]);
        }
    }
    free(timbres->air);
    timbres->air = NULL;
}

/* ---- comparing ---- */

/* Mean square in dB between `heard` [frames, BANDS] and a reference at the level that fits, laid
 * over the background. */
static double difference(const float *heard, const float *reference, int frames,
                         const float *background)
{
    double heard_sum = 0.0, reference_sum = 0.0, squares = 0.0;
    float loudest = 0.0f;
    for (int f = 0; f < frames; f++) {
        heard_sum += total(heard + f * BANDS);
        reference_sum += total(reference + f * BANDS);
    }
    for (int i = 0; i < frames * BANDS; i++) {
        loudest = fmaxf(loudest, heard[i]);
    }
    float gain = (float)(heard_sum / fmax(reference_sum, 1e-20)), depth = DEPTH * loudest + 1e-20f;
    for (int i = 0; i < frames * BANDS; i++) {
        float base = background[i % BANDS] + depth;
        double d = 10.0 * log10f((heard[i] + depth) / (gain * reference[i] + base));
        squares += d * d;
    }
    return squares / (frames * BANDS);
}

typedef struct {
    const reel_timbres *timbres;
    const float *mono;
    int64_t samples;
    const reel_onsets *onsets;
    float background[BANDS];
} listener;

static int64_t sample_of(const listener *l, double seconds)
{
    return llround(seconds * l->timbres->sample_rate);
}

/* Add the differences of one blow to those of every object; the number of frames compared. */
static reel_status add_blow(double sums[REEL_OBJECT_COUNT], int *frames_sum, const listener *l,
                            int index)
{
    const reel_onset *onset = &l->onsets->at[index];
    double until = onset->seconds + BLOW_SECONDS;
    if (index + 1 < l->onsets->count) {
        until = fmin(until, l->onsets->at[index + 1].seconds - 0.01);
    }
    int64_t start = sample_of(l, onset->seconds), end = sample_of(l, until);
    end = end < l->samples ? end : l->samples;
    if (end - start < sample_of(l, BLOW_SECONDS_MIN)) {
        return REEL_OK;
    }
    reel_bands heard;
    REEL_TRY(
        reel_bands_init(&heard, l->mono + start, end - start, l->timbres->sample_rate, &grain));
    int frames = (int)((end - start - WINDOW / 2) / HOP) + 1;
    for (int o = 0; o < REEL_OBJECT_COUNT; o++) {
        double best = INFINITY;
        for (int s = 0; s < REEL_SIZE_COUNT; s++) {
            const reel_bands *blow = &l->timbres->blows[o][s];
            int count = frames < blow->frames ? frames : blow->frames;
            best = fmin(best, difference(heard.energy, blow->energy, count, l->background));
        }
        sums[o] += best * frames;
    }
    *frames_sum += frames;
    reel_bands_deinit(&heard);
    return REEL_OK;
}

static reel_status find_material(reel_sound_heard *out, const listener *l)
{
    double sums[REEL_OBJECT_COUNT] = { 0.0 };
    int frames = 0;
    for (int i = 0; i < l->onsets->count; i++) {
        REEL_TRY(add_blow(sums, &frames, l, i));
    }
    for (int o = 0; o < REEL_OBJECT_COUNT && frames > 0; o++) {
        double distance = sqrt(sums[o] / frames);
        if (distance < out->distance) {
            *out = (reel_sound_heard){ o, distance, out->struck };
        }
    }
    return REEL_OK;
}

static void find_air(reel_sound_heard *out, const listener *l, const reel_bands *bands)
{
    float loud[BANDS];
    mean_of_loud(loud, bands);
    if (total(loud) < fmax(AIR_MIN, SWELL_MIN * total(l->background))) {
        return;
    }
    for (int i = 0; i < AIRS * REEL_SIZE_COUNT; i++) {
        double distance = sqrt(difference(loud, l->timbres->air + i * BANDS, 1, l->background));
        if (distance < out->distance) {
            *out = (reel_sound_heard){ REEL_SOUND_WHOOSH + i / REEL_SIZE_COUNT, distance,
                                       out->struck };
        }
    }
}

/* Share of the energy over the background that is heard within STRUCK_SECONDS of an onset. */
static double struck_share(const listener *l, const reel_bands *bands)
{
    double all = 1e-12, struck = 0.0, base = total(l->background);
    double hop = (double)bands->hop / bands->sample_rate;
    int next = 0;
    for (int f = 0; f < bands->frames; f++) {
        while (next < l->onsets->count && l->onsets->at[next].seconds <= (f + 1) * hop) {
            next++;
        }
        double over = fmax(0.0, total(reel_bands_at(bands, f)) - base);
        int follows = next > 0 && f * hop < l->onsets->at[next - 1].seconds + STRUCK_SECONDS;
        all += over;
        struck += follows ? over : 0.0;
    }
    return struck / all;
}

reel_status reel_sound_find(reel_sound_heard *out, const reel_timbres *timbres, const float *mono,
                            int64_t samples, const reel_onsets *onsets)
{
    listener l = { .timbres = timbres, .mono = mono, .samples = samples, .onsets = onsets };
    *out = (reel_sound_heard){ .sound = -1, .distance = DISTANCE_MAX };
    reel_bands bands;
    REEL_TRY(reel_bands_init(&bands, mono, samples, timbres->sample_rate, &grain));
    reel_status status = reel_bands_floor(l.background, &bands, 0.2);
    if (status == REEL_OK) {
        out->struck = struck_share(&l, &bands);
        if (out->struck >= STRUCK_SHARE_MIN) {
            status = find_material(out, &l);
        } else {
            find_air(out, &l, &bands);
        }
    }
    reel_bands_deinit(&bands);
    return status;
}
