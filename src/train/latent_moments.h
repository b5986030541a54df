/* Mean and standard deviation of every latent channel over many clips, gathered one clip at a
 * time. */
#ifndef REEL_TRAIN_LATENT_MOMENTS_H
#define REEL_TRAIN_LATENT_MOMENTS_H

#include "model/latent_stats.h"

enum { REEL_LATENT_CHANNELS_MAX = 128 };

typedef struct {
    double sum[REEL_LATENT_CHANNELS_MAX], square[REEL_LATENT_CHANNELS_MAX];
    int64_t rows;
} reel_latent_moments;

/* latent: [..., C] on rt, C up to REEL_LATENT_CHANNELS_MAX; nothing after a failure of rt. Start
 * from a zeroed struct. */
void reel_latent_moments_add(reel_latent_moments *moments, reel_rt *rt, const reel_tensor *latent);

/* Write them into the statistics of the codec. A channel that never varies keeps a small deviation,
 * so that nothing is divided by 0. REEL_ERR_INVALID when nothing was added. */
reel_status reel_latent_moments_store(const reel_latent_moments *moments, reel_latent_stats *stats);

#endif
