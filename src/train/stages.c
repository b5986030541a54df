/* The table of all stages. */
#include "train/stage.h"

#include <string.h>

static const reel_stage_ops *const stages[] = {
    &reel_stage_video_vae,
    &reel_stage_audio_vae,
    &reel_stage_text_encoder,
    &reel_stage_dit,
};

const reel_stage_ops *reel_stage_find(const char *name)
{
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        if (strcmp(stages[i]->name, name) == 0) {
            return stages[i];
        }
    }
    return NULL;
}
