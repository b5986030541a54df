/* Activations: names of the functions of one number, and SwiGLU. */
#include "ops/activation.h"

#include "base/error.h"
#include "ops/kernels.h"

#include <float.h>
#include <string.h>

reel_tensor *reel_silu(reel_rt *rt, reel_tensor *x)
{
    return reel_unary(rt, REEL_UNARY_SILU, x, 0.0f);
}

reel_tensor *reel_gelu(reel_rt *rt, reel_tensor *x)
{
    return reel_unary(rt, REEL_UNARY_GELU, x, 0.0f);
}

reel_tensor *reel_tanh(reel_rt *rt, reel_tensor *x)
{
    return reel_unary(rt, REEL_UNARY_TANH, x, 0.0f);
}

reel_tensor *reel_exp(reel_rt *rt, reel_tensor *x)
{
    return reel_unary(rt, REEL_UNARY_EXP, x, 0.0f);
}

reel_tensor *reel_log_floor(reel_rt *rt, reel_tensor *x, float floor)
{
    if (!(floor >= FLT_MIN && floor <= FLT_MAX)) {
        return reel_fail_tensor(rt, REEL_ERR_INVALID,
                                "log_floor: floor is %g, expected at least %g", (double)floor,
                                (double)FLT_MIN);
    }
    return reel_unary(rt, REEL_UNARY_LOG_FLOOR, x, floor);
}

static reel_status swiglu_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *x = node->input[0];
    reel_swiglu_grad_args args = {
        .dx = reel_f32(reel_grad_of(rt, x)),
        .dy = reel_f32(node->output->grad),
        .x = reel_f32(x),
        .rows = reel_rows(x),
        .width = reel_width(x) / 2,
    };
    REEL_TRY(rt->status);
    return REEL_RUN(rt, swiglu.backward, &args);
}

reel_tensor *reel_swiglu(reel_rt *rt, reel_tensor *x)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (x->dtype != REEL_F32 || x->rank < 1 || reel_width(x) % 2 != 0) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "swiglu: x is %s, expected an even width",
                                reel_shape(x).text);
    }
    int64_t dim[REEL_MAX_RANK];
    memcpy(dim, x->dim, sizeof dim);
    dim[x->rank - 1] /= 2;
    reel_tensor *y = reel_new(rt, REEL_F32, x->rank, dim);
    if (rt->status < 0) {
        return &rt->poison;
    }
    reel_swiglu_args args = {
        .y = reel_f32(y),
        .x = reel_f32(x),
        .rows = reel_rows(x),
        .width = reel_width(x) / 2,
    };
    rt->status = REEL_RUN(rt, swiglu.forward, &args);
    reel_record(rt, swiglu_backward, (reel_node){ .output = y, .input = { x } });
    return y;
}
