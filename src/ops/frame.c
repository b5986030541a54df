/* Frames of a signal: check, allocate, run, record. */
#include "ops/frame.h"

#include "base/error.h"
#include "ops/expect.h"
#include "ops/kernels.h"

static reel_frame_args args_of(const reel_tensor *signal, const reel_tensor *frames, int hop)
{
    return (reel_frame_args){
        .batch = signal->dim[0],
        .samples = signal->dim[1],
        .frames = frames->dim[1],
        .window = (int)frames->dim[2],
        .hop = hop,
    };
}

static reel_status frame_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *x = node->input[0];
    reel_frame_args args = args_of(x, node->output, (int)node->number[0]);
    args.target = reel_f32(reel_grad_of(rt, x));
    args.source = reel_f32(node->output->grad);
    args.add = 1;
    REEL_TRY(rt->status);
    return REEL_RUN(rt, frame.overlap, &args);
}

static reel_status overlap_add_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *frames = node->input[0];
    reel_frame_args args = args_of(node->output, frames, (int)node->number[0]);
    args.target = reel_f32(reel_grad_of(rt, frames));
    args.source = reel_f32(node->output->grad);
    args.add = 1;
    REEL_TRY(rt->status);
    return REEL_RUN(rt, frame.cut, &args);
}

reel_tensor *reel_frame(reel_rt *rt, reel_tensor *x, int window, int hop)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (!REEL_IS_F32(x, REEL_ANY, REEL_ANY) || window < 1 || hop < 1 || x->dim[1] < window) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "frame: x is %s, window %d, hop %d",
                                reel_shape(x).text, window, hop);
    }
    reel_tensor *y =
        REEL_NEW(rt, REEL_F32, x->dim[0], (x->dim[1] - window) / hop + 1, (int64_t)window);
    if (rt->status < 0) {
        return &rt->poison;
    }
    reel_frame_args args = args_of(x, y, hop);
    args.target = reel_f32(y);
    args.source = reel_f32(x);
    rt->status = REEL_RUN(rt, frame.cut, &args);
    reel_record(rt, frame_backward, (reel_node){ .output = y, .input = { x }, .number = { hop } });
    return y;
}

reel_tensor *reel_overlap_add(reel_rt *rt, reel_tensor *frames, int hop)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (!REEL_IS_F32(frames, REEL_ANY, REEL_ANY, REEL_ANY) || frames->dim[1] < 1 ||
        frames->dim[2] < 1 || frames->dim[2] > INT32_MAX || hop < 1) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "overlap_add: frames are %s, hop %d",
                                reel_shape(frames).text, hop);
    }
    reel_tensor *y =
        REEL_NEW(rt, REEL_F32, frames->dim[0], (frames->dim[1] - 1) * hop + frames->dim[2]);
    if (rt->status < 0) {
        return &rt->poison;
    }
    reel_frame_args args = args_of(y, frames, hop);
    args.target = reel_f32(y);
    args.source = reel_f32(frames);
    rt->status = REEL_RUN(rt, frame.overlap, &args);
    reel_record(rt, overlap_add_backward,
                (reel_node){ .output = y, .input = { frames }, .number = { hop } });
    return y;
}
