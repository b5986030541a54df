/* A recipe: one JSON file that says how one stage is trained. Keys not known are an error.
 *
 * The keys are the members below under the same names; only "stage" must be there. "note" is a free
 * text for the reader. Paths are relative to the working directory. */
#ifndef REEL_TRAIN_RECIPE_H
#define REEL_TRAIN_RECIPE_H

#include "base/json.h"

typedef struct {
    char *stage;     /* "video_vae", ... */
    char *part;      /* file name of the trained part; the stage's name by default */
    char *model_dir; /* where finished parts are read and the trained part is written */
    char *part_dir;  /* where the trained part goes instead, if it is only a step on the way */
    char *init_from; /* a safetensors part to start from, or NULL: random weights */
    char *data;      /* "world", or a folder of clips with captions */
    uint64_t seed;
    int64_t steps;
    int batch;

    /* optimiser */
    float lr;           /* AdamW */
    float muon_lr;      /* hidden matrices by Muon; 0: AdamW for them too */
    float weight_decay; /* decoupled */
    float beta1, beta2; /* AdamW */
    float clip_norm;    /* of the whole gradient; 0: none */
    int64_t warmup;     /* steps, linear from 0 */
    double decay_from;  /* share of the steps after which lr falls linearly to lr_end */
    float lr_end;       /* share of lr at the last step */
    float ema;          /* decay per step; 0: none */

    /* pace */
    int64_t log_every, sample_every, checkpoint_every; /* steps */
    double checkpoint_minutes;                         /* also after so much time */

    json_t *config;   /* the network, for its own reader; {} by default */
    json_t *options;  /* the stage's own settings, for its own reader; {} by default */
    json_t *document; /* the whole file; owns the objects above */
} reel_recipe;

/* Read and check. Owned by the caller, released with reel_recipe_deinit(). */
reel_status reel_recipe_load(reel_recipe *out, const char *path);
/* The same from a document, which is taken by the function whether it succeeds or not. */
reel_status reel_recipe_read(reel_recipe *out, json_t *document);
void reel_recipe_deinit(reel_recipe *recipe);

#endif
