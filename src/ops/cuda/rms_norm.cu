/* CUDA kernels of the RMS norm: a group of lanes per row. */
#include "ops/cuda/column_sums.cuh"

template <int V> static __global__ void normalise(reel_cuda_rows rows, reel_rms_norm_args a)
{
    for (reel_piece<V> p(rows); p.any(); p.next()) {
        const float *x = a.x + p.row * a.width;
        float squares = 0.0f;
        for (int64_t c = p.begin; c < p.end; c += p.step) {
            reel_floats<V> part = reel_load<V>(x + c);
#pragma unroll
            for (int i = 0; i < V; i++) {
                squares += part.at[i] * part.at[i];
            }
        }
        squares = reel_lanes_sum(squares, rows.lanes);
        float rstd = 1.0f / sqrtf(squares / (float)a.width + a.eps);
        if (p.row >= 0 && p.lane == 0) {
            a.rstd[p.row] = rstd;
        }
        for (int64_t c = p.begin; c < p.end; c += p.step) {
            reel_floats<V> y = reel_load<V>(x + c);
            reel_floats<V> w = {};
            if (a.w) {
                w = reel_load<V>(a.w + c);
            }
#pragma unroll
            for (int i = 0; i < V; i++) {
                y.at[i] *= rstd;
                y.at[i] = a.w ? y.at[i] * w.at[i] : y.at[i];
            }
            reel_store<V>(a.y + p.row * a.width + c, y);
        }
    }
}

/* g = dy * w */
template <int V>
static __device__ reel_floats<V> weighted(const float *dy, const float *w, int64_t c)
{
    reel_floats<V> g = reel_load<V>(dy + c);
    if (w) {
        reel_floats<V> factor = reel_load<V>(w + c);
#pragma unroll
        for (int i = 0; i < V; i++) {
            g.at[i] *= factor.at[i];
        }
    }
    return g;
}

/* With n = x * rstd:   dx = rstd * (g - n * mean_c(g * n)). */
template <int V> static __global__ void add_dx(reel_cuda_rows rows, reel_rms_norm_grad_args a)
{
    for (reel_piece<V> p(rows); p.any(); p.next()) {
        const float *x = a.x + p.row * a.width, *dy = a.dy + p.row * a.width;
        float sum = 0.0f;
        for (int64_t c = p.begin; c < p.end; c += p.step) {
            reel_floats<V> g = weighted<V>(dy, a.w, c), part = reel_load<V>(x + c);
#pragma unroll
            for (int i = 0; i < V; i++) {
                sum += g.at[i] * part.at[i];
            }
        }
        sum = reel_lanes_sum(sum, rows.lanes);
        float rstd = p.row >= 0 ? a.rstd[p.row] : 0.0f;
        float of_x = sum * rstd * rstd * rstd / (float)a.width;
        for (int64_t c = p.begin; c < p.end; c += p.step) {
            reel_floats<V> dx = weighted<V>(dy, a.w, c), part = reel_load<V>(x + c);
#pragma unroll
            for (int i = 0; i < V; i++) {
                dx.at[i] = rstd * dx.at[i] - of_x * part.at[i];
            }
            reel_give<V>(a.dx + p.row * a.width + c, dx, a.dx_is_new);
        }
    }
}

/* dw = sum_r dy * n. */
struct gain_terms {
    const float *dy, *x, *rstd;
    int64_t width;

    template <int V>
    __device__ void at(reel_floats<V> (&out)[1], int64_t, int64_t r, int64_t c) const
    {
        out[0] = reel_load<V>(dy + r * width + c);
        reel_floats<V> part = reel_load<V>(x + r * width + c);
#pragma unroll
        for (int i = 0; i < V; i++) {
            out[0].at[i] *= part.at[i] * rstd[r];
        }
    }
};

static reel_status forward(const reel_rms_norm_args *a)
{
    reel_cuda_rows rows = reel_cuda_rows_of(a->rows, a->width, true);
    return reel_cuda_run({ "rms_norm.forward", reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
                         REEL_BY_WIDTH(normalise, a->width), rows, *a);
}

static reel_status backward(const reel_rms_norm_grad_args *a)
{
    if (a->dx) {
        reel_cuda_rows rows = reel_cuda_rows_of(a->rows, a->width, true);
        REEL_TRY(
            reel_cuda_run({ "rms_norm.backward", reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
                          REEL_BY_WIDTH(add_dx, a->width), rows, *a));
    }
    if (!a->dw) {
        return REEL_OK;
    }
    return reel_column_sums<1>("rms_norm.backward", { a->dw }, { 1, a->rows, a->width },
                               gain_terms{ a->dy, a->x, a->rstd, a->width });
}

const reel_rms_norm_kernels reel_rms_norm_cuda = { forward, backward };
