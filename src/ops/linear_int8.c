/* The linear layer in 8 bits: check, allocate, run. */
#include "ops/linear_int8.h"

#include "ops/kernels.h"
#include "ops/scratch.h"

#include <string.h>

static reel_tensor *check(reel_rt *rt, reel_tensor *x, const reel_tensor *w, const reel_tensor *b)
{
    if (w->rank != 2 || x->rank < 1 || x->dtype != REEL_F32 || w->dim[1] != reel_width(x) ||
        w->dim[1] > REEL_INT8_IN_MAX) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "linear: weight is %s, x is %s",
                                reel_shape(w).text, reel_shape(x).text);
    }
    if (b && (b->rank != 1 || b->dtype != REEL_F32 || b->dim[0] != w->dim[0])) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "linear: bias is %s, weight is %s",
                                reel_shape(b).text, reel_shape(w).text);
    }
    if (reel_will_record(rt, 1, &x)) {
        return reel_fail_tensor(rt, REEL_ERR_UNSUPPORTED,
                                "linear: weight is %s, training needs f32", reel_shape(w).text);
    }
    return NULL;
}

reel_tensor *reel_linear_int8(reel_rt *rt, reel_tensor *x, reel_tensor *w, reel_tensor *b)
{
    reel_tensor *poison = rt->status < 0 ? &rt->poison : check(rt, x, w, b);
    if (poison) {
        return poison;
    }
    int64_t dim[REEL_MAX_RANK];
    memcpy(dim, x->dim, sizeof dim);
    dim[x->rank - 1] = w->dim[0];
    reel_tensor *y = reel_new(rt, REEL_F32, x->rank, dim);
    const int64_t rows = reel_rows(x), groups = reel_int8_groups(w->dim[1]);
    const size_t mark = reel_arena_mark(&rt->arena);
    reel_linear_int8_args args = {
        .y = reel_f32(y),
        .x = reel_f32(x),
        .b = reel_f32(b),
        .rows = rows,
        .row_scale = reel_scratch(rt, rows),
        .row_byte = (uint8_t *)reel_scratch(rt, rows * groups), /* a float's room holds a group */
    };
    if (rt->status == REEL_OK && !reel_rt_is_dry(rt)) {
        args.w = reel_int8_matrix_view(w->data, w->dim[0], w->dim[1]);
        rt->status = REEL_RUN(rt, linear_int8.forward, &args);
    }
    reel_arena_release(&rt->arena, mark);
    return rt->status < 0 ? &rt->poison : y;
}
