/* The optimiser of a weight set: which rule moves which weight, and the moments of all of them.
 *
 * Hidden matrices (REEL_GROUP_MATRIX) go by Muon where the recipe gives muon_lr, everything else by
 * AdamW; biases, norms and scales (REEL_GROUP_PLAIN) do not decay. A weight that wants no gradient
 * when the optimiser is made stays as it is. */
#ifndef REEL_TRAIN_OPTIMISER_H
#define REEL_TRAIN_OPTIMISER_H

#include "ops/kernels.h"
#include "tensor/weights.h"
#include "train/recipe.h"

typedef struct {
    reel_weights *weights; /* borrowed */
    const reel_kernels *kernels;
    float *first, *second;    /* [weights->elements]: moments; Muon's momentum is in `first` */
    reel_adamw_chunk *chunks; /* what AdamW moves, in pieces that threads share */
    int chunk_count;
    reel_muon_matrix *matrices; /* on the host, equal shapes together */
    int matrix_count;
    float *scratch; /* [scratch_count], for Muon */
    size_t scratch_count;
    float lr, muon_lr, weight_decay, beta1, beta2;
} reel_optimiser;

/* The set has its gradients already; moments and scratch are on its device, which is the selected
 * one. Owned by the caller, released with reel_optimiser_deinit(). */
reel_status reel_optimiser_init(reel_optimiser *out, reel_weights *weights,
                                const reel_recipe *recipe);
void reel_optimiser_deinit(reel_optimiser *optimiser);

/* Move the weights along their gradients. lr_factor: see lr_schedule.h; grad_scale: see
 * grad_clip.h. The result does not depend on the number of threads. */
reel_status reel_optimiser_step(reel_optimiser *optimiser, int64_t step, double lr_factor,
                                double grad_scale);

#endif
