/* The ground truth of a scene as JSON. */
#include "world/truth.h"

#include "base/error.h"
#include "world/caption.h"
#include "world/modal.h"
#include "world/motion.h"

#include <math.h>
#include <stdio.h>

/* Six decimals are a micrometre per metre of screen, and keep the files small. */
static json_t *number(double value)
{
    return json_real(round(value * 1e6) / 1e6);
}

static json_t *value_name(const reel_scene *scene, reel_attribute attribute)
{
    return json_string(
        reel_attribute_value_name((int)attribute, reel_scene_value(scene, attribute)));
}

static json_t *track_of(const reel_scene *scene, int index, const reel_world_format *format)
{
    json_t *track = json_array();
    double fps = (double)format->fps_num / format->fps_den;
    int frames = (int)fmax(1.0, round(scene->seconds * fps));
    for (int f = 0; f < frames; f++) {
        reel_pose pose = reel_motion_pose(scene, index, f / fps);
        json_array_append_new(track, json_pack("[o, o, o]", number(pose.x / scene->width),
                                               number(pose.y / scene->height), number(pose.angle)));
    }
    return track;
}

static json_t *actor_of(const reel_scene *scene, int index, const reel_world_format *format)
{
    const reel_actor *actor = &scene->actors[index];
    double diameter = reel_sizes[actor->size].diameter;
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:o, s:o}", "object", reel_objects[actor->object].name,
        "material", reel_objects[actor->object].material, "colour",
        reel_colours[actor->colour].name, "size", reel_sizes[actor->size].name, "diameter",
        number(diameter), "motion",
        reel_attribute_value_name(REEL_ATTRIBUTE_MOTION, (int)actor->motion), "direction",
        reel_attribute_value_name(REEL_ATTRIBUTE_DIRECTION, (int)actor->direction), "pitch_hz",
        number(reel_strike_pitch(actor->object, diameter)), "track",
        track_of(scene, index, format));
}

static json_t *events_of(const reel_scene *scene)
{
    json_t *events = json_array();
    for (int i = 0; i < scene->event_count; i++) {
        const reel_event *e = &scene->events[i];
        json_array_append_new(
            events, json_pack("{s:o, s:s, s:b, s:i, s:o, s:o, s:o}", "seconds", number(e->seconds),
                              "kind", reel_event_kind_name(e->kind), "impact",
                              reel_event_is_impact(e->kind), "actor", e->actor, "x", number(e->x),
                              "y", number(e->y), "strength", number(e->strength)));
    }
    return events;
}

static reel_status captions_of(json_t **out, const reel_scene *scene)
{
    json_t *captions = json_object();
    reel_str text;
    reel_str_init(&text, REEL_CAPTION_LIMIT + 64);
    reel_status status = REEL_OK;
    for (int kind = 0; kind < REEL_CAPTION_KIND_COUNT && status == REEL_OK; kind++) {
        reel_str_clear(&text);
        status = reel_scene_caption(&text, scene, (reel_caption_kind)kind, 0);
        json_object_set_new(captions, reel_caption_kind_name(kind), json_string(text.text));
    }
    reel_str_deinit(&text);
    *out = captions;
    return status;
}

reel_status reel_scene_truth(json_t **out, const reel_scene *scene, const reel_world_format *format)
{
    json_t *captions = NULL, *actors = json_array();
    reel_status status = captions_of(&captions, scene);
    for (int i = 0; i < scene->actor_count; i++) {
        json_array_append_new(actors, actor_of(scene, i, format));
    }
    char seed[24]; /* JSON numbers of other programs end at 2^53 */
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)scene->seed);
    *out = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "seed", seed, "seconds",
                     number(scene->seconds), "aspect", number(scene->aspect), "place",
                     value_name(scene, REEL_ATTRIBUTE_PLACE), "daytime",
                     value_name(scene, REEL_ATTRIBUTE_DAYTIME), "weather",
                     value_name(scene, REEL_ATTRIBUTE_WEATHER), "actors", actors, "events",
                     events_of(scene), "captions", captions);
    if (status < 0) {
        json_decref(*out);
        *out = NULL;
        return status;
    }
    return *out ? REEL_OK : REEL_FAIL(REEL_ERR_MEMORY, "truth: no memory");
}
