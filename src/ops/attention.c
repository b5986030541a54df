/* Attention: check, allocate, run, record. */
#include "ops/attention.h"

#include "ops/kernels.h"

#include <math.h>

static int is_sequence(const reel_tensor *t)
{
    return t->rank == 3 && t->dtype == REEL_F32;
}

static int is_vector(const reel_tensor *t, int64_t count)
{
    return t && t->rank == 1 && t->dtype == REEL_F32 && t->dim[0] == count;
}

static int sequences_fit(const reel_tensor *q, const reel_tensor *k, const reel_tensor *v,
                         int heads)
{
    return is_sequence(q) && is_sequence(k) && is_sequence(v) && reel_same_shape(k, v) &&
           q->dim[0] == k->dim[0] && k->dim[1] > 0 && q->dim[2] == k->dim[2] && heads > 0 &&
           q->dim[2] % heads == 0 && q->dim[2] / heads <= REEL_ATTENTION_MAX_HEAD;
}

/* The name of the option that does not fit, or NULL. */
static const char *misfit(const reel_tensor *q, const reel_tensor *k,
                          const reel_attention_options *o)
{
    const reel_tensor *mask = o->key_mask;
    if (mask && (mask->rank != 2 || mask->dtype != REEL_F32 || mask->dim[0] != k->dim[0] ||
                 mask->dim[1] != k->dim[1])) {
        return "key_mask";
    }
    if (!o->q_time && !o->k_time && !o->time_sigma) {
        return NULL;
    }
    return !is_vector(o->q_time, q->dim[1])      ? "q_time"
           : !is_vector(o->k_time, k->dim[1])    ? "k_time"
           : !is_vector(o->time_sigma, o->heads) ? "time_sigma"
                                                 : NULL;
}

static reel_attention_shape shape_of(const reel_tensor *q, const reel_tensor *k,
                                     const reel_attention_options *o)
{
    int64_t head_width = q->dim[2] / o->heads;
    return (reel_attention_shape){
        .batch = q->dim[0],
        .queries = q->dim[1],
        .keys = k->dim[1],
        .heads = o->heads,
        .head_width = head_width,
        .key_mask = reel_f32(o->key_mask),
        .q_time = reel_f32(o->q_time),
        .k_time = reel_f32(o->k_time),
        .time_sigma = reel_f32(o->time_sigma),
        .scale = (float)(1.0 / sqrt((double)head_width)),
    };
}

static reel_status attention_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *q = node->input[0], *k = node->input[1], *v = node->input[2];
    const reel_attention_shape *shape = node->options;
    reel_attention_grad_args args = {
        .dk = reel_f32(reel_grad_of(rt, k)),
        .dv = reel_f32(reel_grad_of(rt, v)),
        .dy = reel_f32(node->output->grad),
        .y = reel_f32(node->output),
        .q = reel_f32(q),
        .k = reel_f32(k),
        .v = reel_f32(v),
        .log_sum = reel_f32(node->saved[0]),
        .shape = *shape,
    };
    args.dq = reel_f32(reel_grad_or_new(rt, q, &args.dq_is_new)); /* after k and v: none of them */
    REEL_TRY(rt->status);
    return REEL_RUN(rt, attention.backward, &args);
}

reel_tensor *reel_attention(reel_rt *rt, reel_tensor *q, reel_tensor *k, reel_tensor *v,
                            const reel_attention_options *options)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (!sequences_fit(q, k, v, options->heads)) {
        return reel_fail_tensor(
            rt, REEL_ERR_SHAPE, "attention: q is %s, k is %s, v is %s, %d heads",
            reel_shape(q).text, reel_shape(k).text, reel_shape(v).text, options->heads);
    }
    const char *wrong = misfit(q, k, options);
    if (wrong) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE,
                                "attention: %s does not fit q %s, k %s and %d heads", wrong,
                                reel_shape(q).text, reel_shape(k).text, options->heads);
    }
    reel_attention_shape shape = shape_of(q, k, options);
    reel_tensor *y = reel_new_like(rt, q);
    if (options->in_bytes && !reel_will_record(rt, 3, (reel_tensor *[]){ q, k, v }) &&
        reel_kernels_attend_in_bytes() && reel_attention_int8_pays(&shape)) {
        return reel_attention_int8(rt, y, q, k, v, &shape);
    }
    reel_tensor *log_sum = REEL_NEW(rt, REEL_F32, shape.batch, shape.heads, shape.queries);
    if (rt->status < 0) {
        return &rt->poison;
    }
    reel_attention_args args = {
        .y = reel_f32(y),
        .log_sum = reel_f32(log_sum),
        .q = reel_f32(q),
        .k = reel_f32(k),
        .v = reel_f32(v),
        .shape = shape,
    };
    rt->status = REEL_RUN(rt, attention.forward, &args);
    const void *kept = reel_will_record(rt, 3, (reel_tensor *[]){ q, k, v })
                           ? reel_rt_copy(rt, &shape, sizeof shape)
                           : NULL;
    reel_record(
        rt, attention_backward,
        (reel_node){ .output = y, .input = { q, k, v }, .saved = { log_sum }, .options = kept });
    return y;
}
