/* Drawing scenes and captions for the benchmark. */
#include "vabench/prompts.h"

#include "base/error.h"
#include "base/rng.h"

#include <string.h>

/* What the text says of the scene; the sound is told by the long kinds. */
static void note_wanted(reel_prompt *out)
{
    static const struct {
        reel_trait trait;
        reel_attribute attribute;
    } pairs[] = { { REEL_TRAIT_OBJECT, REEL_ATTRIBUTE_OBJECT },
                  { REEL_TRAIT_COLOUR, REEL_ATTRIBUTE_COLOUR },
                  { REEL_TRAIT_PLACE, REEL_ATTRIBUTE_PLACE },
                  { REEL_TRAIT_DAYTIME, REEL_ATTRIBUTE_DAYTIME },
                  { REEL_TRAIT_MOTION, REEL_ATTRIBUTE_MOTION } };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        int value = reel_scene_value(&out->scene, pairs[i].attribute);
        out->wanted[pairs[i].trait] =
            reel_caption_mentions(out->text, pairs[i].attribute, value) ? value : -1;
    }
    out->wanted[REEL_TRAIT_SOUND] =
        out->kind == REEL_CAPTION_SHORT ? -1 : reel_sound_of_scene(&out->scene);
}

reel_status reel_prompt_build(reel_prompt *out, uint64_t seed, int index, double seconds,
                              double aspect)
{
    int column = index % REEL_MOTION_COUNT, row = index / REEL_MOTION_COUNT;
    reel_scene_choice choice = reel_scene_choice_any();
    choice.value[REEL_ATTRIBUTE_MOTION] = column;
    choice.value[REEL_ATTRIBUTE_OBJECT] = (column + row) % REEL_OBJECT_COUNT;
    out->kind = (reel_caption_kind)((column + 2 * row) % REEL_CAPTION_KIND_COUNT);
    out->seed = reel_rng_mix(reel_rng_mix(REEL_VABENCH_SPACE, seed), (uint64_t)index);
    REEL_TRY(reel_scene_sample(&out->scene, &choice, out->seed, seconds, aspect));
    reel_str text;
    reel_str_init(&text, REEL_CAPTION_LIMIT);
    reel_status status = reel_scene_caption(&text, &out->scene, out->kind, out->seed);
    if (status == REEL_OK) {
        memcpy(out->text, text.text, text.length + 1);
        note_wanted(out);
    }
    reel_str_deinit(&text);
    return status;
}
