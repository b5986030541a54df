/* The embedding table: check, allocate, run, record. */
#include "ops/embedding.h"

#include "ops/kernels.h"

#include <string.h>

static reel_status embedding_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *ids = node->saved[0], *table = node->input[0];
    reel_embedding_grad_args args = {
        .dtable = reel_f32(reel_grad_of(rt, table)),
        .dy = reel_f32(node->output->grad),
        .ids = ids->data,
        .count = reel_count(ids),
        .entries = table->dim[0],
        .width = reel_width(table),
    };
    REEL_TRY(rt->status);
    return REEL_RUN(rt, embedding.backward, &args);
}

/* On the host, before any kernel reads them; nothing in a dry pass. */
static void check_ids(reel_rt *rt, const reel_tensor *ids, int64_t entries)
{
    const int32_t *id = reel_host(rt, ids);
    for (int64_t n = 0; id && n < reel_count(ids); n++) {
        if (id[n] < 0 || id[n] >= entries) {
            reel_fail_tensor(rt, REEL_ERR_INVALID, "embedding: id %d at %lld, expected 0 to %lld",
                             (int)id[n], (long long)n, (long long)entries - 1);
            return;
        }
    }
}

reel_tensor *reel_embedding(reel_rt *rt, reel_tensor *ids, reel_tensor *table)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (ids->dtype != REEL_I32 || ids->rank >= REEL_MAX_RANK || table->dtype != REEL_F32 ||
        table->rank != 2) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "embedding: ids are %s, table is %s",
                                reel_shape(ids).text, reel_shape(table).text);
    }
    int64_t dim[REEL_MAX_RANK];
    memcpy(dim, ids->dim, sizeof dim);
    dim[ids->rank] = table->dim[1];
    check_ids(rt, ids, table->dim[0]);
    reel_tensor *y = reel_new(rt, REEL_F32, ids->rank + 1, dim);
    if (rt->status < 0) {
        return &rt->poison;
    }
    reel_embedding_args args = {
        .y = reel_f32(y),
        .table = reel_f32(table),
        .ids = ids->data,
        .count = reel_count(ids),
        .entries = table->dim[0],
        .width = table->dim[1],
    };
    rt->status = REEL_RUN(rt, embedding.forward, &args);
    reel_record(rt, embedding_backward,
                (reel_node){ .output = y, .input = { table }, .saved = { ids } });
    return y;
}
