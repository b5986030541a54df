/* From latents back to a clip. */
#ifndef REEL_PIPELINE_DECODE_H
#define REEL_PIPELINE_DECODE_H

#include "pipeline/geometry.h"
#include "pipeline/model.h"
#include "reel/clip.h"

/* The base film: frames cut to geometry->kept_frames, sound to geometry->samples; latents of
 * modality 1 may be absent. `out` is owned by the caller, released with reel_clip_free(); zeroed on
 * failure. */
reel_status reel_decode_latents(reel_clip *out, const reel_model *model,
                                const reel_geometry *geometry, const reel_latents *latents);

/* The larger of the two decoders' needs. */
reel_status reel_decode_measure(size_t *bytes, const reel_model *model,
                                const reel_geometry *geometry, int has_audio);

#endif
