/* A film through both codecs and back: the most that any diffusion on their latents can show. */
#ifndef REEL_PIPELINE_ROUND_TRIP_H
#define REEL_PIPELINE_ROUND_TRIP_H

#include "pipeline/model.h"
#include "reel/clip.h"

/* The clip is replaced by what the codecs give back, of the same frames and samples; its size must
 * be one of the model's base frames. Fails with REEL_ERR_INVALID, and leaves the clip as it was. */
reel_status reel_round_trip(reel_clip *clip, const reel_model *model);

#endif
