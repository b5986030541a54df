/* CUDA kernels of the linear layer: matrix products, and column sums for the bias. */
#include "ops/cuda/column_sums.cuh"
#include "ops/cuda/gemm.cuh"

static reel_status forward(const reel_linear_args *a)
{
    reel_cuda_gemm_shape shape = {};
    shape.transpose_b = 1;
    shape.m = a->rows, shape.n = a->out, shape.k = a->in;
    shape.a_row = a->in, shape.b_row = a->in, shape.c_row = a->out;
    shape.alpha = 1.0f;
    return reel_cuda_gemm(&shape, a->x, a->w, a->y, a->b, "linear.forward");
}

/* dx += dy w, or dx = dy w where it is new. */
static reel_status add_dx(const reel_linear_grad_args *a)
{
    reel_cuda_gemm_shape shape = {};
    shape.m = a->rows, shape.n = a->in, shape.k = a->out;
    shape.a_row = a->out, shape.b_row = a->in, shape.c_row = a->in;
    shape.alpha = 1.0f;
    shape.beta = a->dx_is_new ? 0.0f : 1.0f;
    return reel_cuda_gemm(&shape, a->dy, a->w, a->dx, nullptr, "linear.backward");
}

/* dw += dy^T x */
static reel_status add_dw(const reel_linear_grad_args *a)
{
    reel_cuda_gemm_shape shape = {};
    shape.transpose_a = 1;
    shape.m = a->out, shape.n = a->in, shape.k = a->rows;
    shape.a_row = a->out, shape.b_row = a->in, shape.c_row = a->in;
    shape.alpha = shape.beta = 1.0f;
    return reel_cuda_gemm(&shape, a->dy, a->x, a->dw, nullptr, "linear.backward");
}

/* Row r of dy, for the sums that are the bias's gradient. */
struct bias_terms {
    const float *dy;
    int64_t width;
    template <int V>
    __device__ void at(reel_floats<V> (&out)[1], int64_t, int64_t row, int64_t column) const
    {
        out[0] = reel_load<V>(dy + row * width + column);
    }
};

static reel_status add_db(const reel_linear_grad_args *a)
{
    return reel_column_sums<1>("linear.backward", { a->db }, { 1, a->rows, a->out },
                               bias_terms{ a->dy, a->out });
}

static reel_status backward(const reel_linear_grad_args *a)
{
    REEL_TRY(a->dx ? add_dx(a) : REEL_OK);
    REEL_TRY(a->dw ? add_dw(a) : REEL_OK);
    return a->db ? add_db(a) : REEL_OK;
}

const reel_linear_kernels reel_linear_cuda = { forward, backward };
