/* Drawing the attributes of a scene from its seed. */
#include "world/scene.h"

#include "base/error.h"
#include "base/rng.h"
#include "world/motion.h"

#include <string.h>

/* Sequences of one clip's seed; each use of chance has its own, so that none shifts another. */
enum { SEQUENCE_ATTRIBUTE = 100, SEQUENCE_OUTDOORS = 120 };

/* Dry weather is as likely as two of the others together. */
static int draw_weather(reel_rng *rng)
{
    int ticket = reel_rng_below(rng, REEL_WEATHER_COUNT + 1);
    return ticket < REEL_WEATHER_COUNT ? ticket : REEL_WEATHER_NONE;
}

static int draw_value(uint64_t seed, int attribute)
{
    reel_rng rng = reel_rng_at(seed, (uint64_t)(SEQUENCE_ATTRIBUTE + attribute));
    if (attribute == REEL_ATTRIBUTE_WEATHER) {
        return draw_weather(&rng);
    }
    return reel_rng_below(&rng, reel_attribute_size(attribute));
}

static int draw_place_outdoors(uint64_t seed)
{
    reel_rng rng = reel_rng_at(seed, SEQUENCE_OUTDOORS);
    int place;
    do {
        place = reel_rng_below(&rng, REEL_PLACE_COUNT);
    } while (!reel_places[place].has_weather);
    return place;
}

static reel_status choose(int value[REEL_ATTRIBUTE_COUNT], const reel_scene_choice *choice,
                          uint64_t seed)
{
    for (int a = 0; a < REEL_ATTRIBUTE_COUNT; a++) {
        int fixed = choice ? choice->value[a] : -1;
        if (fixed < -1 || fixed >= reel_attribute_size(a)) {
            return REEL_FAIL(REEL_ERR_INVALID, "scene: %s is %d, expected -1..%d",
                             reel_attribute_name(a), fixed, reel_attribute_size(a) - 1);
        }
        value[a] = fixed >= 0 ? fixed : draw_value(seed, a);
    }
    if (!reel_places[value[REEL_ATTRIBUTE_PLACE]].has_weather &&
        value[REEL_ATTRIBUTE_WEATHER] != REEL_WEATHER_NONE) {
        if (choice && choice->value[REEL_ATTRIBUTE_PLACE] >= 0 &&
            choice->value[REEL_ATTRIBUTE_WEATHER] > REEL_WEATHER_NONE) {
            return REEL_FAIL(
                REEL_ERR_INVALID, "scene: weather is %s, but a %s has none",
                reel_attribute_value_name(REEL_ATTRIBUTE_WEATHER, value[REEL_ATTRIBUTE_WEATHER]),
                reel_places[value[REEL_ATTRIBUTE_PLACE]].name);
        }
        if (choice && choice->value[REEL_ATTRIBUTE_WEATHER] > REEL_WEATHER_NONE) {
            value[REEL_ATTRIBUTE_PLACE] = draw_place_outdoors(seed);
        } else {
            value[REEL_ATTRIBUTE_WEATHER] = REEL_WEATHER_NONE;
        }
    }
    return REEL_OK;
}

reel_status reel_scene_sample(reel_scene *out, const reel_scene_choice *choice, uint64_t seed,
                              double seconds, double aspect)
{
    if (!(seconds >= 0.5 && seconds <= 30.0)) {
        return REEL_FAIL(REEL_ERR_INVALID, "scene: seconds is %g, expected 0.5..30", seconds);
    }
    if (!(aspect >= 0.4 && aspect <= 2.5)) {
        return REEL_FAIL(REEL_ERR_INVALID, "scene: aspect is %g, expected 0.4..2.5", aspect);
    }
    int value[REEL_ATTRIBUTE_COUNT];
    REEL_TRY(choose(value, choice, seed));
    memset(out, 0, sizeof *out);
    out->seed = seed;
    out->seconds = seconds;
    out->aspect = aspect;
    out->width = aspect >= 1.0 ? aspect : 1.0;
    out->height = aspect >= 1.0 ? 1.0 : 1.0 / aspect;
    out->place = (reel_place)value[REEL_ATTRIBUTE_PLACE];
    out->daytime = (reel_daytime)value[REEL_ATTRIBUTE_DAYTIME];
    out->weather = (reel_weather)value[REEL_ATTRIBUTE_WEATHER];
    out->actor_count = 1;
    out->actors[0] = (reel_actor){
        .object = (reel_object)value[REEL_ATTRIBUTE_OBJECT],
        .colour = (reel_colour)value[REEL_ATTRIBUTE_COLOUR],
        .size = (reel_object_size)value[REEL_ATTRIBUTE_SIZE],
        .motion = (reel_motion)value[REEL_ATTRIBUTE_MOTION],
        .direction = (reel_direction)value[REEL_ATTRIBUTE_DIRECTION],
    };
    return reel_motion_plan(out, 0);
}

int reel_scene_value(const reel_scene *scene, reel_attribute attribute)
{
    const reel_actor *actor = &scene->actors[0];
    const int value[REEL_ATTRIBUTE_COUNT] = {
        [REEL_ATTRIBUTE_OBJECT] = (int)actor->object,
        [REEL_ATTRIBUTE_COLOUR] = (int)actor->colour,
        [REEL_ATTRIBUTE_SIZE] = (int)actor->size,
        [REEL_ATTRIBUTE_PLACE] = (int)scene->place,
        [REEL_ATTRIBUTE_DAYTIME] = (int)scene->daytime,
        [REEL_ATTRIBUTE_MOTION] = (int)actor->motion,
        [REEL_ATTRIBUTE_DIRECTION] = (int)actor->direction,
        [REEL_ATTRIBUTE_WEATHER] = (int)scene->weather,
    };
    return value[attribute];
}

const char *reel_event_kind_name(int kind)
{
    static const char *const names[REEL_EVENT_KIND_COUNT] = { "ground", "wall", "post", "pass",
                                                              "turn" };
    return kind >= 0 && kind < REEL_EVENT_KIND_COUNT ? names[kind] : "unknown";
}

int reel_event_is_impact(int kind)
{
    return kind == REEL_EVENT_GROUND || kind == REEL_EVENT_WALL || kind == REEL_EVENT_POST;
}
