/* Gated residual: check, allocate, run, record. */
#include "ops/gated_add.h"

#include "base/error.h"
#include "ops/expect.h"
#include "ops/kernels.h"
#include "ops/scratch.h"

/* x and y may be one tensor: dx is then that of y, added to twice. */
static reel_status gated_add_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *x = node->input[0], *y = node->input[1], *gate = node->input[2];
    const float *dz = reel_f32(node->output->grad);
    int is_shared = (x->base ? x->base : x) == (y->base ? y->base : y);
    int dx_is_there = !is_shared && reel_grad_hand_over(rt, x, node->output);
    reel_gated_add_grad_args args = {
        .dx = dx_is_there ? NULL : reel_f32(reel_grad_of(rt, x)),
        .dgate = reel_f32(reel_grad_of(rt, gate)),
        .dz = dz,
        .y = reel_f32(y),
        .gate = reel_f32(gate),
        .batch = x->dim[0],
        .rows = reel_sample_rows(x),
        .width = reel_width(x),
    };
    args.dy = reel_f32(reel_grad_or_new(rt, y, &args.dy_is_new));
    size_t mark = reel_arena_mark(&rt->arena);
    if (gate->wants_grad) {
        args.scratch = reel_scratch(rt, args.batch * reel_row_chunks(args.rows) * args.width);
    }
    REEL_TRY(rt->status);
    reel_status status = REEL_RUN(rt, gated_add.backward, &args);
    reel_arena_release(&rt->arena, mark);
    return status;
}

reel_tensor *reel_gated_add(reel_rt *rt, reel_tensor *x, reel_tensor *y, reel_tensor *gate)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (x->dtype != REEL_F32 || x->rank < 2 || y->dtype != REEL_F32 || !reel_same_shape(x, y) ||
        !REEL_IS_F32(gate, x->dim[0], reel_width(x))) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "gated_add: x is %s, y is %s, gate is %s",
                                reel_shape(x).text, reel_shape(y).text, reel_shape(gate).text);
    }
    reel_tensor *z = reel_new_like(rt, x);
    if (rt->status < 0) {
        return &rt->poison;
    }
    reel_gated_add_args args = {
        .z = reel_f32(z),
        .x = reel_f32(x),
        .y = reel_f32(y),
        .gate = reel_f32(gate),
        .batch = x->dim[0],
        .rows = reel_sample_rows(x),
        .width = reel_width(x),
    };
    rt->status = REEL_RUN(rt, gated_add.forward, &args);
    reel_record(rt, gated_add_backward, (reel_node){ .output = z, .input = { x, y, gate } });
    return z;
}
