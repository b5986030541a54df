/* Mean and standard deviation of every latent channel, kept beside the weights of a codec: outside
 * of it latents are normalised, so that a diffusion model meets unit variance. */
#ifndef REEL_MODEL_LATENT_STATS_H
#define REEL_MODEL_LATENT_STATS_H

#include "tensor/runtime.h"
#include "tensor/weights.h"

typedef struct {
    reel_tensor *mean, *std; /* [C]; 0 and 1 until they were measured. Never trained. */
} reel_latent_stats;

/* Declare "latent_mean" and "latent_std". */
void reel_latent_stats_declare(reel_weights *set, reel_latent_stats *stats, int64_t channels);

/* REEL_ERR_FORMAT when a mean or a deviation from a file is not finite, or no deviation. */
reel_status reel_latent_stats_check(const reel_weights *set, const reel_latent_stats *stats);

/* x: [B, ..., C] -> (x - mean) / std */
reel_tensor *reel_latent_normalise(reel_rt *rt, const reel_latent_stats *stats, reel_tensor *x);
/* z: [B, ..., C] -> z * std + mean */
reel_tensor *reel_latent_denormalise(reel_rt *rt, const reel_latent_stats *stats, reel_tensor *z);

#endif
