/* Means over rows and differences of neighbours: check, allocate, run, record. */
#include "ops/reduce.h"

#include "base/error.h"
#include "ops/expect.h"
#include "ops/kernels.h"

#include <string.h>

static reel_status mean_axis1_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *x = node->input[0];
    reel_mean_axis1_grad_args args = {
        .dx = reel_f32(reel_grad_of(rt, x)),
        .dy = reel_f32(node->output->grad),
        .mask = reel_f32(node->saved[1]),
        .share = reel_f32(node->saved[0]),
        .batch = x->dim[0],
        .rows = x->dim[1],
        .width = x->dim[2],
    };
    REEL_TRY(rt->status);
    return REEL_RUN(rt, mean_axis1.backward, &args);
}

reel_tensor *reel_mean_axis1(reel_rt *rt, reel_tensor *x, reel_tensor *mask)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (!REEL_IS_F32(x, REEL_ANY, REEL_ANY, REEL_ANY)) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "mean_axis1: x is %s, expected [B, L, D] f32",
                                reel_shape(x).text);
    }
    if (mask && !REEL_IS_F32(mask, x->dim[0], x->dim[1])) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "mean_axis1: mask is %s, x is %s",
                                reel_shape(mask).text, reel_shape(x).text);
    }
    reel_tensor *y = REEL_NEW(rt, REEL_F32, x->dim[0], x->dim[2]);
    reel_tensor *share = REEL_NEW(rt, REEL_F32, x->dim[0]);
    if (rt->status < 0) {
        return &rt->poison;
    }
    reel_mean_axis1_args args = {
        .y = reel_f32(y),
        .share = reel_f32(share),
        .x = reel_f32(x),
        .mask = reel_f32(mask),
        .batch = x->dim[0],
        .rows = x->dim[1],
        .width = x->dim[2],
    };
    rt->status = REEL_RUN(rt, mean_axis1.forward, &args);
    reel_record(rt, mean_axis1_backward,
                (reel_node){ .output = y, .input = { x }, .saved = { share, mask } });
    return y;
}

static reel_status difference_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *x = node->input[0];
    int axis = (int)node->number[0];
    reel_difference_grad_args args = {
        .dx = reel_f32(reel_grad_of(rt, x)),
        .dy = reel_f32(node->output->grad),
        .outer = reel_outer(x, axis),
        .count = x->dim[axis],
        .inner = reel_inner(x, axis),
    };
    REEL_TRY(rt->status);
    return REEL_RUN(rt, difference.backward, &args);
}

reel_tensor *reel_difference(reel_rt *rt, reel_tensor *x, int axis)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (x->dtype != REEL_F32 || axis < 0 || axis >= x->rank || x->dim[axis] < 2) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE,
                                "difference: x is %s, axis %d; expected two or more along it",
                                reel_shape(x).text, axis);
    }
    int64_t dim[REEL_MAX_RANK];
    memcpy(dim, x->dim, sizeof dim);
    dim[axis] -= 1;
    reel_tensor *y = reel_new(rt, REEL_F32, x->rank, dim);
    if (rt->status < 0) {
        return &rt->poison;
    }
    reel_difference_args args = {
        .y = reel_f32(y),
        .x = reel_f32(x),
        .outer = reel_outer(x, axis),
        .count = x->dim[axis],
        .inner = reel_inner(x, axis),
    };
    rt->status = REEL_RUN(rt, difference.forward, &args);
    reel_record(rt, difference_backward,
                (reel_node){ .output = y, .input = { x }, .number = { axis } });
    return y;
}
