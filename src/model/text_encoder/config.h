/* What a text encoder looks like: read from the checkpoint's metadata. */
#ifndef REEL_MODEL_TEXT_ENCODER_CONFIG_H
#define REEL_MODEL_TEXT_ENCODER_CONFIG_H

#include "reel/status.h"

#include <jansson.h>

/* JSON keys are the field names. */
typedef struct {
    int vocabulary; /* rows of the embedding; the tokenizer may use fewer */
    int width;      /* Dt, a multiple of 2 * heads */
    int heads;
    int blocks;
    int hidden;       /* of the SwiGLU feed-forward */
    int max_tokens;   /* begin and end included */
    double rope_base; /* wavelengths grow geometrically from 2 pi to 2 pi * base tokens */
} reel_text_encoder_config;

reel_text_encoder_config reel_text_encoder_config_mini(void);
reel_text_encoder_config reel_text_encoder_config_tiny(void);

/* Keys that are absent keep the values of `mini`. REEL_ERR_FORMAT names an unknown key, a value
 * out of range or sizes that do not fit together. */
reel_status reel_text_encoder_config_read(reel_text_encoder_config *out, const json_t *object);
reel_status reel_text_encoder_config_check(const reel_text_encoder_config *config);

/* Owned by the caller, released with json_decref(). NULL without memory. */
json_t *reel_text_encoder_config_write(const reel_text_encoder_config *config);

#endif
