/* CUDA kernels of the rotary positions: a lane turns the same pairs of every head of a token, so
 * that it needs their sines and cosines once. */
#include "ops/cuda/lanes.cuh"

/* BACK turns the other way, and adds unless y is new. */
template <int V, bool BACK> static __global__ void turn(reel_cuda_rows tokens, reel_rope_args a)
{
    for (reel_piece<V> p(tokens); p.any(); p.next()) {
        const float *angles = a.angles + p.row % a.length * a.half;
        int64_t at = p.row * a.heads * 2 * a.half;
        for (int64_t c = p.begin; c < p.end; c += p.step) {
            reel_floats<V> sine = reel_load<V>(angles + c), cosine;
#pragma unroll
            for (int i = 0; i < V; i++) {
                sincosf(BACK ? -sine.at[i] : sine.at[i], &sine.at[i], &cosine.at[i]);
            }
            for (int64_t low = at + c; low < at + a.heads * 2 * a.half; low += 2 * a.half) {
                reel_floats<V> x = reel_load<V>(a.x + low), z = reel_load<V>(a.x + low + a.half);
#pragma unroll
                for (int i = 0; i < V; i++) {
                    float first = x.at[i] * cosine.at[i] - z.at[i] * sine.at[i];
                    z.at[i] = z.at[i] * cosine.at[i] + x.at[i] * sine.at[i];
                    x.at[i] = first;
                }
                if (BACK) {
                    reel_give<V>(a.y + low, x, a.y_is_new);
                    reel_give<V>(a.y + low + a.half, z, a.y_is_new);
                } else {
                    reel_store<V>(a.y + low, x);
                    reel_store<V>(a.y + low + a.half, z);
                }
            }
        }
    }
}

template <bool BACK> static reel_status run(const char *name, const reel_rope_args *a)
{
    reel_cuda_rows tokens = reel_cuda_rows_of(a->batch * a->length, a->half, false);
    return reel_cuda_run({ name, reel_cuda_row_grid(tokens), REEL_CUDA_BLOCK, 0 },
                         reel_vector_of(a->half) == 4 ? turn<4, BACK> : turn<1, BACK>, tokens, *a);
}

static reel_status forward(const reel_rope_args *a)
{
    return run<false>("rope.forward", a);
}

static reel_status backward(const reel_rope_args *a)
{
    return run<true>("rope.backward", a);
}

const reel_rope_kernels reel_rope_cuda = { forward, backward };
