/* A segment as one node of the tape, and its second run. */
#include "tensor/recompute.h"

#include "base/error.h"
#include "tensor/reuse.h"

#include <string.h>

/* Tensors inside are new; only the gradients of inputs and weights outlive the second run. */
static reel_status run_again(reel_rt *rt, const reel_segment *segment, const reel_node *node)
{
    reel_tensor *out[REEL_NODE_SAVED] = { NULL };
    segment->run(rt, segment->user, node->input, out);
    for (int i = 0; i < segment->out_count && rt->status == REEL_OK; i++) {
        if (out[i]) {
            out[i]->grad = node->saved[i]->grad;
        }
    }
    return reel_tape_run(rt);
}

static reel_status recompute_backward(reel_rt *rt, const reel_node *node)
{
    const reel_segment *segment = node->options;
    for (int i = 0; i < segment->in_count; i++) { /* below the mark */
        reel_grad_of(rt, node->input[i]);
    }
    REEL_TRY(rt->status);
    const reel_stretch stretch = reel_stretch_begin(rt);
    struct reel_node *tape = rt->tape;
    const int recording = rt->recording;
    rt->tape = NULL;
    rt->recording = 1;
    reel_status status = run_again(rt, segment, node);
    rt->recording = recording;
    rt->tape = tape;
    reel_stretch_forget(rt, &stretch);
    return status;
}

void reel_recompute(reel_rt *rt, const reel_segment *segment, reel_tensor *const *in,
                    reel_tensor **out)
{
    if (!reel_will_record(rt, segment->in_count, in)) {
        segment->run(rt, segment->user, in, out);
        return;
    }
    const reel_stretch stretch = reel_stretch_begin(rt);
    rt->recording = 0;
    segment->run(rt, segment->user, in, out);
    reel_stretch_keep(rt, &stretch, out, segment->out_count);
    rt->recording = 1;
    reel_segment kept = *segment;
    kept.user = reel_rt_copy(rt, segment->user, segment->user_size);
    reel_node node = { .options = reel_rt_copy(rt, &kept, sizeof kept) };
    if (rt->status < 0 || !kept.user || !node.options) {
        return;
    }
    memcpy(node.input, in, (size_t)segment->in_count * sizeof *in);
    for (int i = 0; i < segment->out_count; i++) {
        node.output = node.output ? node.output : out[i];
        node.saved[i] = out[i];
    }
    node.output_count = segment->out_count;
    reel_record(rt, recompute_backward, node);
}
