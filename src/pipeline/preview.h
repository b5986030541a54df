/* Looking into a film while it is made: the first frame as the network imagines it now. */
#ifndef REEL_PIPELINE_PREVIEW_H
#define REEL_PIPELINE_PREVIEW_H

#include "pipeline/velocity.h"
#include "reel/generate.h"

/* A reel_velocity whose steps are shown. All borrowed. */
typedef struct {
    reel_velocity *velocity;
    float guidance; /* of the video */
    const reel_preview *preview;
} reel_shown_velocity;

/* A reel_velocity_fn; user is a reel_shown_velocity. The result is that of reel_velocity_at(); a
 * preview that fails is logged and no failure.
 *
 * Shown is the first latent frame of x0 = x - sigma * v, v guided: where the rest of the way leads
 * if it were straight. */
reel_status reel_shown_velocity_at(void *user, const reel_latents *x,
                                   const double sigma[REEL_MODALITIES], reel_latents *cond,
                                   reel_latents *uncond);

/* Bytes that showing takes beside a step. */
reel_status reel_preview_measure(size_t *bytes, const reel_model *model,
                                 const reel_geometry *geometry);

#endif
