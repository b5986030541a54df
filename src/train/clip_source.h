/* Where clips to be encoded come from: the film set, or a folder of films with captions.
 *
 * In a folder every film NAME.EXT needs its words in NAME.txt (one caption) or NAME.json ("short",
 * "long", "structured", or "caption" for all three). Films are brought to the geometry by covering
 * the frame and cutting what sticks out; a long film gives up to eight pieces, one after the other,
 * one that is too short is passed over. For still images the folder may hold images as well. */
#ifndef REEL_TRAIN_CLIP_SOURCE_H
#define REEL_TRAIN_CLIP_SOURCE_H

#include "base/str.h"
#include "reel/clip.h"
#include "train/latent_cache.h"

typedef struct {
    char text[REEL_CAPTIONS][1024]; /* short, long, structured */
} reel_clip_captions;

typedef struct {
    int width, height, frames, fps; /* frames 1: a still image without sound */
    int64_t samples;                /* per channel; stereo; 0 without sound */
    int sample_rate;
} reel_clip_shape;

/* `clip` is allocated in the source's shape: fill its frames and samples, and the captions. Called
 * on several threads, each with its own `worker` number. */
typedef struct {
    void *self;
    int64_t count; /* clips there are; INT64_MAX when there is no end */
    reel_status (*make)(void *self, int worker, int64_t index, reel_clip *clip,
                        reel_clip_captions *captions);
    void (*close)(void *self);
} reel_clip_source;

/* Clip i of the film set is drawn from the seed and i. Owned by the caller, released with
 * source->close(source->self). */
reel_status reel_clip_source_world(reel_clip_source *out, const reel_clip_shape *shape,
                                   uint64_t seed, int workers);

/* REEL_ERR_NOT_FOUND when the folder holds no film with a caption. */
reel_status reel_clip_source_folder(reel_clip_source *out, const reel_clip_shape *shape,
                                    const char *folder);

#endif
