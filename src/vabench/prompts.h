/* What is asked of the model: captions of scenes that no training has met. */
#ifndef REEL_VABENCH_PROMPTS_H
#define REEL_VABENCH_PROMPTS_H

#include "vabench/judge.h"
#include "world/caption.h"

typedef struct {
    uint64_t seed; /* of the scene and of the film */
    reel_scene scene;
    reel_caption_kind kind;
    char text[REEL_CAPTION_LIMIT + 1];
    int wanted[REEL_TRAIT_COUNT]; /* -1: the text does not say, hence it is not judged */
} reel_prompt;

/* Prompt `index` of the set `seed`: motions and objects take turns, the three kinds of captions
 * too, everything else is drawn. Scene seeds come from a space of their own (mixed with
 * REEL_VABENCH_SPACE), training draws from that of its recipe's seed: the scenes are new, their
 * ingredients are not. */
reel_status reel_prompt_build(reel_prompt *out, uint64_t seed, int index, double seconds,
                              double aspect);

#define REEL_VABENCH_SPACE UINT64_C(0x766162656E6368) /* "vabench" */

#endif
