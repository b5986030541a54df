/* Concatenation: check, allocate, run, record. */
#include "ops/concat.h"

#include "base/error.h"
#include "ops/expect.h"
#include "ops/kernels.h"

#include <string.h>

/* From the part to its place in the whole; the pointers are left to the caller. */
static reel_copy_runs_args runs_of(const reel_tensor *whole, const reel_tensor *part, int axis)
{
    int64_t inner = reel_inner(whole, axis);
    return (reel_copy_runs_args){
        .outer = reel_outer(whole, axis),
        .run = part->dim[axis] * inner,
        .target_stride = whole->dim[axis] * inner,
        .source_stride = part->dim[axis] * inner,
    };
}

static reel_status add_gradient(reel_rt *rt, const reel_tensor *whole, reel_tensor *part, int axis,
                                int64_t start)
{
    int is_new;
    reel_tensor *grad = reel_grad_or_new(rt, part, &is_new);
    if (!grad || reel_rt_is_dry(rt)) {
        return rt->status;
    }
    reel_copy_runs_args args = runs_of(whole, part, axis);
    args.source_stride = args.target_stride;
    args.target_stride = args.run;
    args.target = reel_f32(grad);
    args.source = reel_f32(whole->grad) + start * reel_inner(whole, axis);
    return is_new ? REEL_RUN(rt, copy_runs.copy, &args) : REEL_RUN(rt, copy_runs.add, &args);
}

static reel_status concat_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *a = node->input[0], *b = node->input[1];
    int axis = (int)node->number[0];
    REEL_TRY(add_gradient(rt, node->output, a, axis, 0));
    return add_gradient(rt, node->output, b, axis, a->dim[axis]);
}

static int fits(const reel_tensor *a, const reel_tensor *b, int axis)
{
    int same = a->dtype == REEL_F32 && b->dtype == REEL_F32 && a->rank == b->rank && axis >= 0 &&
               axis < a->rank;
    for (int i = 0; same && i < a->rank; i++) {
        same = i == axis || a->dim[i] == b->dim[i];
    }
    return same;
}

reel_tensor *reel_concat(reel_rt *rt, reel_tensor *a, reel_tensor *b, int axis)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (!fits(a, b, axis)) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "concat: a is %s, b is %s, axis %d",
                                reel_shape(a).text, reel_shape(b).text, axis);
    }
    int64_t dim[REEL_MAX_RANK];
    memcpy(dim, a->dim, sizeof dim);
    dim[axis] += b->dim[axis];
    reel_tensor *whole = reel_new(rt, REEL_F32, a->rank, dim);
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (!reel_rt_is_dry(rt)) {
        reel_copy_runs_args args = runs_of(whole, a, axis);
        args.target = reel_f32(whole);
        args.source = reel_f32(a);
        rt->status = REEL_RUN(rt, copy_runs.copy, &args);
        args = runs_of(whole, b, axis);
        args.target = reel_f32(whole) + a->dim[axis] * reel_inner(whole, axis);
        args.source = reel_f32(b);
        rt->status = rt->status < 0 ? rt->status : REEL_RUN(rt, copy_runs.copy, &args);
    }
    reel_record(rt, concat_backward,
                (reel_node){ .output = whole, .input = { a, b }, .number = { axis } });
    return whole;
}
