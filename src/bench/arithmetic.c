/* Kernels that count. */
#include "bench/arithmetic.h"

static double counted;

static reel_status linear(const reel_linear_args *a)
{
    counted += 2.0 * (double)(a->rows * a->in * a->out);
    return REEL_OK;
}

static reel_status linear_backward(const reel_linear_grad_args *a)
{
    counted += ((a->dx != NULL) + (a->dw != NULL)) * 2.0 * (double)(a->rows * a->in * a->out);
    return REEL_OK;
}

static reel_status linear_int8(const reel_linear_int8_args *a)
{
    counted += 2.0 * (double)(a->rows * a->w.in * a->w.out);
    return REEL_OK;
}

static double scores(const reel_attention_shape *s)
{
    return 2.0 * (double)(s->batch * s->heads * s->queries * s->keys * s->head_width);
}

static reel_status attention(const reel_attention_args *a)
{
    counted += 2.0 * scores(&a->shape);
    return REEL_OK;
}

static reel_status attention_int8(const reel_attention_int8_args *a)
{
    counted += 2.0 * scores(&a->shape);
    return REEL_OK;
}

static reel_status attention_backward(const reel_attention_grad_args *a)
{
    counted += 5.0 * scores(&a->shape);
    return REEL_OK;
}

static double taps(const reel_conv_shape *s)
{
    return 2.0 * (double)(s->batch * reel_conv_outputs(s) * reel_conv_taps(s) * s->in_channels *
                          s->out_channels);
}

static reel_status conv(const reel_conv_args *a)
{
    counted += taps(&a->shape);
    return REEL_OK;
}

static reel_status conv_backward(const reel_conv_grad_args *a)
{
    counted += ((a->dx != NULL) + (a->dw != NULL)) * taps(&a->shape);
    return REEL_OK;
}

const reel_kernels *reel_arithmetic_kernels(void)
{
    static reel_kernels table;
    table = *reel_kernels_get();
    table.linear = (reel_linear_kernels){ linear, linear_backward };
    table.linear_int8 = (reel_linear_int8_kernels){ linear_int8 };
    table.attention = (reel_attention_kernels){ attention, attention_backward };
    table.attention_int8 = (reel_attention_int8_kernels){ attention_int8 };
    table.conv = (reel_conv_kernels){ conv, conv_backward };
    return &table;
}

double reel_arithmetic_take(void)
{
    const double taken = counted;
    counted = 0.0;
    return taken;
}
