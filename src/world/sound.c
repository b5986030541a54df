/* Mixing the layers of a soundtrack. */
#include "world/sound.h"

#include "world/air.h"
#include "world/ambience.h"
#include "world/modal.h"
#include "world/motion.h"
#include "world/pan.h"

#include <math.h>
#include <string.h>

#define IMPACT_PEAK  0.62 /* of the strongest blow in the middle of the frame, before panning */
#define CEILING      0.97 /* highest sample that may leave */
#define FADE_SECONDS 0.005

/* The weakest blow is still half the strongest: it must be heard over the ambience. */
static double gain_of(double strength)
{
    return IMPACT_PEAK * (0.45 + 0.55 * strength);
}

static void add_scaled(float *out, const float *in, int64_t count, double gain)
{
    float g = (float)gain;
    for (int64_t i = 0; i < count; i++) {
        out[i] += g * in[i];
    }
}

static int64_t fitting(int64_t count, int64_t room)
{
    return count < room ? count : room;
}

static void add_blow(float *pcm, int64_t samples, const reel_strike *strike,
                     const reel_event *event, int rate)
{
    int64_t start = llround(event->seconds * rate);
    if (start >= samples) {
        return;
    }
    double gain = gain_of(event->strength);
    double click = gain * strike->click_share * (0.4 + 0.6 * event->strength);
    reel_pan pan = reel_pan_at(event->x);
    const double side[2] = { pan.left, pan.right };
    for (int c = 0; c < 2; c++) {
        float *out = pcm + c * samples + start;
        add_scaled(out, strike->body, fitting(strike->count, samples - start), gain * side[c]);
        add_scaled(out, strike->click, fitting(strike->click_count, samples - start),
                   click * side[c]);
    }
}

static reel_status add_actor(float *pcm, int64_t samples, const reel_scene *scene, int index,
                             int rate)
{
    const reel_actor *actor = &scene->actors[index];
    reel_air_add(pcm, pcm + samples, samples, scene, index, rate);
    reel_strike strike = { 0 };
    reel_status status = REEL_OK;
    for (int i = 0; i < scene->event_count && status == REEL_OK; i++) {
        const reel_event *event = &scene->events[i];
        if (event->actor != index || !reel_event_is_impact(event->kind)) {
            continue;
        }
        if (!strike.body) {
            status =
                reel_strike_init(&strike, actor->object, reel_sizes[actor->size].diameter, rate);
        }
        if (status == REEL_OK) {
            add_blow(pcm, samples, &strike, event, rate);
        }
    }
    reel_strike_deinit(&strike);
    return status;
}

static void fade_ends(float *channel, int64_t samples, int rate)
{
    int64_t length = fitting((int64_t)(FADE_SECONDS * rate), samples / 2);
    for (int64_t i = 0; i < length; i++) {
        float gain = (float)i / (float)length;
        channel[i] *= gain;
        channel[samples - 1 - i] *= gain;
    }
}

static void keep_below_ceiling(float *pcm, int64_t count)
{
    float peak = 0.0f;
    for (int64_t i = 0; i < count; i++) {
        float level = fabsf(pcm[i]);
        peak = level > peak ? level : peak;
    }
    if (peak > (float)CEILING) {
        float gain = (float)CEILING / peak;
        for (int64_t i = 0; i < count; i++) {
            pcm[i] *= gain;
        }
    }
}

reel_status reel_sound_render(float *pcm, const reel_scene *scene, int sample_rate, int64_t samples,
                              int layers)
{
    memset(pcm, 0, 2 * (size_t)samples * sizeof *pcm);
    if (layers & REEL_SOUND_AMBIENCE) {
        reel_ambience_add(pcm, pcm + samples, samples, scene, sample_rate);
    }
    reel_status status = REEL_OK;
    for (int i = 0; i < scene->actor_count && status == REEL_OK; i++) {
        if (layers & REEL_SOUND_EVENTS) {
            status = add_actor(pcm, samples, scene, i, sample_rate);
        }
    }
    fade_ends(pcm, samples, sample_rate);
    fade_ends(pcm + samples, samples, sample_rate);
    keep_below_ceiling(pcm, 2 * samples);
    return status;
}
