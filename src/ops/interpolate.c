/* Interpolation between rows: check, allocate, run, record. */
#include "ops/interpolate.h"

#include "base/error.h"
#include "ops/expect.h"
#include "ops/kernels.h"

static reel_status interpolate_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *x = node->input[0], *positions = node->saved[0];
    reel_interpolate_grad_args args = {
        .dx = reel_f32(reel_grad_of(rt, x)),
        .dy = reel_f32(node->output->grad),
        .positions = reel_f32(positions),
        .batch = x->dim[0],
        .rows = x->dim[1],
        .count = positions->dim[0],
        .width = x->dim[2],
    };
    REEL_TRY(rt->status);
    return REEL_RUN(rt, interpolate.backward, &args);
}

reel_tensor *reel_interpolate(reel_rt *rt, reel_tensor *x, reel_tensor *positions)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (!REEL_IS_F32(x, REEL_ANY, REEL_ANY, REEL_ANY) || x->dim[1] < 1 ||
        !REEL_IS_F32(positions, REEL_ANY)) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "interpolate: x is %s, positions are %s",
                                reel_shape(x).text, reel_shape(positions).text);
    }
    reel_tensor *y = REEL_NEW(rt, REEL_F32, x->dim[0], positions->dim[0], x->dim[2]);
    if (rt->status < 0) {
        return &rt->poison;
    }
    reel_interpolate_args args = {
        .y = reel_f32(y),
        .x = reel_f32(x),
        .positions = reel_f32(positions),
        .batch = x->dim[0],
        .rows = x->dim[1],
        .count = positions->dim[0],
        .width = x->dim[2],
    };
    rt->status = REEL_RUN(rt, interpolate.forward, &args);
    reel_record(rt, interpolate_backward,
                (reel_node){ .output = y, .input = { x }, .saved = { positions } });
    return y;
}
