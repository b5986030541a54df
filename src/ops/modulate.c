/* Modulation: check, allocate, run, record. */
#include "ops/modulate.h"

#include "base/error.h"
#include "ops/expect.h"
#include "ops/kernels.h"
#include "ops/scratch.h"

static reel_status modulate_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *x = node->input[0], *shift = node->input[1], *scale = node->input[2];
    int is_new;
    reel_modulate_grad_args args = {
        .dx = reel_f32(reel_grad_or_new(rt, x, &is_new)),
        .dshift = reel_f32(reel_grad_of(rt, shift)),
        .dscale = reel_f32(reel_grad_of(rt, scale)),
        .dy = reel_f32(node->output->grad),
        .x = reel_f32(x),
        .scale = reel_f32(scale),
        .batch = x->dim[0],
        .rows = reel_sample_rows(x),
        .width = reel_width(x),
    };
    args.dx_is_new = is_new;
    size_t mark = reel_arena_mark(&rt->arena);
    if (shift->wants_grad || scale->wants_grad) {
        args.scratch = reel_scratch(rt, 2 * args.batch * reel_row_chunks(args.rows) * args.width);
    }
    REEL_TRY(rt->status);
    reel_status status = REEL_RUN(rt, modulate.backward, &args);
    reel_arena_release(&rt->arena, mark);
    return status;
}

reel_tensor *reel_modulate(reel_rt *rt, reel_tensor *x, reel_tensor *shift, reel_tensor *scale)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (x->dtype != REEL_F32 || x->rank < 2 || !REEL_IS_F32(shift, x->dim[0], reel_width(x)) ||
        !REEL_IS_F32(scale, x->dim[0], reel_width(x))) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "modulate: x is %s, shift is %s, scale is %s",
                                reel_shape(x).text, reel_shape(shift).text, reel_shape(scale).text);
    }
    reel_tensor *y = reel_new_like(rt, x);
    if (rt->status < 0) {
        return &rt->poison;
    }
    reel_modulate_args args = {
        .y = reel_f32(y),
        .x = reel_f32(x),
        .shift = reel_f32(shift),
        .scale = reel_f32(scale),
        .batch = x->dim[0],
        .rows = reel_sample_rows(x),
        .width = reel_width(x),
    };
    rt->status = REEL_RUN(rt, modulate.forward, &args);
    reel_record(rt, modulate_backward, (reel_node){ .output = y, .input = { x, shift, scale } });
    return y;
}
