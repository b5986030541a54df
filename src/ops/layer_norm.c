/* Layer norm: check, allocate, run, record. */
#include "ops/layer_norm.h"

#include "base/error.h"
#include "ops/kernels.h"
#include "ops/scratch.h"

static reel_status layer_norm_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *x = node->input[0], *w = node->input[1], *b = node->input[2];
    reel_layer_norm_grad_args args = {
        .dx = reel_f32(reel_grad_of(rt, x)),
        .dw = reel_f32(reel_grad_of(rt, w)),
        .db = reel_f32(reel_grad_of(rt, b)),
        .dy = reel_f32(node->output->grad),
        .x = reel_f32(x),
        .w = reel_f32(w),
        .mean = reel_f32(node->saved[0]),
        .rstd = reel_f32(node->saved[1]),
        .rows = reel_rows(x),
        .width = reel_width(x),
    };
    size_t mark = reel_arena_mark(&rt->arena);
    if ((w && w->wants_grad) || (b && b->wants_grad)) {
        args.scratch = reel_scratch(rt, 2 * reel_row_chunks(args.rows) * args.width);
    }
    REEL_TRY(rt->status);
    reel_status status = REEL_RUN(rt, layer_norm.backward, &args);
    reel_arena_release(&rt->arena, mark);
    return status;
}

static int fits(const reel_tensor *w, const reel_tensor *x)
{
    return !w || (w->dtype == REEL_F32 && w->rank == 1 && w->dim[0] == reel_width(x));
}

reel_tensor *reel_layer_norm(reel_rt *rt, reel_tensor *x, reel_tensor *w, reel_tensor *b, float eps)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (x->dtype != REEL_F32 || x->rank < 1) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "layer_norm: x is %s", reel_shape(x).text);
    }
    if (!fits(w, x) || !fits(b, x)) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "layer_norm: %s is %s, x is %s",
                                fits(w, x) ? "b" : "w", reel_shape(fits(w, x) ? b : w).text,
                                reel_shape(x).text);
    }
    int64_t rows = reel_rows(x);
    reel_tensor *y = reel_new_like(rt, x);
    reel_tensor *mean = REEL_NEW(rt, REEL_F32, rows);
    reel_tensor *rstd = REEL_NEW(rt, REEL_F32, rows);
    if (rt->status < 0) {
        return &rt->poison;
    }
    reel_layer_norm_args args = {
        .y = reel_f32(y),
        .mean = reel_f32(mean),
        .rstd = reel_f32(rstd),
        .x = reel_f32(x),
        .w = reel_f32(w),
        .b = reel_f32(b),
        .rows = rows,
        .width = reel_width(x),
        .eps = eps,
    };
    rt->status = REEL_RUN(rt, layer_norm.forward, &args);
    reel_record(rt, layer_norm_backward,
                (reel_node){ .output = y, .input = { x, w, b }, .saved = { mean, rstd } });
    return y;
}
