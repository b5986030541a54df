/* Batches for the stage "dit": noisy latents, what is given of them, the velocity to find, words.
 *
 *     x_sigma = (1 - sigma) x0 + sigma eps        target v = eps - x0
 *
 * Loss values are weighted by scale^2: 0 where content is given, else the weight of the clip's
 * noise level over the share of the clip that is to be made. */
#ifndef REEL_TRAIN_DIT_BATCH_H
#define REEL_TRAIN_DIT_BATCH_H

#include "base/arena.h"
#include "model/text_encoder/token_batch.h"
#include "train/dit_options.h"
#include "train/latent_cache.h"

/* One modality of a batch. */
typedef struct {
    int64_t latents;  /* positions of one clip: Fl Hl Wl or La; 0: absent */
    int64_t channels; /* C */
    float *input;     /* [B, latents, 2 C + 1]: noisy, condition, mask */
    float *target;    /* [B, latents, C] */
    float *scale;     /* [B, latents, C] */
    float *sigma;     /* [B] */
} reel_dit_modality;

typedef struct {
    int count; /* B */
    int latent_frames, latent_height, latent_width;
    reel_dit_modality video, audio;
    reel_token_batch tokens;
    reel_arena arena; /* holds the arrays above */
} reel_dit_batch;

/* What batches are made of. `caches` belong to the thread that makes batches. */
typedef struct {
    const reel_dit_options *options;
    reel_latent_cache *caches; /* [bucket_count] */
    const reel_tokenizer *tokenizer;
    int max_tokens;
    int temporal_stride;
    double audio_latents_per_second;
    uint64_t seed;
} reel_dit_data;

/* The batch of a step: a function of data->seed and step, once the caches are complete. Owned by
 * the caller, released with reel_dit_batch_free(). REEL_ERR_NOT_FOUND when a cache is empty. */
reel_status reel_dit_batch_make(reel_dit_batch **out, const reel_dit_data *data, int64_t step);
void reel_dit_batch_free(void *batch);

#endif
