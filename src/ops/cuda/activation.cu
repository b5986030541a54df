/* CUDA kernels of SwiGLU. */
#include "ops/cuda/gate.cuh"
#include "ops/cuda/lanes.cuh"

template <int V> static __global__ void gate_rows(reel_cuda_rows rows, reel_swiglu_args a)
{
    for (reel_piece<V> p(rows); p.any(); p.next()) {
        const float *gates = a.x + 2 * p.row * a.width, *values = gates + a.width;
        for (int64_t c = p.begin; c < p.end; c += p.step) {
            reel_floats<V> y = reel_load<V>(values + c), gate = reel_load<V>(gates + c);
#pragma unroll
            for (int i = 0; i < V; i++) {
                y.at[i] *= reel_silu_of(gate.at[i]);
            }
            reel_store<V>(a.y + p.row * a.width + c, y);
        }
    }
}

template <int V> static __global__ void add_slopes(reel_cuda_rows rows, reel_swiglu_grad_args a)
{
    for (reel_piece<V> p(rows); p.any(); p.next()) {
        int64_t gates = 2 * p.row * a.width, values = gates + a.width;
        for (int64_t c = p.begin; c < p.end; c += p.step) {
            reel_floats<V> dy = reel_load<V>(a.dy + p.row * a.width + c), dgate, dvalue;
            reel_floats<V> gate = reel_load<V>(a.x + gates + c);
            reel_floats<V> value = reel_load<V>(a.x + values + c);
#pragma unroll
            for (int i = 0; i < V; i++) {
                dgate.at[i] = dy.at[i] * value.at[i] * reel_silu_slope(gate.at[i]);
                dvalue.at[i] = dy.at[i] * reel_silu_of(gate.at[i]);
            }
            reel_accumulate<V>(a.dx + gates + c, dgate);
            reel_accumulate<V>(a.dx + values + c, dvalue);
        }
    }
}

static reel_status forward(const reel_swiglu_args *a)
{
    reel_cuda_rows rows = reel_cuda_rows_of(a->rows, a->width, false);
    return reel_cuda_run({ "swiglu.forward", reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
                         REEL_BY_WIDTH(gate_rows, a->width), rows, *a);
}

static reel_status backward(const reel_swiglu_grad_args *a)
{
    reel_cuda_rows rows = reel_cuda_rows_of(a->rows, a->width, false);
    return reel_cuda_run({ "swiglu.backward", reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
                         REEL_BY_WIDTH(add_slopes, a->width), rows, *a);
}

const reel_swiglu_kernels reel_swiglu_cuda = { forward, backward };
