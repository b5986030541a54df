/* AdamW: Adam with decoupled weight decay (Loshchilov and Hutter 2019).
 *
 *     m = beta1 m + (1 - beta1) g            v = beta2 v + (1 - beta2) g^2
 *     w = w (1 - lr decay) - lr (m / (1 - beta1^n)) / (sqrt(v / (1 - beta2^n)) + eps)
 *
 * n = step + 1. */
#ifndef REEL_TRAIN_ADAMW_H
#define REEL_TRAIN_ADAMW_H

#include <stddef.h>
#include <stdint.h>

#define REEL_ADAMW_EPS 1e-8

typedef struct {
    float *weight, *first, *second; /* moments: zero before the first step */
    const float *grad;
    size_t count;
} reel_adamw_span;

typedef struct {
    int64_t step; /* 0, 1, ... */
    double lr, decay, beta1, beta2;
    double grad_scale; /* the gradient is multiplied with it first */
} reel_adamw_rule;

/* One step for one span, on this thread. */
void reel_adamw_step(const reel_adamw_span *span, const reel_adamw_rule *rule);

#endif
