/* Patches: check, allocate, run, record. */
#include "ops/patchify.h"

#include "base/error.h"
#include "ops/expect.h"
#include "ops/kernels.h"

static reel_patchify_args args_of(const reel_tensor *grid, const double *patch)
{
    return (reel_patchify_args){
        .batch = grid->dim[0],
        .frames = grid->dim[1],
        .height = grid->dim[2],
        .width = grid->dim[3],
        .channels = grid->dim[4],
        .pt = (int)patch[0],
        .ph = (int)patch[1],
        .pw = (int)patch[2],
    };
}

static reel_status patchify_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *x = node->input[0];
    reel_patchify_args args = args_of(x, node->number);
    args.target = reel_f32(reel_grad_of(rt, x));
    args.source = reel_f32(node->output->grad);
    args.add = 1;
    REEL_TRY(rt->status);
    return REEL_RUN(rt, patchify.to_grid, &args);
}

static reel_status unpatchify_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *x = node->input[0];
    reel_patchify_args args = args_of(node->output, node->number);
    args.target = reel_f32(reel_grad_of(rt, x));
    args.source = reel_f32(node->output->grad);
    args.add = 1;
    REEL_TRY(rt->status);
    return REEL_RUN(rt, patchify.to_patches, &args);
}

reel_tensor *reel_patchify(reel_rt *rt, reel_tensor *x, int pt, int ph, int pw)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (!REEL_IS_F32(x, REEL_ANY, REEL_ANY, REEL_ANY, REEL_ANY, REEL_ANY) || pt < 1 || ph < 1 ||
        pw < 1 || x->dim[1] % pt || x->dim[2] % ph || x->dim[3] % pw) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "patchify: x is %s, patches are [%d, %d, %d]",
                                reel_shape(x).text, pt, ph, pw);
    }
    reel_tensor *y = REEL_NEW(rt, REEL_F32, x->dim[0], x->dim[1] / pt, x->dim[2] / ph,
                              x->dim[3] / pw, (int64_t)pt * ph * pw * x->dim[4]);
    if (rt->status < 0) {
        return &rt->poison;
    }
    const double patch[4] = { pt, ph, pw };
    reel_patchify_args args = args_of(x, patch);
    args.target = reel_f32(y);
    args.source = reel_f32(x);
    rt->status = REEL_RUN(rt, patchify.to_patches, &args);
    reel_record(rt, patchify_backward,
                (reel_node){ .output = y, .input = { x }, .number = { pt, ph, pw } });
    return y;
}

reel_tensor *reel_unpatchify(reel_rt *rt, reel_tensor *x, int pt, int ph, int pw)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (!REEL_IS_F32(x, REEL_ANY, REEL_ANY, REEL_ANY, REEL_ANY, REEL_ANY) || pt < 1 || ph < 1 ||
        pw < 1 || x->dim[4] % ((int64_t)pt * ph * pw)) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "unpatchify: x is %s, patches are [%d, %d, %d]",
                                reel_shape(x).text, pt, ph, pw);
    }
    reel_tensor *y = REEL_NEW(rt, REEL_F32, x->dim[0], x->dim[1] * pt, x->dim[2] * ph,
                              x->dim[3] * pw, x->dim[4] / ((int64_t)pt * ph * pw));
    if (rt->status < 0) {
        return &rt->poison;
    }
    const double patch[4] = { pt, ph, pw };
    reel_patchify_args args = args_of(y, patch);
    args.target = reel_f32(y);
    args.source = reel_f32(x);
    rt->status = REEL_RUN(rt, patchify.to_grid, &args);
    reel_record(rt, unpatchify_backward,
                (reel_node){ .output = y, .input = { x }, .number = { pt, ph, pw } });
    return y;
}
