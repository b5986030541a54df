/* Prompts and verdicts as JSON. */
#include "vabench/report.h"

#include <math.h>
#include <stdio.h>

static json_t *traits_json(const int values[REEL_TRAIT_COUNT])
{
    json_t *traits = json_object();
    for (int t = 0; t < REEL_TRAIT_COUNT; t++) {
        json_object_set_new(traits, reel_trait_name(t),
                            values[t] >= 0 ? json_string(reel_trait_value_name(t, values[t]))
                                           : json_null());
    }
    return traits;
}

json_t *reel_prompt_json(const reel_prompt *prompt)
{
    char seed[24]; /* a string: JSON numbers hold 53 bits */
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)prompt->seed);
    return json_pack("{s:s, s:s, s:s, s:o}", "prompt", prompt->text, "kind",
                     reel_caption_kind_name(prompt->kind), "seed", seed, "wanted",
                     traits_json(prompt->wanted));
}

static json_t *seconds_json(double seconds)
{
    return json_real(round(10000.0 * seconds) / 10000.0);
}

json_t *reel_verdict_json(const reel_verdict *verdict)
{
    json_t *impacts = json_array(), *onsets = json_array(), *all = traits_json(verdict->value);
    for (int i = 0; i < verdict->impacts.count; i++) {
        json_array_append_new(impacts, seconds_json(verdict->impacts.at[i].seconds));
    }
    for (int i = 0; i < verdict->onsets.count; i++) {
        json_array_append_new(onsets, seconds_json(verdict->onsets.at[i].seconds));
    }
    json_object_set_new(all, "impacts", impacts);
    json_object_set_new(all, "onsets", onsets);
    json_object_set_new(all, "likeness", json_real(verdict->object.likeness));
    json_object_set_new(all, "place_distance", json_real(verdict->place.distance));
    json_object_set_new(all, "sound_distance", json_real(verdict->sound.distance));
    return all;
}
