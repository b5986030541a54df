/* The network as the sampler sees it: latents and noise levels in, velocities out. */
#ifndef REEL_PIPELINE_VELOCITY_H
#define REEL_PIPELINE_VELOCITY_H

#include "pipeline/geometry.h"
#include "pipeline/model.h"
#include "pipeline/prompt.h"
#include "sampling/denoise.h"

/* Everything a film's steps share. Zero it, then reel_velocity_init(). */
typedef struct {
    const reel_model *model;
    const reel_geometry *geometry;
    const reel_prompt *prompt;
    int has_audio;
    reel_latents condition, mask; /* condition [.., C] and mask [.., 1] channels of the input */
    reel_rt rt;                   /* sized for one step */
    int full_every;               /* 0, 1: all evaluations are full ones; N: every N-th is */
    int evaluations;              /* so far */
    reel_dit_step_cache step_cache;
} reel_velocity;

/* Latent values of a film per modality; audio is 0 for a silent one. */
void reel_velocity_counts(size_t count[REEL_MODALITIES], const reel_model *model,
                          const reel_geometry *geometry, int has_audio);

/* Nothing given: the condition is black and silence, the mask 0. Borrows all its arguments until
 * reel_velocity_deinit(). `guided`: steps evaluate both branches as one batch. Of
 * `full_every` evaluations, 1 .. REEL_STEP_CACHE_MAX, the first alone is a full one: with more than
 * 1 faster, not exact (model/dit/step_cache.h). */
reel_status reel_velocity_init(reel_velocity *v, const reel_model *model,
                               const reel_geometry *geometry, const reel_prompt *prompt,
                               int has_audio, int guided, int full_every);
void reel_velocity_deinit(reel_velocity *v);

/* Bytes of one step, found by a dry pass. */
reel_status reel_velocity_measure(size_t *bytes, const reel_model *model,
                                  const reel_geometry *geometry, int has_audio, int guided,
                                  int full_every);

/* Bytes of making the condition of reel_velocity_init(), before any step. */
reel_status reel_velocity_measure_condition(size_t *bytes, const reel_model *model,
                                            const reel_geometry *geometry, int has_audio);

/* A reel_velocity_fn; user is a reel_velocity. */
reel_status reel_velocity_at(void *user, const reel_latents *x, const double sigma[REEL_MODALITIES],
                             reel_latents *cond, reel_latents *uncond);

#endif
