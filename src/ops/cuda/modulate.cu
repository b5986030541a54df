/* CUDA kernels of the modulation. */
#include "ops/cuda/column_sums.cuh"

template <int V> static __global__ void modulate(reel_cuda_rows rows, reel_modulate_args a)
{
    for (reel_piece<V> p(rows); p.any(); p.next()) {
        int64_t sample = p.row / a.rows * a.width, at = p.row * a.width;
        for (int64_t c = p.begin; c < p.end; c += p.step) {
            reel_floats<V> y = reel_load<V>(a.x + at + c);
            reel_floats<V> shift = reel_load<V>(a.shift + sample + c);
            reel_floats<V> scale = reel_load<V>(a.scale + sample + c);
#pragma unroll
            for (int i = 0; i < V; i++) {
                y.at[i] = y.at[i] * (1.0f + scale.at[i]) + shift.at[i];
            }
            reel_store<V>(a.y + at + c, y);
        }
    }
}

template <int V> static __global__ void add_dx(reel_cuda_rows rows, reel_modulate_grad_args a)
{
    for (reel_piece<V> p(rows); p.any(); p.next()) {
        int64_t sample = p.row / a.rows * a.width, at = p.row * a.width;
        for (int64_t c = p.begin; c < p.end; c += p.step) {
            reel_floats<V> dx = reel_load<V>(a.dy + at + c);
            reel_floats<V> scale = reel_load<V>(a.scale + sample + c);
#pragma unroll
            for (int i = 0; i < V; i++) {
                dx.at[i] *= 1.0f + scale.at[i];
            }
            reel_give<V>(a.dx + at + c, dx, a.dx_is_new);
        }
    }
}

/* dshift = sum_r dy,   dscale = sum_r dy * x. */
struct modulation_terms {
    const float *dy, *x;
    int64_t rows, width;

    template <int V>
    __device__ void at(reel_floats<V> (&out)[2], int64_t b, int64_t r, int64_t c) const
    {
        int64_t n = (b * rows + r) * width + c;
        out[0] = reel_load<V>(dy + n);
        out[1] = reel_load<V>(x + n);
#pragma unroll
        for (int i = 0; i < V; i++) {
            out[1].at[i] *= out[0].at[i];
        }
    }
};

static reel_status forward(const reel_modulate_args *a)
{
    reel_cuda_rows rows = reel_cuda_rows_of(a->batch * a->rows, a->width, false);
    return reel_cuda_run({ "modulate.forward", reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
                         REEL_BY_WIDTH(modulate, a->width), rows, *a);
}

static reel_status backward(const reel_modulate_grad_args *a)
{
    if (a->dx) {
        reel_cuda_rows rows = reel_cuda_rows_of(a->batch * a->rows, a->width, false);
        REEL_TRY(
            reel_cuda_run({ "modulate.backward", reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
                          REEL_BY_WIDTH(add_dx, a->width), rows, *a));
    }
    if (!a->dshift && !a->dscale) {
        return REEL_OK;
    }
    return reel_column_sums<2>("modulate.backward", { a->dshift, a->dscale },
                               { a->batch, a->rows, a->width },
                               modulation_terms{ a->dy, a->x, a->rows, a->width });
}

const reel_modulate_kernels reel_modulate_cuda = { forward, backward };
