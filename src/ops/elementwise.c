/* Sums, products and repetition: check, allocate, run, record. */
#include "ops/elementwise.h"

#include "base/error.h"
#include "ops/expect.h"
#include "ops/kernels.h"
#include "ops/scratch.h"

#include <string.h>

/* --- two tensors of one shape --------------------------------------------------------------- */

static const char *const binary_names[REEL_BINARY_KINDS] = {
    [REEL_BINARY_ADD] = "add",
    [REEL_BINARY_SUB] = "sub",
    [REEL_BINARY_MUL] = "mul",
};

static reel_status binary_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *a = node->input[0], *b = node->input[1];
    const reel_binary_kind kind = (reel_binary_kind)node->number[0];
    const float *dz = reel_f32(node->output->grad);
    int is_shared = (a->base ? a->base : a) == (b->base ? b->base : b);
    int da_is_there =
        kind != REEL_BINARY_MUL && !is_shared && reel_grad_hand_over(rt, a, node->output);
    reel_binary_grad_args args = {
        .kind = kind,
        .da = da_is_there ? NULL : reel_f32(reel_grad_of(rt, a)),
        .db = reel_f32(reel_grad_of(rt, b)),
        .dz = dz,
        .a = reel_f32(a),
        .b = reel_f32(b),
        .count = reel_count(a),
    };
    REEL_TRY(rt->status);
    return REEL_RUN(rt, binary.backward, &args);
}

static reel_tensor *binary(reel_rt *rt, reel_binary_kind kind, reel_tensor *a, reel_tensor *b)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (a->dtype != REEL_F32 || b->dtype != REEL_F32 || !reel_same_shape(a, b)) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "%s: a is %s, b is %s", binary_names[kind],
                                reel_shape(a).text, reel_shape(b).text);
    }
    reel_tensor *z = reel_new_like(rt, a);
    if (rt->status < 0) {
        return &rt->poison;
    }
    reel_binary_args args = {
        .kind = kind,
        .z = reel_f32(z),
        .a = reel_f32(a),
        .b = reel_f32(b),
        .count = reel_count(a),
    };
    rt->status = REEL_RUN(rt, binary.forward, &args);
    reel_record(rt, binary_backward,
                (reel_node){ .output = z, .input = { a, b }, .number = { kind } });
    return z;
}

reel_tensor *reel_add(reel_rt *rt, reel_tensor *a, reel_tensor *b)
{
    return binary(rt, REEL_BINARY_ADD, a, b);
}

reel_tensor *reel_sub(reel_rt *rt, reel_tensor *a, reel_tensor *b)
{
    return binary(rt, REEL_BINARY_SUB, a, b);
}

reel_tensor *reel_mul(reel_rt *rt, reel_tensor *a, reel_tensor *b)
{
    return binary(rt, REEL_BINARY_MUL, a, b);
}

reel_tensor *reel_scale(reel_rt *rt, reel_tensor *x, float factor)
{
    return reel_unary(rt, REEL_UNARY_SCALE, x, factor);
}

reel_tensor *reel_add_scalar(reel_rt *rt, reel_tensor *x, float term)
{
    return reel_unary(rt, REEL_UNARY_ADD_SCALAR, x, term);
}

/* --- a tensor added to every leading index of another ----------------------------------------- */

static reel_status add_rows_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *x = node->input[0], *y = node->input[1];
    const float *dz = reel_f32(node->output->grad);
    int is_shared = (x->base ? x->base : x) == (y->base ? y->base : y);
    int dx_is_there = !is_shared && reel_grad_hand_over(rt, x, node->output);
    reel_add_rows_grad_args args = {
        .dx = dx_is_there ? NULL : reel_f32(reel_grad_of(rt, x)),
        .dy = reel_f32(reel_grad_of(rt, y)),
        .dz = dz,
        .rows = reel_outer(x, x->rank - y->rank),
        .width = reel_count(y),
    };
    size_t mark = reel_arena_mark(&rt->arena);
    if (y->wants_grad) {
        args.scratch = reel_scratch(rt, reel_row_chunks(args.rows) * args.width);
    }
    REEL_TRY(rt->status);
    reel_status status = REEL_RUN(rt, add_rows.backward, &args);
    reel_arena_release(&rt->arena, mark);
    return status;
}

reel_tensor *reel_add_rows(reel_rt *rt, reel_tensor *x, reel_tensor *y)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (x->dtype != REEL_F32 || x->rank < y->rank || y->rank < 1 ||
        !reel_is_f32(y, y->rank, x->dim + x->rank - y->rank)) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "add_rows: x is %s, y is %s",
                                reel_shape(x).text, reel_shape(y).text);
    }
    reel_tensor *z = reel_new_like(rt, x);
    if (rt->status < 0) {
        return &rt->poison;
    }
    reel_add_rows_args args = {
        .z = reel_f32(z),
        .x = reel_f32(x),
        .y = reel_f32(y),
        .rows = reel_outer(x, x->rank - y->rank),
        .width = reel_count(y),
    };
    rt->status = REEL_RUN(rt, add_rows.forward, &args);
    reel_record(rt, add_rows_backward, (reel_node){ .output = z, .input = { x, y } });
    return z;
}

/* --- rows repeated ---------------------------------------------------------------------------- */

static reel_status repeat_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *x = node->input[0];
    reel_repeat_grad_args args = {
        .dx = reel_f32(reel_grad_of(rt, x)),
        .dy = reel_f32(node->output->grad),
        .rows = reel_rows(x),
        .width = reel_width(x),
        .times = (int64_t)node->number[0],
    };
    REEL_TRY(rt->status);
    return REEL_RUN(rt, repeat.backward, &args);
}

reel_tensor *reel_repeat(reel_rt *rt, reel_tensor *x, int times)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (!REEL_IS_F32(x, REEL_ANY, REEL_ANY, REEL_ANY) || times < 1) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE,
                                "repeat: x is %s, %d times; expected [B, F, D] f32, once or more",
                                reel_shape(x).text, times);
    }
    reel_tensor *y = REEL_NEW(rt, REEL_F32, x->dim[0], x->dim[1] * times, x->dim[2]);
    if (rt->status < 0) {
        return &rt->poison;
    }
    reel_repeat_args args = {
        .y = reel_f32(y),
        .x = reel_f32(x),
        .rows = reel_rows(x),
        .width = reel_width(x),
        .times = times,
    };
    rt->status = REEL_RUN(rt, repeat.forward, &args);
    reel_record(rt, repeat_backward,
                (reel_node){ .output = y, .input = { x }, .number = { times } });
    return y;
}
