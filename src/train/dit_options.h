/* The options of the stage "dit": which clips, which tasks, which noise levels.
 *
 *     "mode"            "images", "video", "audio" or "joint": which towers learn
 *     "buckets"         the kinds of clips, see reel_dit_bucket; one kind by default
 *     "cache_dir"       holds a latent cache per bucket
 *     "cache"           "build": made before training; "as_it_is": another process makes it, clips
 *                       are taken in as they appear
 *     "prompt_dropout"  share of clips with the empty prompt, for guidance
 *     "sigma", "tasks"  see sigma_sampler.h and task_mix.h
 *     "audio_from"      a dit part from which the audio tower starts (init_from gives the rest)
 *     "recompute"       true: blocks run again in the backward pass, in far less memory
 *     "fps"             of the clips
 *     "sample_steps", "sample_guidance", "sample_prompts"   of the contact sheets */
#ifndef REEL_TRAIN_DIT_OPTIONS_H
#define REEL_TRAIN_DIT_OPTIONS_H

#include "train/recipe.h"
#include "train/sigma_sampler.h"
#include "train/task_mix.h"

enum { REEL_BUCKETS_MAX = 16, REEL_SAMPLE_PROMPTS = 8 };

typedef enum {
    REEL_TRAIN_IMAGES, /* still images: the video tower alone */
    REEL_TRAIN_VIDEO,  /* silent films: the video tower alone */
    REEL_TRAIN_AUDIO,  /* sound: the audio tower alone */
    REEL_TRAIN_JOINT   /* films with sound: both towers and their coupling */
} reel_train_mode;

/* A batch is of one bucket. JSON keys are the field names; mode, batch and seed of the recipe hold
 * where a bucket names none. */
typedef struct {
    int width, height; /* 144, 80 */
    double seconds;    /* 3; 0: still images */
    int64_t clips;     /* in its cache */
    double share;      /* weight of the bucket among all, > 0 */
    double crop_share; /* of its batches are cut short: to between 2/3 of the latents and all */
    /* Of its batches have short captions, the others long or structured ones: words cost as much
     * as pictures do, and stills are few tokens. 1/3 */
    double short_share;
    int batch;
    int64_t seed; /* of its world; 0: the recipe's */
    reel_train_mode mode;
    char dir[1200]; /* CACHE_DIR/144x80_3s; not a key */
} reel_dit_bucket;

typedef struct {
    reel_train_mode mode;
    reel_dit_bucket bucket[REEL_BUCKETS_MAX];
    int bucket_count;
    const char *cache_dir; /* borrowed from the recipe, like all strings here */
    int build_cache, recompute;
    double prompt_dropout;
    int fps;
    reel_sigma_mix sigma;
    reel_task_mix tasks;
    const char *audio_from; /* or NULL */
    int sample_steps;
    double sample_guidance;
    const char *sample_prompts[REEL_SAMPLE_PROMPTS];
    int sample_prompt_count;
} reel_dit_options;

/* REEL_ERR_FORMAT names the field. */
reel_status reel_dit_options_read(reel_dit_options *out, const reel_recipe *recipe);

int reel_dit_bucket_has_video(const reel_dit_bucket *bucket);
int reel_dit_bucket_has_audio(const reel_dit_bucket *bucket);

#endif
