/* Functions of one number: check, allocate, run, record. */
#include "ops/unary.h"

#include "base/error.h"
#include "ops/kernels.h"

static const char *const names[REEL_UNARY_KINDS] = {
    [REEL_UNARY_SILU] = "silu",
    [REEL_UNARY_GELU] = "gelu",
    [REEL_UNARY_TANH] = "tanh",
    [REEL_UNARY_EXP] = "exp",
    [REEL_UNARY_LOG_FLOOR] = "log_floor",
    [REEL_UNARY_SCALE] = "scale",
    [REEL_UNARY_ADD_SCALAR] = "add_scalar",
};

static reel_status unary_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *x = node->input[0];
    int is_new;
    reel_unary_grad_args args = {
        .kind = (reel_unary_kind)node->number[0],
        .dx = reel_f32(reel_grad_or_new(rt, x, &is_new)),
        .dy = reel_f32(node->output->grad),
        .x = reel_f32(x),
        .y = reel_f32(node->output),
        .count = reel_count(x),
        .parameter = (float)node->number[1],
    };
    args.dx_is_new = is_new;
    REEL_TRY(rt->status);
    return REEL_RUN(rt, unary.backward, &args);
}

reel_tensor *reel_unary(reel_rt *rt, reel_unary_kind kind, reel_tensor *x, float parameter)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (x->dtype != REEL_F32) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "%s: x is %s", names[kind], reel_shape(x).text);
    }
    reel_tensor *y = reel_new_like(rt, x);
    if (rt->status < 0) {
        return &rt->poison;
    }
    reel_unary_args args = {
        .kind = kind,
        .y = reel_f32(y),
        .x = reel_f32(x),
        .count = reel_count(x),
        .parameter = parameter,
    };
    rt->status = REEL_RUN(rt, unary.forward, &args);
    reel_record(rt, unary_backward,
                (reel_node){ .output = y, .input = { x }, .number = { kind, parameter } });
    return y;
}
