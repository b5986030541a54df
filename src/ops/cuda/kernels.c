/* The CUDA kernels' place in the one dispatch; nothing in builds without CUDA. */
#include "ops/kernels.h"

#ifdef REEL_CUDA
#include "base/error.h"
#include "ops/cuda/tables.h"

/* Weights of fewer than 32 bits are the processor's: reel_weights_alloc_as() makes none here. */
static reel_status refuse_int8(const reel_linear_int8_args *args)
{
    (void)args;
    return REEL_FAIL(REEL_ERR_UNSUPPORTED, "linear: a weight in 8 bits on cuda, expected f32");
}

static reel_status refuse_attention_int8(const reel_attention_int8_args *args)
{
    (void)args;
    return REEL_FAIL(REEL_ERR_UNSUPPORTED, "attention: products in 8 bits on cuda, expected f32");
}

static reel_status refuse_half(const reel_widen_args *args)
{
    return REEL_FAIL(REEL_ERR_UNSUPPORTED, "linear: a weight of %s on cuda, expected f32",
                     reel_dtype_name(args->dtype));
}

const reel_linear_int8_kernels reel_linear_int8_cuda = { refuse_int8 };
const reel_attention_int8_kernels reel_attention_int8_cuda = { refuse_attention_int8 };
const reel_widen_kernels reel_widen_cuda = { refuse_half };

void reel_kernels_init_cuda(reel_kernels *k)
{
#define TAKE_CUDA(op) k->op = reel_##op##_cuda;
    REEL_KERNELS_EACH(TAKE_CUDA)
#undef TAKE_CUDA
}
#else
void reel_kernels_init_cuda(reel_kernels *k)
{
    (void)k;
}
#endif
