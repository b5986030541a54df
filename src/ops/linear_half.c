/* The linear layer with a weight of 16 bits: widen, run. */
#include "ops/linear_half.h"

#include "ops/kernels.h"
#include "ops/scratch.h"

reel_tensor *reel_linear_half(reel_rt *rt, reel_tensor *y, const reel_tensor *x, reel_tensor *w,
                              const reel_tensor *b)
{
    const size_t mark = reel_arena_mark(&rt->arena);
    const reel_widen_args widen = { .y = reel_scratch(rt, reel_count(w)),
                                    .x = w->data,
                                    .count = reel_count(w),
                                    .dtype = w->dtype };
    const reel_linear_args linear = { .y = reel_f32(y),
                                      .x = reel_f32(x),
                                      .w = widen.y,
                                      .b = reel_f32(b),
                                      .rows = reel_rows(x),
                                      .in = w->dim[1],
                                      .out = w->dim[0] };
    if (rt->status == REEL_OK) {
        rt->status = REEL_RUN(rt, widen.forward, &widen);
    }
    if (rt->status == REEL_OK) {
        rt->status = REEL_RUN(rt, linear.forward, &linear);
    }
    reel_arena_release(&rt->arena, mark);
    return rt->status < 0 ? &rt->poison : y;
}
