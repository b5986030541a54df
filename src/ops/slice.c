/* Slicing: check, allocate, run, record. */
#include "ops/slice.h"

#include "base/error.h"
#include "ops/expect.h"
#include "ops/kernels.h"

#include <string.h>

static reel_status slice_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *x = node->input[0], *y = node->output;
    reel_tensor *dx = reel_grad_of(rt, x);
    if (!dx || reel_rt_is_dry(rt)) {
        return rt->status;
    }
    int axis = (int)node->number[0];
    int64_t inner = reel_inner(x, axis);
    reel_copy_runs_args args = {
        .target = reel_f32(dx) + (int64_t)node->number[1] * inner,
        .source = reel_f32(y->grad),
        .outer = reel_outer(x, axis),
        .run = y->dim[axis] * inner,
        .target_stride = x->dim[axis] * inner,
        .source_stride = y->dim[axis] * inner,
    };
    return REEL_RUN(rt, copy_runs.add, &args);
}

reel_tensor *reel_slice(reel_rt *rt, reel_tensor *x, int axis, int64_t start, int64_t length)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (x->dtype != REEL_F32 || axis < 0 || axis >= x->rank || start < 0 || length < 1 ||
        start > x->dim[axis] || length > x->dim[axis] - start) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "slice: x is %s, axis %d from %lld, %lld long",
                                reel_shape(x).text, axis, (long long)start, (long long)length);
    }
    int64_t dim[REEL_MAX_RANK];
    memcpy(dim, x->dim, sizeof dim);
    dim[axis] = length;
    reel_tensor *y = reel_new(rt, REEL_F32, x->rank, dim);
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (!reel_rt_is_dry(rt)) {
        int64_t inner = reel_inner(x, axis);
        reel_copy_runs_args args = {
            .target = reel_f32(y),
            .source = reel_f32(x) + start * inner,
            .outer = reel_outer(x, axis),
            .run = length * inner,
            .target_stride = length * inner,
            .source_stride = x->dim[axis] * inner,
        };
        rt->status = REEL_RUN(rt, copy_runs.copy, &args);
    }
    reel_record(rt, slice_backward,
                (reel_node){ .output = y, .input = { x }, .number = { axis, (double)start } });
    return y;
}
