/* The axes of a latent, kept beside the weights of a codec: outside of it latents stand in the
 * principal axes of what they change in the decoder's output, the channels that change most first,
 * with deviations that fall with it (train/latent_basis.h measures them).
 *
 *     z = to (x - mean),   x = from z + mean,   from = inverse of to
 *
 * x is what the encoder gives, z what the rest of the model calls a latent: its mean square over
 * the data is 1, but not that of each channel. */
#ifndef REEL_MODEL_LATENT_STATS_H
#define REEL_MODEL_LATENT_STATS_H

#include "tensor/runtime.h"
#include "tensor/weights.h"

/* Never trained; 0, identity, identity and 1 until they were measured. */
typedef struct {
    reel_tensor *mean;      /* [C], of x over the data */
    reel_tensor *to, *from; /* [C, C] */
    reel_tensor *std;       /* [C], deviation of each channel of z over the data */
} reel_latent_stats;

/* Declare "latent_mean", "latent_to", "latent_from" and "latent_std". */
void reel_latent_stats_declare(reel_weights *set, reel_latent_stats *stats, int64_t channels);

/* REEL_ERR_FORMAT when a number from a file is not finite, a deviation not from 0.001 to
 * 1000, or an element of to * from further than 1e-3 from the identity's. */
reel_status reel_latent_stats_check(const reel_weights *set, const reel_latent_stats *stats);

/* x: [B, ..., C] -> z */
reel_tensor *reel_latent_normalise(reel_rt *rt, const reel_latent_stats *stats, reel_tensor *x);
/* z: [B, ..., C] -> x */
reel_tensor *reel_latent_denormalise(reel_rt *rt, const reel_latent_stats *stats, reel_tensor *z);

#endif
