/* The axes in which a codec gives its latents: the principal axes of what they change in the
 * decoder's output where something moves or sounds, half-whitened.
 *
 *     J          how the output changes with one latent vector x [C]
 *     G [C, C]   mean of J^T J over places: what is seen or heard of a change of x
 *     S [C, C]   covariance of x - its mean over the time of its own clip: what moves, what sounds
 *     R          = G^(1/2)
 *     U, l       eigenvectors and eigenvalues, falling, of R S R: energy that moves in the output
 *     z          = a l^(power - 1/2) U^T R (x - mean),   a such that the mean square of all z is 1
 *
 * Why: a diffusion model learns every channel of z at the same noise levels and weighs their errors
 * alike, but a few directions of x make nearly all that is seen to move: of one video codec 5 of 12
 * held 96 %, of one audio codec 8 of 32 held 94 %. With unit variance of every channel (power 0) a
 * third to three quarters of the loss went to directions that nobody sees or hears; with the
 * output's own energy (power 1/2) the weak ones drown in noise. Between them shapes come out of the
 * noise first, and all of it is learned.
 *
 * Directions that do less than 1e-4 of the strongest count as doing that much, so that the axes
 * have an inverse. All sums are in one order: results do not depend on the number of threads. */
#ifndef REEL_TRAIN_LATENT_BASIS_H
#define REEL_TRAIN_LATENT_BASIS_H

#include "model/latent_stats.h"

enum { REEL_LATENT_CHANNELS_MAX = 128 };

typedef struct {
    int channels;                     /* C, up to REEL_LATENT_CHANNELS_MAX */
    int64_t rows;                     /* latent vectors of clips */
    int64_t places;                   /* latent vectors whose effect was measured */
    double *sum;                      /* [C] */
    double *square, *moving, *effect; /* [C, C], lower triangles */
} reel_latent_basis;

/* All zero. Owned by the caller, released with reel_latent_basis_deinit(), also after a failure. */
reel_status reel_latent_basis_init(reel_latent_basis *basis, int channels);
void reel_latent_basis_deinit(reel_latent_basis *basis);

/* x of one clip: latent [frames, cells, C]. */
void reel_latent_basis_add_clip(reel_latent_basis *basis, const float *latent, int64_t frames,
                                int64_t cells);

/* deviation [C] of every channel of x so far, 1e-3 or more. */
void reel_latent_basis_deviations(double *deviation, const reel_latent_basis *basis);

/* change[c] [count]: the derivative of the output, times the square root of its weight, by channel
 * c of `places` latent vectors that do not reach the same elements. */
void reel_latent_basis_add_effect(reel_latent_basis *basis, float *const *change, int64_t count,
                                  int64_t places);

/* Build the axes and write them into the statistics of a codec. Where nothing moves, or nothing is
 * changed by latents, those factors are 1. REEL_ERR_INVALID when there was no clip or a number is
 * not finite. */
reel_status reel_latent_basis_store(const reel_latent_basis *basis, double power,
                                    const reel_latent_stats *stats);

#endif
