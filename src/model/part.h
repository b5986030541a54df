/* A part of a model on disk: one safetensors file whose metadata says which network it holds
 * ("part") and how it is built ("config", the JSON of that network's config). */
#ifndef REEL_MODEL_PART_H
#define REEL_MODEL_PART_H

#include "base/json.h"
#include "tensor/safetensors.h"

/* Open the file and parse its config; `part` is the expected name, e.g. "video_vae". On success
 * *file is released by the caller with reel_safetensors_close(), *config with json_decref(). On
 * failure neither is held; the message names the path. */
reel_status reel_part_open(reel_safetensors *file, json_t **config, const char *path,
                           const char *part);

/* Allocate the weights declared in `set` and fill them from the file. A config that describes far
 * more weights than the file holds is refused before anything is allocated. */
reel_status reel_part_load(reel_weights *set, reel_safetensors *file);
/* The same with hidden matrices held in `form`. */
reel_status reel_part_load_as(reel_weights *set, reel_safetensors *file, reel_weights_form form);

/* Write all weights, stored as `stored`. Takes `config`, also on failure (NULL: no memory). */
reel_status reel_part_save(const reel_weights *set, const char *path, const char *part,
                           json_t *config, reel_dtype stored);

#endif
