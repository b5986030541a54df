/* Training the parts of a model. */
#ifndef REEL_TRAIN_H
#define REEL_TRAIN_H

#include "reel/status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const char *stage;         /* "dit" */
    const char *phase;         /* "encode" (making the data), "train" */
    int64_t done, total;       /* clips or steps */
    double loss;               /* of the last step; 0 outside training */
    double samples_per_second; /* lately */
    double seconds_left;       /* to `total`, or to the end of max_minutes where that comes first */
} reel_train_progress;

/* Called often, on the thread that called reel_train(). Return non-zero to stop: the run then
 * writes a checkpoint and ends with REEL_ERR_CANCELLED. */
typedef int (*reel_train_progress_fn)(const reel_train_progress *progress, void *user);

typedef struct {
    size_t size;         /* set by REEL_TRAIN_OPTIONS_INIT; lets the struct grow */
    const char *run_dir; /* made if absent; log.jsonl, loss.png, checkpoint, samples go here */
    int resume;          /* go on from the checkpoint in run_dir, if there is one */
    double max_minutes;  /* stop after so much training of each stage; 0: no limit */
    int64_t max_steps;   /* stop after so many steps of each stage in all; 0: as the recipe says */
    int threads;         /* of the kernels; 0: as OMP_NUM_THREADS or the machine has it */
    const char *device;  /* as for reel_engine_open() in reel/generate.h */
    reel_train_progress_fn progress; /* may be NULL */
    void *user;
} reel_train_options;

#define REEL_TRAIN_OPTIONS_INIT                                                                    \
    {                                                                                              \
        .size = sizeof(reel_train_options)                                                         \
    }

/* Train the stage that a recipe describes, and write the finished part (the averaged weights) to
 * the recipe's part_dir; so does a run that ends by max_minutes or max_steps.
 *
 * path is a recipe, or a folder of recipes: those named in its order.json (an array of file names),
 * or else all *.json by name, are trained one after the other, each in run_dir/NAME; with `resume`
 * those that are finished are passed over.
 *
 * Fails with  REEL_ERR_NOT_FOUND, REEL_ERR_FORMAT   the recipe, a part or the data cannot be read
 *             REEL_ERR_NOT_FOUND, REEL_ERR_UNSUPPORTED   there is no such device
 *             REEL_ERR_INVALID     run_dir holds a run already and `resume` is not set, or another
 *                                  training runs in it
 *             REEL_ERR_CANCELLED   progress() asked to stop; a checkpoint was written
 *             REEL_ERR_INTERNAL    the loss is not a number; the last checkpoint is kept
 * One training at a time per process. */
reel_status reel_train(const char *path, const reel_train_options *options);

/* Only make the data that the recipe's stage (or each stage of the folder) reads: its caches of
 * latents. Going on where it was stopped; a training may read them while they grow. Of the options
 * threads, device, progress and user count. */
reel_status reel_train_encode(const char *path, const reel_train_options *options);

#ifdef __cplusplus
}
#endif
#endif
