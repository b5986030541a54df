/* Complex spectra: check, allocate, run, record. */
#include "ops/spectrum.h"

#include "base/error.h"
#include "ops/expect.h"
#include "ops/kernels.h"

#include <string.h>

static reel_status magnitude_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *z = node->input[0], *m = node->output;
    reel_magnitude_grad_args args = {
        .dz = reel_f32(reel_grad_of(rt, z)),
        .dm = reel_f32(m->grad),
        .z = reel_f32(z),
        .m = reel_f32(m),
        .rows = reel_rows(m),
        .bins = reel_width(m),
    };
    REEL_TRY(rt->status);
    return REEL_RUN(rt, spectrum.magnitude_backward, &args);
}

reel_tensor *reel_magnitude(reel_rt *rt, reel_tensor *z)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    if (z->dtype != REEL_F32 || z->rank < 1 || reel_width(z) % 2 != 0) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "magnitude: z is %s, expected an even width",
                                reel_shape(z).text);
    }
    int64_t dim[REEL_MAX_RANK];
    memcpy(dim, z->dim, sizeof dim);
    dim[z->rank - 1] /= 2;
    reel_tensor *m = reel_new(rt, REEL_F32, z->rank, dim);
    if (rt->status < 0) {
        return &rt->poison;
    }
    reel_magnitude_args args = {
        .m = reel_f32(m),
        .z = reel_f32(z),
        .rows = reel_rows(m),
        .bins = reel_width(m),
    };
    rt->status = REEL_RUN(rt, spectrum.magnitude, &args);
    reel_record(rt, magnitude_backward, (reel_node){ .output = m, .input = { z } });
    return m;
}

reel_tensor *reel_with_magnitude(reel_rt *rt, reel_tensor *z, reel_tensor *m)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    int64_t dim[REEL_MAX_RANK];
    memcpy(dim, z->dim, sizeof dim);
    if (z->rank >= 1) {
        dim[z->rank - 1] /= 2;
    }
    if (z->dtype != REEL_F32 || z->rank < 1 || reel_width(z) % 2 != 0 ||
        !reel_is_f32(m, z->rank, dim)) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "with_magnitude: z is %s, m is %s",
                                reel_shape(z).text, reel_shape(m).text);
    }
    if (reel_will_record(rt, 2, (reel_tensor *[]){ z, m })) {
        return reel_fail_tensor(rt, REEL_ERR_UNSUPPORTED, "with_magnitude has no gradient");
    }
    reel_tensor *y = reel_new_like(rt, z);
    if (rt->status < 0) {
        return &rt->poison;
    }
    reel_with_magnitude_args args = {
        .y = reel_f32(y),
        .z = reel_f32(z),
        .m = reel_f32(m),
        .rows = reel_rows(m),
        .bins = reel_width(m),
    };
    rt->status = REEL_RUN(rt, spectrum.with_magnitude, &args);
    return y;
}
