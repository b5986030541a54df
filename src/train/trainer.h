/* The training loop: next batch, loss, gradients, clipping, optimiser, average, log, checkpoint.
 *
 * A run is a folder: recipe.json, log.jsonl, loss.png, checkpoint.safetensors, samples/STEP/. The
 * losses of a run are a function of the recipe alone: the number of threads, stopping and resuming
 * change nothing. */
#ifndef REEL_TRAIN_TRAINER_H
#define REEL_TRAIN_TRAINER_H

#include "train/stage.h"

/* See reel_train() in reel/train.h; `options->run_dir` is the folder of this one stage. */
reel_status reel_trainer_run(const reel_stage_ops *ops, const reel_recipe *recipe,
                             const reel_train_options *options);

/* The finished part: "PART_DIR/PART.safetensors". Owned by the caller, released with free(); NULL
 * without memory. */
char *reel_trainer_part_path(const reel_recipe *recipe);

#endif
