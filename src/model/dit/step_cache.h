/* What later blocks add, kept from one step of the sampler to the next ("DeepCache", Ma et al.
 * 2023; "Delta-DiT", Chen et al. 2024): neighbouring steps differ little there, so that some steps
 * compute the first block alone and add what the others added the last time.
 *
 *     full step    h = blocks(h_1),  kept := h - h_1        h_1: behind the first block
 *     short step   h = h_1 + kept
 *
 * A short step is not exact. Nothing is recorded for training. */
#ifndef REEL_MODEL_DIT_STEP_CACHE_H
#define REEL_MODEL_DIT_STEP_CACHE_H

#include "tensor/runtime.h"

enum { REEL_DIT_STREAMS = 2 }; /* video, audio */

/* Zero it before the first step. */
typedef struct {
    const reel_device *device;     /* that they are on */
    float *kept[REEL_DIT_STREAMS]; /* owned; NULL until a full step has kept something */
    size_t count[REEL_DIT_STREAMS];
    int is_short; /* the next step adds what is kept; where nothing is, it is a full one */
} reel_dit_step_cache;

void reel_dit_step_cache_deinit(reel_dit_step_cache *cache);

/* Bytes that it holds; known after a dry step too. */
size_t reel_dit_step_cache_bytes(const reel_dit_step_cache *cache);

/* True if a stream of this shape can be taken from the cache. In a dry pass never: a full step
 * needs the more memory. */
int reel_dit_step_cache_holds(const reel_rt *rt, const reel_dit_step_cache *cache, int stream,
                              const reel_tensor *h);

/* Keep h - first. Failures are sticky in rt. */
void reel_dit_step_cache_keep(reel_rt *rt, reel_dit_step_cache *cache, int stream,
                              reel_tensor *first, reel_tensor *h);

/* first + what is kept */
reel_tensor *reel_dit_step_cache_add(reel_rt *rt, const reel_dit_step_cache *cache, int stream,
                                     reel_tensor *first);

#endif
