/* RMS norm: check, allocate, run, record. */
#include "ops/rms_norm.h"

#include "base/error.h"
#include "ops/kernels.h"
#include "ops/scratch.h"

static reel_status rms_norm_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *x = node->input[0], *w = node->input[1];
    int is_new;
    reel_rms_norm_grad_args args = {
        .dx = reel_f32(reel_grad_or_new(rt, x, &is_new)),
        .dw = reel_f32(reel_grad_of(rt, w)),
        .dy = reel_f32(node->output->grad),
        .x = reel_f32(x),
        .w = reel_f32(w),
        .rstd = reel_f32(node->saved[0]),
        .rows = reel_rows(x),
        .width = reel_width(x),
    };
    args.dx_is_new = is_new;
    size_t mark = reel_arena_mark(&rt->arena);
    if (w && w->wants_grad) {
        args.scratch = reel_scratch(rt, reel_row_chunks(args.rows) * args.width);
    }
    REEL_TRY(rt->status);
    reel_status status = REEL_RUN(rt, rms_norm.backward, &args);
    reel_arena_release(&rt->arena, mark);
    return status;
}

reel_tensor *reel_rms_norm(reel_rt *rt, reel_tensor *x, reel_tensor *w, float eps)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (x->dtype != REEL_F32 || x->rank < 1) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "rms_norm: x is %s", reel_shape(x).text);
    }
    if (w && (w->dtype != REEL_F32 || w->rank != 1 || w->dim[0] != reel_width(x))) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "rms_norm: w is %s, x is %s",
                                reel_shape(w).text, reel_shape(x).text);
    }
    int64_t rows = reel_rows(x);
    reel_tensor *y = reel_new_like(rt, x);
    reel_tensor *rstd = REEL_NEW(rt, REEL_F32, rows);
    if (rt->status < 0) {
        return &rt->poison;
    }
    reel_rms_norm_args args = {
        .y = reel_f32(y),
        .rstd = reel_f32(rstd),
        .x = reel_f32(x),
        .w = reel_f32(w),
        .rows = rows,
        .width = reel_width(x),
        .eps = eps,
    };
    rt->status = REEL_RUN(rt, rms_norm.forward, &args);
    reel_record(rt, rms_norm_backward,
                (reel_node){ .output = y, .input = { x, w }, .saved = { rstd } });
    return y;
}
