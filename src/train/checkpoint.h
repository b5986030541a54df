/* A checkpoint: everything a run needs to go on exactly where it stood, in one safetensors file.
 *
 * Tensors "weights.NAME", "average.NAME", "first.NAME", "second.NAME" (f32); metadata: format,
 * stage, step, seconds, recipe (its text). Batches and noise are functions of the seed and the
 * step, so the step is the cursor of the data and of the random numbers. */
#ifndef REEL_TRAIN_CHECKPOINT_H
#define REEL_TRAIN_CHECKPOINT_H

#include "train/optimiser.h"

typedef struct {
    reel_optimiser *optimiser; /* its weights and moments */
    float *average;            /* [elements], or NULL */
    const reel_recipe *recipe;
    int64_t step;   /* steps done */
    double seconds; /* trained */
} reel_checkpoint;

/* Written to a temporary file, flushed to the disk, then renamed. */
reel_status reel_checkpoint_save(const reel_checkpoint *checkpoint, const char *path);

/* Fill the buffers, step and seconds. Fails with REEL_ERR_FORMAT when the file is of another stage
 * or network, naming what differs. A recipe that has changed since is allowed (a longer training,
 * say) and logged. */
reel_status reel_checkpoint_load(reel_checkpoint *checkpoint, const char *path);

#endif
