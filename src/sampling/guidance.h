/* Classifier-free guidance (Ho and Salimans 2022): v = v_uncond + s * (v_cond - v_uncond), with a
 * scale for each modality. */
#ifndef REEL_SAMPLING_GUIDANCE_H
#define REEL_SAMPLING_GUIDANCE_H

#include "sampling/latents.h"

/* cond becomes the guided velocity. */
void reel_guidance_apply(reel_latents *cond, const reel_latents *uncond,
                         const float scale[REEL_MODALITIES]);

#endif
