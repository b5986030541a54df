/* Losses: check, allocate, run, record. */
#include "ops/loss.h"

#include "base/error.h"
#include "ops/expect.h"
#include "ops/kernels.h"
#include "ops/scratch.h"

/* --- distances ----------------------------------------------------------------------------------
 */

static reel_status distance_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *a = node->input[0], *b = node->input[1];
    reel_distance_grad_args args = {
        .kind = (reel_distance_kind)node->number[0],
        .da = reel_f32(reel_grad_of(rt, a)),
        .db = reel_f32(reel_grad_of(rt, b)),
        .dloss = reel_f32(node->output->grad),
        .a = reel_f32(a),
        .b = reel_f32(b),
        .weight = reel_f32(node->saved[0]),
        .batch = a->dim[0],
        .count = reel_inner(a, 0),
    };
    REEL_TRY(rt->status);
    return REEL_RUN(rt, distance.backward, &args);
}

/* Shapes are checked. */
static reel_tensor *distance(reel_rt *rt, reel_distance_kind kind, reel_tensor *a, reel_tensor *b,
                             reel_tensor *weight)
{
    reel_distance_args args = {
        .kind = kind,
        .a = reel_f32(a),
        .b = reel_f32(b),
        .weight = reel_f32(weight),
        .batch = a->dim[0],
        .count = reel_inner(a, 0),
    };
    reel_tensor *loss = REEL_NEW(rt, REEL_F32, 1);
    size_t mark = reel_arena_mark(&rt->arena);
    args.scratch = (double *)reel_scratch(rt, 2 * args.batch * reel_distance_chunks(args.count));
    if (rt->status < 0) {
        return &rt->poison;
    }
    args.loss = reel_f32(loss);
    rt->status = REEL_RUN(rt, distance.forward, &args);
    reel_arena_release(&rt->arena, mark);
    reel_record(
        rt, distance_backward,
        (reel_node){ .output = loss, .input = { a, b }, .saved = { weight }, .number = { kind } });
    return loss;
}

static reel_tensor *weighted(reel_rt *rt, reel_distance_kind kind, reel_tensor *prediction,
                             reel_tensor *target, reel_tensor *weight)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    const char *name = kind == REEL_DISTANCE_SQUARE ? "mse" : "l1";
    if (prediction->dtype != REEL_F32 || target->dtype != REEL_F32 || prediction->rank < 1 ||
        !reel_same_shape(prediction, target) || reel_count(prediction) == 0) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "%s: prediction is %s, target is %s", name,
                                reel_shape(prediction).text, reel_shape(target).text);
    }
    if (weight && !REEL_IS_F32(weight, prediction->dim[0])) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "%s: weight is %s, prediction is %s", name,
                                reel_shape(weight).text, reel_shape(prediction).text);
    }
    return distance(rt, kind, prediction, target, weight);
}

reel_tensor *reel_mse(reel_rt *rt, reel_tensor *prediction, reel_tensor *target,
                      reel_tensor *weight)
{
    return weighted(rt, REEL_DISTANCE_SQUARE, prediction, target, weight);
}

reel_tensor *reel_l1(reel_rt *rt, reel_tensor *prediction, reel_tensor *target, reel_tensor *weight)
{
    return weighted(rt, REEL_DISTANCE_ABSOLUTE, prediction, target, weight);
}

reel_tensor *reel_mean_square(reel_rt *rt, reel_tensor *x)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (x->dtype != REEL_F32 || x->rank < 1 || reel_count(x) == 0) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "mean_square: x is %s", reel_shape(x).text);
    }
    return distance(rt, REEL_DISTANCE_SQUARE, x, NULL, NULL);
}

/* --- cross entropy ------------------------------------------------------------------------------
 */

static reel_status cross_entropy_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *logits = node->input[0];
    reel_cross_entropy_grad_args args = {
        .dlogits = reel_f32(reel_grad_of(rt, logits)),
        .dloss = reel_f32(node->output->grad),
        .logits = reel_f32(logits),
        .log_sum = reel_f32(node->saved[0]),
        .counted = reel_f32(node->saved[1]),
        .labels = node->saved[2]->data,
        .rows = logits->dim[0],
        .classes = logits->dim[1],
    };
    REEL_TRY(rt->status);
    return REEL_RUN(rt, cross_entropy.backward, &args);
}

/* On the host, before any kernel reads them; nothing in a dry pass. */
static void check_labels(reel_rt *rt, const reel_tensor *labels, int64_t classes)
{
    const int32_t *label = reel_host(rt, labels);
    for (int64_t n = 0; label && n < labels->dim[0]; n++) {
        if (label[n] >= classes) {
            reel_fail_tensor(rt, REEL_ERR_INVALID,
                             "cross_entropy: label %d of row %lld, expected below %lld",
                             (int)label[n], (long long)n, (long long)classes);
            return;
        }
    }
}

reel_tensor *reel_cross_entropy(reel_rt *rt, reel_tensor *logits, reel_tensor *labels)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (!REEL_IS_F32(logits, REEL_ANY, REEL_ANY) || logits->dim[1] < 1 ||
        labels->dtype != REEL_I32 || labels->rank != 1 || labels->dim[0] != logits->dim[0]) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "cross_entropy: logits are %s, labels are %s",
                                reel_shape(logits).text, reel_shape(labels).text);
    }
    check_labels(rt, labels, logits->dim[1]);
    reel_tensor *loss = REEL_NEW(rt, REEL_F32, 1);
    reel_tensor *log_sum = REEL_NEW(rt, REEL_F32, logits->dim[0]);
    reel_tensor *counted = REEL_NEW(rt, REEL_F32, 1);
    if (rt->status < 0) {
        return &rt->poison;
    }
    reel_cross_entropy_args args = {
        .loss = reel_f32(loss),
        .log_sum = reel_f32(log_sum),
        .counted = reel_f32(counted),
        .logits = reel_f32(logits),
        .labels = labels->data,
        .rows = logits->dim[0],
        .classes = logits->dim[1],
    };
    rt->status = REEL_RUN(rt, cross_entropy.forward, &args);
    reel_record(
        rt, cross_entropy_backward,
        (reel_node){ .output = loss, .input = { logits }, .saved = { log_sum, counted, labels } });
    return loss;
}
