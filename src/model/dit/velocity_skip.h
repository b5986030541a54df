/* The best linear guess of the velocity, given only the variance of every channel.
 *
 * With x = (1 - s) x0 + s e, v = e - x0 and var(x0) = d^2:
 *     E[v | x] = c(s) x,  c(s) = cov(v, x) / var(x) = (s - (1 - s) d^2) / (s^2 + (1 - s)^2 d^2)
 * What is left for the network has, where d = 1, a standard deviation of 1 (s = 0, 1) to sqrt(2)
 * (s = 1/2), and is a prediction of the clean signal when s is near 1, of the noise when s is near
 * 0 (the preconditioning of Karras et al. 2022, "Elucidating the design space of diffusion-based
 * generative models", in terms of velocity). */
#ifndef REEL_MODEL_DIT_VELOCITY_SKIP_H
#define REEL_MODEL_DIT_VELOCITY_SKIP_H

#include "ops/ops.h"

/* residual: [B, ..., C];  x: the noisy latent, same shape;  sigma: [B] host values;
 * deviation: [C] host values, or NULL: 1.
 * -> residual + c(sigma) x */
reel_tensor *reel_velocity_skip(reel_rt *rt, reel_tensor *residual, reel_tensor *x,
                                const float *sigma, const double *deviation);

#endif
