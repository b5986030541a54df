/* model.json: what a model directory holds and how the model is best sampled. */
#ifndef REEL_PIPELINE_MODEL_INDEX_H
#define REEL_PIPELINE_MODEL_INDEX_H

#include "reel/status.h"
#include "sampling/latents.h"

#include <jansson.h>

/* A request may say otherwise. */
typedef struct {
    int steps;
    float guidance[REEL_MODALITIES];
    double shift[REEL_MODALITIES];
} reel_model_defaults;

typedef enum { REEL_TEXT_ENCODER, REEL_DIT, REEL_VIDEO_VAE, REEL_AUDIO_VAE, REEL_PARTS } reel_part;

extern const char *const reel_part_names[REEL_PARTS]; /* "text_encoder" ... */

typedef struct {
    char name[64];                /* "mini 0.1" */
    const char *file[REEL_PARTS]; /* plain names in the directory, borrowed from the document */
    reel_model_defaults defaults;
    json_t *document;
} reel_model_index;

/* {"name", "version", "parts": {"text_encoder", "dit", "video_vae", "audio_vae"},
 * "defaults": {"steps", "cfg_video", "cfg_audio", "shift_video", "shift_audio"}}; keys that only
 * people read (licence, scores, training) are free. A part is a plain file name: it lies in the
 * directory, for the index may come from a stranger. Owned by the caller, released with
 * reel_model_index_close(). Fails with REEL_ERR_NOT_FOUND, REEL_ERR_FORMAT, REEL_ERR_IO. */
reel_status reel_model_index_open(reel_model_index *out, const char *dir);
void reel_model_index_close(reel_model_index *index); /* legal on a zeroed index */

#endif
