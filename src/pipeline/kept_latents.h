/* What denoising made, kept in a file, so that a failure after it costs only the decoding. */
#ifndef REEL_PIPELINE_KEPT_LATENTS_H
#define REEL_PIPELINE_KEPT_LATENTS_H

#include "reel/generate.h"
#include "sampling/latents.h"

/* Read request->latents_path into allocated `latents`. REEL_ERR_NOT_FOUND when there is no file;
 * REEL_ERR_FORMAT when it is damaged, or was made for another request or by another model: it must
 * be made anew then. */
reel_status reel_kept_latents_read(reel_latents *latents, const char *model_name,
                                   const reel_request *request);

/* Write them, atomically. Fails with REEL_ERR_IO, REEL_ERR_NOT_FOUND, REEL_ERR_MEMORY. */
reel_status reel_kept_latents_write(const reel_latents *latents, const char *model_name,
                                    const reel_request *request);

#endif
