/* Attention in 8 bits. */
#include "ops/attention_int8.h"

#include "ops/c/packed_head.h"
#include "ops/kernels.h"
#include "ops/scratch.h"

/* With fewer queries packing the keys costs what it saves, with fewer keys a panel is mostly
 * filling.
 */
enum { QUERIES_MIN = 32, KEYS_MIN = 8 };

int reel_attention_int8_pays(const reel_attention_shape *shape)
{
    return shape->queries >= QUERIES_MIN && shape->keys >= KEYS_MIN;
}

reel_tensor *reel_attention_int8(reel_rt *rt, reel_tensor *y, const reel_tensor *q,
                                 const reel_tensor *k, const reel_tensor *v,
                                 const reel_attention_shape *shape)
{
    const size_t mark = reel_arena_mark(&rt->arena);
    const size_t bytes = reel_packed_heads_bytes(shape);
    reel_attention_int8_args args = {
        .y = reel_f32(y),
        .q = reel_f32(q),
        .k = reel_f32(k),
        .v = reel_f32(v),
        .shape = *shape,
        .packed = reel_scratch(rt, (int64_t)(bytes / sizeof(float))),
    };
    if (rt->status == REEL_OK) {
        rt->status = REEL_RUN(rt, attention_int8.forward, &args);
    }
    reel_arena_release(&rt->arena, mark);
    return rt->status < 0 ? &rt->poison : y;
}
