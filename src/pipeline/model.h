/* A model directory: model.json and one file per part, opened together and checked to fit. */
#ifndef REEL_PIPELINE_MODEL_H
#define REEL_PIPELINE_MODEL_H

#include "model/audio_vae/audio_vae.h"
#include "model/dit/dit.h"
#include "model/text_encoder/text_encoder.h"
#include "model/video_vae/video_vae.h"
#include "pipeline/geometry.h"
#include "pipeline/model_index.h"

typedef struct {
    char name[64]; /* "mini 0.1" */
    reel_text_encoder text_encoder;
    reel_dit dit;
    reel_video_vae video_vae;
    reel_audio_vae audio_vae;
    reel_model_geometry geometry;
    reel_model_defaults defaults;
    reel_weights_form form; /* of the transformer's hidden matrices */
} reel_model;

/* The parts that dir/model.json names (pipeline/model_index.h). Owned by the caller, released with
 * reel_model_close(). Fails with REEL_ERR_NOT_FOUND or REEL_ERR_FORMAT. */
reel_status reel_model_open(reel_model *out, const char *dir);
reel_status reel_model_open_as(reel_model *out, const char *dir, reel_weights_form form);
void reel_model_close(reel_model *model); /* legal on a zeroed model */

#endif
