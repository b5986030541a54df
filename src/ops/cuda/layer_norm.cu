/* CUDA kernels of the layer norm: a group of lanes per row. */
#include "ops/cuda/column_sums.cuh"

template <int V>
static __device__ float sum_of_squares_about(const reel_piece<V> &p, const float *x, float mean)
{
    float squares = 0.0f;
    for (int64_t c = p.begin; c < p.end; c += p.step) {
        reel_floats<V> part = reel_load<V>(x + c);
#pragma unroll
        for (int i = 0; i < V; i++) {
            squares += (part.at[i] - mean) * (part.at[i] - mean);
        }
    }
    return squares;
}

template <int V> static __global__ void normalise(reel_cuda_rows rows, reel_layer_norm_args a)
{
    for (reel_piece<V> p(rows); p.any(); p.next()) {
        const float *x = a.x + p.row * a.width;
        float sum = 0.0f;
        for (int64_t c = p.begin; c < p.end; c += p.step) {
            reel_floats<V> part = reel_load<V>(x + c);
#pragma unroll
            for (int i = 0; i < V; i++) {
                sum += part.at[i];
            }
        }
        float mean = reel_lanes_sum(sum, rows.lanes) / (float)a.width;
        float squares = reel_lanes_sum(sum_of_squares_about<V>(p, x, mean), rows.lanes);
        float rstd = 1.0f / sqrtf(squares / (float)a.width + a.eps);
        if (p.row >= 0 && p.lane == 0) {
            a.mean[p.row] = mean;
            a.rstd[p.row] = rstd;
        }
        for (int64_t c = p.begin; c < p.end; c += p.step) {
            reel_floats<V> y = reel_load<V>(x + c);
#pragma unroll
            for (int i = 0; i < V; i++) {
                y.at[i] = (y.at[i] - mean) * rstd;
                y.at[i] = a.w ? y.at[i] * a.w[c + i] : y.at[i];
                y.at[i] = a.b ? y.at[i] + a.b[c + i] : y.at[i];
            }
            reel_store<V>(a.y + p.row * a.width + c, y);
        }
    }
}

/* With n = (x - mean) * rstd and g = dy * w:   dx = rstd * (g - mean_c(g) - n * mean_c(g * n)). */
template <int V> static __global__ void add_dx(reel_cuda_rows rows, reel_layer_norm_grad_args a)
{
    for (reel_piece<V> p(rows); p.any(); p.next()) {
        const float *x = a.x + p.row * a.width, *dy = a.dy + p.row * a.width;
        float mean = p.row >= 0 ? a.mean[p.row] : 0.0f, rstd = p.row >= 0 ? a.rstd[p.row] : 0.0f;
        float sum_g = 0.0f, sum_gx = 0.0f;
        for (int64_t c = p.begin; c < p.end; c += p.step) {
            reel_floats<V> part = reel_load<V>(x + c), g = reel_load<V>(dy + c);
#pragma unroll
            for (int i = 0; i < V; i++) {
                g.at[i] = a.w ? g.at[i] * a.w[c + i] : g.at[i];
                sum_g += g.at[i];
                sum_gx += g.at[i] * (part.at[i] - mean);
            }
        }
        float mean_g = reel_lanes_sum(sum_g, rows.lanes) / (float)a.width;
        float of_x = reel_lanes_sum(sum_gx, rows.lanes) * rstd * rstd / (float)a.width;
        for (int64_t c = p.begin; c < p.end; c += p.step) {
            reel_floats<V> part = reel_load<V>(x + c), dx = reel_load<V>(dy + c);
#pragma unroll
            for (int i = 0; i < V; i++) {
                float g = a.w ? dx.at[i] * a.w[c + i] : dx.at[i];
                dx.at[i] = rstd * (g - mean_g - (part.at[i] - mean) * of_x);
            }
            reel_accumulate<V>(a.dx + p.row * a.width + c, dx);
        }
    }
}

/* dw = sum_r dy * n,   db = sum_r dy. */
struct weight_terms {
    const float *dy, *x, *mean, *rstd;
    int64_t width;

    template <int V>
    __device__ void at(reel_floats<V> (&out)[2], int64_t, int64_t r, int64_t c) const
    {
        out[0] = reel_load<V>(x + r * width + c);
        out[1] = reel_load<V>(dy + r * width + c);
#pragma unroll
        for (int i = 0; i < V; i++) {
            out[0].at[i] = out[1].at[i] * ((out[0].at[i] - mean[r]) * rstd[r]);
        }
    }
};

static reel_status forward(const reel_layer_norm_args *a)
{
    reel_cuda_rows rows = reel_cuda_rows_of(a->rows, a->width, true);
    return reel_cuda_run({ "layer_norm.forward", reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
                         REEL_BY_WIDTH(normalise, a->width), rows, *a);
}

static reel_status backward(const reel_layer_norm_grad_args *a)
{
    if (a->dx) {
        reel_cuda_rows rows = reel_cuda_rows_of(a->rows, a->width, true);
        REEL_TRY(
            reel_cuda_run({ "layer_norm.backward", reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
                          REEL_BY_WIDTH(add_dx, a->width), rows, *a));
    }
    if (!a->dw && !a->db) {
        return REEL_OK;
    }
    return reel_column_sums<2>("layer_norm.backward", { a->dw, a->db }, { 1, a->rows, a->width },
                               weight_terms{ a->dy, a->x, a->mean, a->rstd, a->width });
}

const reel_layer_norm_kernels reel_layer_norm_cuda = { forward, backward };
