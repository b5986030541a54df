/* The linear layer in 8 bits. */
#include "ops/linear_int8.h"

#include "ops/kernels.h"
#include "ops/scratch.h"

reel_tensor *reel_linear_int8(reel_rt *rt, reel_tensor *y, const reel_tensor *x, reel_tensor *w,
                              const reel_tensor *b)
{
    const int64_t rows = reel_rows(x), groups = reel_int8_groups(w->dim[1]);
    const size_t mark = reel_arena_mark(&rt->arena);
    reel_linear_int8_args args = {
        .y = reel_f32(y),
        .x = reel_f32(x),
        .b = reel_f32(b),
        .rows = rows,
        .row_scale = reel_scratch(rt, rows),
        .row_byte = (uint8_t *)reel_scratch(rt, rows * groups), /* a float's room holds a group */
    };
    if (rt->status == REEL_OK && !reel_rt_is_dry(rt)) {
        args.w = reel_int8_matrix_view(w->data, w->dim[0], w->dim[1]);
        rt->status = REEL_RUN(rt, linear_int8.forward, &args);
    }
    reel_arena_release(&rt->arena, mark);
    return rt->status < 0 ? &rt->poison : y;
}
