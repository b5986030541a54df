/* Convolution: check, allocate, run, record. */
#include "ops/conv.h"

#include "ops/kernels.h"
#include "ops/scratch.h"

#include <stdio.h>

void reel_conv_declare(reel_weights *set, reel_conv_params *p, const char *name, int64_t in,
                       int64_t out, const int kernel[3], reel_init init)
{
    *p = (reel_conv_params){ 0 };
    char text[96];
    snprintf(text, sizeof text, "%s.weight", name);
    REEL_WEIGHT(set, &p->weight, text, init, REEL_GROUP_EDGE, out, kernel[0], kernel[1], kernel[2],
                in);
    snprintf(text, sizeof text, "%s.bias", name);
    REEL_WEIGHT(set, &p->bias, text, REEL_INIT_ZERO, REEL_GROUP_PLAIN, out);
}

static reel_status conv_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *x = node->input[0], *w = node->input[1], *b = node->input[2];
    const reel_conv_shape *shape = node->options;
    reel_conv_grad_args args = {
        .dx = reel_f32(reel_grad_of(rt, x)),
        .dw = reel_f32(reel_grad_of(rt, w)),
        .db = reel_f32(reel_grad_of(rt, b)),
        .dy = reel_f32(node->output->grad),
        .x = reel_f32(x),
        .w = reel_f32(w),
        .shape = *shape,
    };
    size_t mark = reel_arena_mark(&rt->arena);
    args.parts =
        args.dw || reel_rt_is_dry(rt) ? reel_scratch(rt, REEL_CONV_PARTS * reel_count(w)) : NULL;
    REEL_TRY(rt->status);
    reel_status status = REEL_RUN(rt, conv.backward, &args);
    reel_arena_release(&rt->arena, mark);
    return status;
}

static int params_fit(const reel_tensor *x, const reel_tensor *w, const reel_tensor *b)
{
    return x->rank == 5 && x->dtype == REEL_F32 && w && w->rank == 5 && w->dtype == REEL_F32 &&
           w->dim[4] == x->dim[4] &&
           (!b || (b->rank == 1 && b->dtype == REEL_F32 && b->dim[0] == w->dim[0]));
}

static int has_negative(const reel_conv_options *o)
{
    for (int i = 0; i < 3; i++) {
        if (o->stride[i] < 0 || o->pad_front[i] < 0 || o->pad_back[i] < 0) {
            return 1;
        }
    }
    return 0;
}

/* Extents of the result; false when the kernel is larger than the padded x. */
static int shape_of(reel_conv_shape *out, const reel_tensor *x, const reel_tensor *w,
                    const reel_conv_options *o)
{
    *out = (reel_conv_shape){
        .batch = x->dim[0],
        .in_channels = x->dim[4],
        .out_channels = w->dim[0],
        .replicate_time = o->replicate_time,
    };
    for (int i = 0; i < 3; i++) {
        int64_t padded = x->dim[1 + i] + o->pad_front[i] + o->pad_back[i] - w->dim[1 + i];
        if (padded < 0 || x->dim[1 + i] < 1 || w->dim[1 + i] < 1) {
            return 0;
        }
        out->in[i] = x->dim[1 + i];
        out->kernel[i] = w->dim[1 + i];
        out->stride[i] = o->stride[i] ? o->stride[i] : 1;
        out->pad[i] = o->pad_front[i];
        out->out[i] = padded / out->stride[i] + 1;
    }
    return 1;
}

reel_tensor *reel_conv(reel_rt *rt, reel_tensor *x, const reel_conv_params *p,
                       const reel_conv_options *options)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    reel_tensor *w = p->weight, *b = p->bias;
    reel_conv_shape shape = { 0 };
    if (has_negative(options)) {
        return reel_fail_tensor(rt, REEL_ERR_INVALID, "conv: a stride or a pad is negative");
    }
    if (!params_fit(x, w, b) || !shape_of(&shape, x, w, options)) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "conv: weight is %s, bias is %s, x is %s",
                                w ? reel_shape(w).text : "absent",
                                b ? reel_shape(b).text : "absent", reel_shape(x).text);
    }
    reel_tensor *y = REEL_NEW(rt, REEL_F32, shape.batch, shape.out[0], shape.out[1], shape.out[2],
                              shape.out_channels);
    if (rt->status < 0) {
        return &rt->poison;
    }
    reel_conv_args args = {
        .y = reel_f32(y), .x = reel_f32(x), .w = reel_f32(w), .b = reel_f32(b), .shape = shape
    };
    rt->status = REEL_RUN(rt, conv.forward, &args);
    const void *kept = reel_will_record(rt, 3, (reel_tensor *[]){ x, w, b })
                           ? reel_rt_copy(rt, &shape, sizeof shape)
                           : NULL;
    reel_record(rt, conv_backward,
                (reel_node){ .output = y, .input = { x, w, b }, .options = kept });
    return y;
}
