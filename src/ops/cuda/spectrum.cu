/* CUDA kernels of complex spectra. */
#include "ops/cuda/lanes.cuh"

constexpr float FLOOR = 1e-12f;

template <int V> static __global__ void sizes(reel_cuda_rows rows, reel_magnitude_args a)
{
    for (reel_piece<V> p(rows); p.any(); p.next()) {
        const float *z = a.z + 2 * p.row * a.bins;
        for (int64_t k = p.begin; k < p.end; k += p.step) {
            reel_floats<V> re = reel_load<V>(z + k), im = reel_load<V>(z + a.bins + k);
#pragma unroll
            for (int i = 0; i < V; i++) {
                re.at[i] = sqrtf(re.at[i] * re.at[i] + im.at[i] * im.at[i] + FLOOR);
            }
            reel_store<V>(a.m + p.row * a.bins + k, re);
        }
    }
}

template <int V> static __global__ void add_slopes(reel_cuda_rows rows, reel_magnitude_grad_args a)
{
    for (reel_piece<V> p(rows); p.any(); p.next()) {
        int64_t z = 2 * p.row * a.bins, m = p.row * a.bins;
        for (int64_t k = p.begin; k < p.end; k += p.step) {
            reel_floats<V> re = reel_load<V>(a.z + z + k), im = reel_load<V>(a.z + z + a.bins + k);
            reel_floats<V> size = reel_load<V>(a.m + m + k), dm = reel_load<V>(a.dm + m + k);
#pragma unroll
            for (int i = 0; i < V; i++) {
                float slope = dm.at[i] / size.at[i];
                re.at[i] *= slope;
                im.at[i] *= slope;
            }
            reel_accumulate<V>(a.dz + z + k, re);
            reel_accumulate<V>(a.dz + z + a.bins + k, im);
        }
    }
}

/* Squares of magnitudes near 1e-12 are still normal f32, so one test of the sum decides. */
template <int V> static __global__ void resize(reel_cuda_rows rows, reel_with_magnitude_args a)
{
    for (reel_piece<V> p(rows); p.any(); p.next()) {
        int64_t z = 2 * p.row * a.bins;
        for (int64_t k = p.begin; k < p.end; k += p.step) {
            reel_floats<V> re = reel_load<V>(a.z + z + k), im = reel_load<V>(a.z + z + a.bins + k);
            reel_floats<V> m = reel_load<V>(a.m + p.row * a.bins + k);
#pragma unroll
            for (int i = 0; i < V; i++) {
                float size = sqrtf(re.at[i] * re.at[i] + im.at[i] * im.at[i]);
                bool has_phase = size >= FLOOR;
                float factor = m.at[i] / (has_phase ? size : 1.0f);
                re.at[i] = has_phase ? factor * re.at[i] : m.at[i];
                im.at[i] = has_phase ? factor * im.at[i] : 0.0f;
            }
            reel_store<V>(a.y + z + k, re);
            reel_store<V>(a.y + z + a.bins + k, im);
        }
    }
}

static reel_status magnitude(const reel_magnitude_args *a)
{
    reel_cuda_rows rows = reel_cuda_rows_of(a->rows, a->bins, false);
    return reel_cuda_run({ "spectrum.magnitude", reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
                         REEL_BY_WIDTH(sizes, a->bins), rows, *a);
}

static reel_status magnitude_backward(const reel_magnitude_grad_args *a)
{
    reel_cuda_rows rows = reel_cuda_rows_of(a->rows, a->bins, false);
    return reel_cuda_run(
        { "spectrum.magnitude_backward", reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
        REEL_BY_WIDTH(add_slopes, a->bins), rows, *a);
}

static reel_status with_magnitude(const reel_with_magnitude_args *a)
{
    reel_cuda_rows rows = reel_cuda_rows_of(a->rows, a->bins, false);
    return reel_cuda_run(
        { "spectrum.with_magnitude", reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
        REEL_BY_WIDTH(resize, a->bins), rows, *a);
}

const reel_spectrum_kernels reel_spectrum_cuda = { magnitude, magnitude_backward, with_magnitude };
