/* A stage of training: what the trainer needs to know of a network and its data.
 *
 * The trainer owns the loop (batches on their own thread, gradients, clipping, optimiser, EMA,
 * log, checkpoints); a stage owns a model, makes batches and computes the loss. */
#ifndef REEL_TRAIN_STAGE_H
#define REEL_TRAIN_STAGE_H

#include "reel/train.h"
#include "tensor/runtime.h"
#include "tensor/weights.h"
#include "train/recipe.h"

/* Named scalars of one step for the log ("video", "audio", "kl", "psnr"). */
enum { REEL_METRICS = 16 };
typedef struct {
    const char *name[REEL_METRICS]; /* static strings */
    double value[REEL_METRICS];
    int count;
} reel_metrics;
void reel_metrics_add(reel_metrics *m, const char *name, double value);
/* The value of a scalar of the graph; nothing after a failure. */
void reel_metrics_add_scalar(reel_metrics *m, const char *name, reel_rt *rt,
                             const reel_tensor *scalar);

typedef struct reel_stage reel_stage; /* each stage file defines its own */

typedef struct {
    const char *name; /* "video_vae", "audio_vae", "text_encoder", "dit" */

    /* Make the data that the stage reads and that is not there yet (a cache), reporting through
     * progress() as reel_train() does. Called before open. May be NULL. */
    reel_status (*prepare)(const reel_recipe *recipe, reel_train_progress_fn progress, void *user);

    /* Build the model that the recipe describes; it starts from recipe->init_from if that is set.
     * Anything the stage reads (other parts in recipe->model_dir, caches) is opened here. */
    reel_status (*open)(reel_stage **out, const reel_recipe *recipe);
    void (*close)(reel_stage *stage);

    reel_weights *(*weights)(reel_stage *stage); /* what is trained */

    /* Make the batch of `step`: host memory, a function of (recipe->seed, step) alone. Called on
     * the producer thread, never at the same time as itself; *batch is malloc'ed by the stage and
     * released with batch_free. */
    reel_status (*batch_make)(reel_stage *stage, int64_t step, void **batch);
    void (*batch_free)(void *batch);

    /* The scalar loss [1] of a batch, on rt. Called on the trainer's thread; once more for a dry
     * pass when the size of a step is not known yet. A device may still be at work when it
     * returns: nothing is read from rt here. */
    reel_tensor *(*loss)(reel_stage *stage, reel_rt *rt, const void *batch, int64_t step);

    /* What the log tells of the loss() just before, from what the stage kept of rt: called when the
     * gradients are there, never after a dry pass. May be NULL. */
    void (*report)(reel_stage *stage, reel_rt *rt, const void *batch, reel_metrics *metrics);

    /* Write something to look at (a contact sheet, a film) into `dir`, with the weights as they
     * stand (the trainer has put the EMA in place). May be NULL. */
    reel_status (*sample)(reel_stage *stage, const char *dir, int64_t step);

    /* Write the finished part (config in the metadata) from the weights as they stand. */
    reel_status (*save)(reel_stage *stage, const char *path);

    int64_t (*flops)(reel_stage *stage); /* of forward and backward for one batch, for the log */
} reel_stage_ops;

extern const reel_stage_ops reel_stage_video_vae, reel_stage_audio_vae, reel_stage_text_encoder,
    reel_stage_dit;

/* NULL when no stage has that name. */
const reel_stage_ops *reel_stage_find(const char *name);

#endif
