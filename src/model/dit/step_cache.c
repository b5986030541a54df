/* Keeping and adding what the later blocks add. */
#include "model/dit/step_cache.h"

#include "ops/elementwise.h"

#include <string.h>

/* What is kept of a stream, as a tensor of the shape of `like`. */
static reel_tensor kept_as(const reel_dit_step_cache *cache, int stream, const reel_tensor *like)
{
    reel_tensor t = { .dtype = REEL_F32, .rank = like->rank, .data = cache->kept[stream] };
    memcpy(t.dim, like->dim, sizeof t.dim);
    return t;
}

/* Room for a stream like `h`, whose device is that of the step. */
static void make_room(reel_rt *rt, reel_dit_step_cache *cache, int stream, const reel_tensor *h)
{
    void *memory;
    cache->device = rt->device;
    if (rt->device->ops->allocate(rt->device, &memory, reel_size_bytes(h), 0) < 0) {
        reel_fail_tensor(rt, REEL_ERR_MEMORY, "step cache: no memory for %zu numbers",
                         cache->count[stream]);
        return;
    }
    cache->kept[stream] = memory;
}

void reel_dit_step_cache_deinit(reel_dit_step_cache *cache)
{
    for (int i = 0; i < REEL_DIT_STREAMS; i++) {
        if (cache->kept[i]) {
            cache->device->ops->release(cache->device, cache->kept[i]);
        }
    }
    *cache = (reel_dit_step_cache){ 0 };
}

size_t reel_dit_step_cache_bytes(const reel_dit_step_cache *cache)
{
    size_t count = 0;
    for (int i = 0; i < REEL_DIT_STREAMS; i++) {
        count += cache->count[i];
    }
    return count * sizeof(float);
}

int reel_dit_step_cache_holds(const reel_rt *rt, const reel_dit_step_cache *cache, int stream,
                              const reel_tensor *h)
{
    return !reel_rt_is_dry(rt) && cache->is_short && cache->kept[stream] &&
           cache->count[stream] == (size_t)reel_count(h);
}

void reel_dit_step_cache_keep(reel_rt *rt, reel_dit_step_cache *cache, int stream,
                              reel_tensor *first, reel_tensor *h)
{
    reel_tensor *added = reel_sub(rt, h, first);
    if (rt->status < 0) {
        return;
    }
    if (cache->count[stream] != (size_t)reel_count(h)) {
        if (cache->kept[stream]) {
            cache->device->ops->release(cache->device, cache->kept[stream]);
        }
        cache->kept[stream] = NULL;
        cache->count[stream] = (size_t)reel_count(h);
    }
    if (reel_rt_is_dry(rt)) {
        return;
    }
    if (!cache->kept[stream]) {
        make_room(rt, cache, stream, added);
    }
    reel_tensor kept = kept_as(cache, stream, added);
    reel_assign(rt, &kept, added);
}

reel_tensor *reel_dit_step_cache_add(reel_rt *rt, const reel_dit_step_cache *cache, int stream,
                                     reel_tensor *first)
{
    const reel_tensor kept = kept_as(cache, stream, first);
    reel_tensor *added = reel_new_like(rt, first);
    reel_assign(rt, added, &kept);
    return reel_add(rt, first, added);
}
