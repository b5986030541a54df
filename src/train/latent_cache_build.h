/* Making a latent cache, or going on with one. */
#ifndef REEL_TRAIN_LATENT_CACHE_BUILD_H
#define REEL_TRAIN_LATENT_CACHE_BUILD_H

#include "reel/train.h"
#include "train/latent_cache.h"

typedef struct {
    const char *dir;       /* of the cache */
    const char *model_dir; /* of the codecs */
    const char *data;      /* "world" or a folder, see clip_source.h */
    int width, height;     /* pixels, multiples of the VAE's stride */
    int fps;
    double seconds; /* 0: still images */
    int64_t clips;  /* wanted; rounded up to whole shards, or all that a folder holds */
    uint64_t seed;
} reel_cache_order;

/* Fails with REEL_ERR_FORMAT when the folder holds a cache of something else (other codecs, another
 * geometry), REEL_ERR_CANCELLED; what was made before stays. */
reel_status reel_latent_cache_build(const reel_cache_order *order, reel_train_progress_fn progress,
                                    void *user);

#endif
