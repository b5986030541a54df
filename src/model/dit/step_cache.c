/* Keeping and adding what the later blocks add. */
#include "model/dit/step_cache.h"

#include "ops/elementwise.h"

#include <stdlib.h>
#include <string.h>

void reel_dit_step_cache_deinit(reel_dit_step_cache *cache)
{
    for (int i = 0; i < REEL_DIT_STREAMS; i++) {
        free(cache->kept[i]);
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
        free(cache->kept[stream]);
        cache->kept[stream] = NULL;
        cache->count[stream] = (size_t)reel_count(h);
    }
    if (reel_rt_is_dry(rt)) {
        return;
    }
    if (!cache->kept[stream]) {
        cache->kept[stream] = malloc(reel_size_bytes(added));
    }
    if (!cache->kept[stream]) {
        reel_fail_tensor(rt, REEL_ERR_MEMORY, "step cache: no memory for %zu numbers",
                         cache->count[stream]);
        return;
    }
    memcpy(cache->kept[stream], added->data, reel_size_bytes(added));
}

reel_tensor *reel_dit_step_cache_add(reel_rt *rt, const reel_dit_step_cache *cache, int stream,
                                     reel_tensor *first)
{
    reel_tensor *kept = reel_from_host(rt, REEL_F32, cache->kept[stream], first->rank, first->dim);
    return reel_add(rt, first, kept);
}
