/* The sampler: from noise to latents along the velocity of a flow-matching network.
 *
 * Signs: x_sigma = (1 - sigma) * x0 + sigma * noise, the network predicts v = noise - x0, and a
 * step is x += (sigma_next - sigma) * v with sigma falling from 1 to 0 (Lipman et al. 2023,
 * "Flow matching for generative modeling"; Liu et al. 2023, "Flow straight and fast"). */
#ifndef REEL_SAMPLING_DENOISE_H
#define REEL_SAMPLING_DENOISE_H

#include "sampling/latents.h"

typedef enum {
    REEL_SOLVER_EULER, /* one evaluation a step */
    REEL_SOLVER_HEUN   /* second order, two evaluations a step (the last step has one) */
} reel_solver;

/* Velocity of `x` at the given noise level of each modality. When `uncond` is not NULL both the
 * conditional and the unconditional velocity are wanted, best evaluated as one batch. */
typedef reel_status (*reel_velocity_fn)(void *user, const reel_latents *x,
                                        const double sigma[REEL_MODALITIES], reel_latents *cond,
                                        reel_latents *uncond);

/* Return non-zero to stop; called before the first step (done = 0) and after every step. */
typedef int (*reel_denoise_progress_fn)(void *user, int done, int total);

typedef struct {
    int steps; /* 1 .. 1000 */
    reel_solver solver;
    double shift[REEL_MODALITIES];
    float guidance[REEL_MODALITIES]; /* scale of classifier-free guidance; 1 turns it off */
    /* Content that is already known, or NULL: where mask is 1 the result is `clean`. A modality
     * that is given as a whole has a mask of ones and its sigma is 0 throughout. */
    const reel_latents *mask, *clean;
    reel_denoise_progress_fn progress; /* may be NULL */
    void *progress_user;
} reel_denoise_options;

/* x: noise in, latents out. Fails with REEL_ERR_INVALID (an option is out of range),
 * REEL_ERR_CANCELLED, REEL_ERR_MEMORY, or what `velocity` fails with. */
reel_status reel_denoise(reel_latents *x, reel_velocity_fn velocity, void *velocity_user,
                         const reel_denoise_options *options);

#endif
