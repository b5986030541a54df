/* Rotary positions: check, allocate, run, record. */
#include "ops/rope.h"

#include "base/error.h"
#include "ops/expect.h"
#include "ops/kernels.h"
#include "ops/scratch.h"

static reel_rope_args args_of(const reel_tensor *x, const reel_tensor *angles)
{
    return (reel_rope_args){
        .angles = reel_f32(angles),
        .batch = x->dim[0],
        .length = x->dim[1],
        .heads = reel_inner(x, 1) / (2 * angles->dim[1]),
        .half = angles->dim[1],
    };
}

static reel_status rope_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *x = node->input[0];
    reel_rope_args args = args_of(x, node->saved[0]);
    args.y = reel_f32(reel_grad_or_new(rt, x, &args.y_is_new));
    args.x = reel_f32(node->output->grad);
    size_t mark = reel_arena_mark(&rt->arena);
    args.scratch = reel_scratch(rt, 2 * args.length * args.half);
    REEL_TRY(rt->status);
    reel_status status = REEL_RUN(rt, rope.backward, &args);
    reel_arena_release(&rt->arena, mark);
    return status;
}

reel_tensor *reel_rope(reel_rt *rt, reel_tensor *x, int heads, reel_tensor *angles)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (x->dtype != REEL_F32 || x->rank < 3 || x->rank > 4 || heads < 1 ||
        !REEL_IS_F32(angles, x->dim[1], REEL_ANY) || angles->dim[1] < 1 ||
        reel_inner(x, 1) != 2 * heads * angles->dim[1]) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "rope: x is %s, %d heads, angles are %s",
                                reel_shape(x).text, heads, reel_shape(angles).text);
    }
    reel_tensor *y = reel_new_like(rt, x);
    reel_rope_args args = args_of(x, angles);
    size_t mark = reel_arena_mark(&rt->arena);
    args.scratch = reel_scratch(rt, 2 * args.length * args.half);
    if (rt->status < 0) {
        return &rt->poison;
    }
    args.y = reel_f32(y);
    args.x = reel_f32(x);
    rt->status = REEL_RUN(rt, rope.forward, &args);
    reel_arena_release(&rt->arena, mark);
    reel_record(rt, rope_backward, (reel_node){ .output = y, .input = { x }, .saved = { angles } });
    return y;
}
