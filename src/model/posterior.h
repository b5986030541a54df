/* What the encoder of a variational autoencoder says of a latent: a diagonal normal distribution
 * (Kingma and Welling 2014, "Auto-encoding variational Bayes"). */
#ifndef REEL_MODEL_POSTERIOR_H
#define REEL_MODEL_POSTERIOR_H

#include "tensor/runtime.h"

typedef struct {
    reel_tensor *mean;   /* [B, ..., C] */
    reel_tensor *logvar; /* [B, ..., C], log of the variance, within -10..2 */
} reel_posterior;

/* moments: [B, ..., 2C], means first. The log variance is -4 + 6 tanh(x / 6): bounded, still with a
 * gradient at the bounds, and a new network starts with little noise, so that it learns to see
 * before it learns to be vague. */
reel_posterior reel_posterior_from(reel_rt *rt, reel_tensor *moments);

/* mean + exp(logvar / 2) * noise; noise: like mean, standard normal. */
reel_tensor *reel_posterior_sample(reel_rt *rt, reel_posterior p, reel_tensor *noise);

/* Divergence from the standard normal, in nats per element: mean of
 * (mean^2 + exp(logvar) - 1 - logvar) / 2. Returns [1]. */
reel_tensor *reel_posterior_kl(reel_rt *rt, reel_posterior p);

#endif
