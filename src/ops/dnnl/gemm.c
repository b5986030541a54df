/* Single-threaded matrix products of oneDNN. */
#include "ops/dnnl/gemm.h"

#include "base/error.h"

#include <oneapi/dnnl/dnnl.h>

int reel_gemm(const reel_gemm_shape *s, const float *a, const float *b, float *c)
{
    return dnnl_sgemm(s->transpose_a ? 'T' : 'N', s->transpose_b ? 'T' : 'N', s->m, s->n, s->k,
                      s->alpha, a, s->a_row, b, s->b_row, s->beta, c, s->c_row) != dnnl_success;
}

reel_status reel_gemm_status(int failed)
{
    return failed ? REEL_FAIL(REEL_ERR_MEMORY, "no memory for the buffers of a matrix product")
                  : REEL_OK;
}
