/* The linear layer: check, allocate, run, record. */
#include "ops/linear.h"

#include "ops/kernels.h"

#include <stdio.h>
#include <string.h>

void reel_linear_declare(reel_weights *set, reel_linear_params *p, const char *name, int64_t in,
                         int64_t out, reel_linear_options options)
{
    *p = (reel_linear_params){ 0 };
    char text[96];
    snprintf(text, sizeof text, "%s.weight", name);
    REEL_WEIGHT(set, &p->weight, text, options.init, options.group, out, in);
    if (options.bias) {
        snprintf(text, sizeof text, "%s.bias", name);
        REEL_WEIGHT(set, &p->bias, text, REEL_INIT_ZERO, REEL_GROUP_PLAIN, out);
    }
}

static reel_status linear_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *x = node->input[0], *w = node->input[1], *b = node->input[2];
    int is_new;
    reel_linear_grad_args args = {
        .dx = reel_f32(reel_grad_or_new(rt, x, &is_new)),
        .dw = reel_f32(reel_grad_of(rt, w)),
        .db = reel_f32(reel_grad_of(rt, b)),
        .dy = reel_f32(node->output->grad),
        .x = reel_f32(x),
        .w = reel_f32(w),
        .rows = reel_rows(x),
        .in = reel_width(x),
        .out = w->dim[0],
    };
    args.dx_is_new = is_new;
    REEL_TRY(rt->status);
    return REEL_RUN(rt, linear.backward, &args);
}

/* NULL, or the poison tensor of a weight, whatever it is stored as, that cannot be applied to x. */
static reel_tensor *check(reel_rt *rt, reel_tensor *x, const reel_tensor *w, const reel_tensor *b)
{
    if (!w || w->rank != 2 || x->rank < 1 || x->dtype != REEL_F32 || w->dim[1] != reel_width(x) ||
        (w->dtype == REEL_I8 && w->dim[1] > REEL_INT8_IN_MAX)) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "linear: weight is %s, x is %s",
                                w ? reel_shape(w).text : "absent", reel_shape(x).text);
    }
    if (b && (b->rank != 1 || b->dtype != REEL_F32 || b->dim[0] != w->dim[0])) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "linear: bias is %s, weight is %s",
                                reel_shape(b).text, reel_shape(w).text);
    }
    if (w->dtype != REEL_F32 && reel_will_record(rt, 1, &x)) {
        return reel_fail_tensor(rt, REEL_ERR_UNSUPPORTED,
                                "linear: weight is %s, training needs f32", reel_shape(w).text);
    }
    return NULL;
}

reel_tensor *reel_linear(reel_rt *rt, reel_tensor *x, const reel_linear_params *p)
{
    reel_tensor *w = p->weight, *b = p->bias;
    reel_tensor *poison = rt->status < 0 ? &rt->poison : check(rt, x, w, b);
    if (poison) {
        return poison;
    }
    int64_t dim[REEL_MAX_RANK];
    memcpy(dim, x->dim, sizeof dim);
    dim[x->rank - 1] = w->dim[0];
    reel_tensor *y = reel_new(rt, REEL_F32, x->rank, dim);
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (w->dtype == REEL_I8) {
        return reel_linear_int8(rt, y, x, w, b);
    }
    if (w->dtype != REEL_F32) {
        return reel_linear_half(rt, y, x, w, b);
    }
    reel_linear_args args = {
        .y = reel_f32(y),
        .x = reel_f32(x),
        .w = reel_f32(w),
        .b = reel_f32(b),
        .rows = reel_rows(x),
        .in = w->dim[1],
        .out = w->dim[0],
    };
    rt->status = REEL_RUN(rt, linear.forward, &args);
    reel_record(rt, linear_backward, (reel_node){ .output = y, .input = { x, w, b } });
    return y;
}
