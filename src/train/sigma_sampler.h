/* Which noise levels are trained.
 *
 * t = 1 - sigma is drawn from two logit-normal distributions (Esser et al. 2024, "Scaling rectified
 * flow transformers", section 3.1): one at very high noise, where the layout of a film is decided,
 * and one over the rest. */
#ifndef REEL_TRAIN_SIGMA_SAMPLER_H
#define REEL_TRAIN_SIGMA_SAMPLER_H

#include "base/json.h"
#include "base/rng.h"

typedef struct {
    double early_share;           /* 0..1, of the draws at high noise */
    double early_mean, early_std; /* of logit(t) */
    double mean, std;             /* of the other draws */
    /* The loss at sigma is weighted with max(sigma, 0.15)^loss_power; 0: all alike. */
    double loss_power;
} reel_sigma_mix;

reel_sigma_mix reel_sigma_mix_default(void);

/* Keys are the field names; what is absent stays as it is. */
reel_status reel_sigma_mix_read(reel_sigma_mix *mix, const json_t *object);

/* 0 < sigma < 1 */
double reel_sigma_sample(const reel_sigma_mix *mix, reel_rng *rng);

double reel_sigma_weight(const reel_sigma_mix *mix, double sigma);

/* Bins for the log, by t: below 0.05, 0.15, 0.4, 0.7, 1. Bin 0 is nearly all noise. */
enum { REEL_SIGMA_BINS = 5 };
int reel_sigma_bin(double sigma);

#endif
