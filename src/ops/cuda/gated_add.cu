/* CUDA kernels of the gated residual. */
#include "ops/cuda/column_sums.cuh"

template <int V> static __global__ void gated_add(reel_cuda_rows rows, reel_gated_add_args a)
{
    for (reel_piece<V> p(rows); p.any(); p.next()) {
        int64_t sample = p.row / a.rows * a.width, at = p.row * a.width;
        for (int64_t c = p.begin; c < p.end; c += p.step) {
            reel_floats<V> z = reel_load<V>(a.x + at + c), y = reel_load<V>(a.y + at + c);
            reel_floats<V> gate = reel_load<V>(a.gate + sample + c);
#pragma unroll
            for (int i = 0; i < V; i++) {
                z.at[i] += gate.at[i] * y.at[i];
            }
            reel_store<V>(a.z + at + c, z);
        }
    }
}

/* dx = dz, then dy = gate * dz: x and y may be one tensor, whose gradient is then added to twice.
 */
template <int V> static __global__ void add_slopes(reel_cuda_rows rows, reel_gated_add_grad_args a)
{
    for (reel_piece<V> p(rows); p.any(); p.next()) {
        int64_t sample = p.row / a.rows * a.width, at = p.row * a.width;
        for (int64_t c = p.begin; c < p.end; c += p.step) {
            reel_floats<V> dz = reel_load<V>(a.dz + at + c);
            if (a.dx) {
                reel_accumulate<V>(a.dx + at + c, dz);
            }
            if (a.dy) {
                reel_floats<V> gate = reel_load<V>(a.gate + sample + c);
#pragma unroll
                for (int i = 0; i < V; i++) {
                    dz.at[i] *= gate.at[i];
                }
                reel_give<V>(a.dy + at + c, dz, a.dy_is_new);
            }
        }
    }
}

/* dgate = sum_r dz * y. */
struct gate_terms {
    const float *dz, *y;
    int64_t rows, width;

    template <int V>
    __device__ void at(reel_floats<V> (&out)[1], int64_t b, int64_t r, int64_t c) const
    {
        int64_t n = (b * rows + r) * width + c;
        out[0] = reel_load<V>(dz + n);
        reel_floats<V> factor = reel_load<V>(y + n);
#pragma unroll
        for (int i = 0; i < V; i++) {
            out[0].at[i] *= factor.at[i];
        }
    }
};

static reel_status forward(const reel_gated_add_args *a)
{
    reel_cuda_rows rows = reel_cuda_rows_of(a->batch * a->rows, a->width, false);
    return reel_cuda_run({ "gated_add.forward", reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
                         REEL_BY_WIDTH(gated_add, a->width), rows, *a);
}

static reel_status backward(const reel_gated_add_grad_args *a)
{
    if (a->dx || a->dy) {
        reel_cuda_rows rows = reel_cuda_rows_of(a->batch * a->rows, a->width, false);
        REEL_TRY(
            reel_cuda_run({ "gated_add.backward", reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
                          REEL_BY_WIDTH(add_slopes, a->width), rows, *a));
    }
    if (!a->dgate) {
        return REEL_OK;
    }
    return reel_column_sums<1>("gated_add.backward", { a->dgate }, { a->batch, a->rows, a->width },
                               gate_terms{ a->dz, a->y, a->rows, a->width });
}

const reel_gated_add_kernels reel_gated_add_cuda = { forward, backward };
