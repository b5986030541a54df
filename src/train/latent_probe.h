/* Measuring a codec for the axes of its latents (latent_basis.h): what its encoder gives of clips,
 * and what its decoder does when single latent vectors are changed.
 *
 * Channels are changed one at a time, by 0.3 deviations, at places so far apart that what each
 * changes has faded half way to the next: 6 cells in space, `apart` latents in time. */
#ifndef REEL_TRAIN_LATENT_PROBE_H
#define REEL_TRAIN_LATENT_PROBE_H

#include "train/latent_basis.h"

/* A piece of a clip, and what is changed in it. */
typedef struct {
    int64_t latents; /* in time, from the start of the clip; 0: all of it */
    int64_t first;   /* the first that may be changed */
    int64_t apart;   /* from one that is changed to the next; 0: `first` alone */
    double weight;   /* of what is changed, squared */
} reel_latent_probe;

enum { REEL_LATENT_PROBES = 2 };

typedef struct {
    void *self;
    int clips;    /* that mean, covariance and S come from; G comes from every eighth of them */
    double power; /* latent_basis.h; 0..1/2 */
    /* Latents as the encoder gives them, not normalised, of clip `index`: [1, F, H, W, C] or
     * [1, F, C]. */
    reel_tensor *(*encode)(void *self, reel_rt *rt, int index);
    /* The output on the scale on which it is judged, from latents like those. */
    reel_tensor *(*decode)(void *self, reel_rt *rt, reel_tensor *latent);
    reel_latent_probe probe[REEL_LATENT_PROBES]; /* those of weight 0 are left out */
} reel_latent_source;

/* Measure, and write mean, axes and deviations into the statistics of the codec. Failures are
 * those of the callbacks and of reel_latent_basis_store(). */
reel_status reel_latent_probe_measure(const reel_latent_stats *stats,
                                      const reel_latent_source *source);

#endif
