/* CUDA kernels of copies of runs. */
#include "ops/cuda/lanes.cuh"

template <int V, bool ADD> static __global__ void move(reel_cuda_rows rows, reel_copy_runs_args a)
{
    for (reel_piece<V> p(rows); p.any(); p.next()) {
        float *target = a.target + p.row * a.target_stride;
        const float *source = a.source + p.row * a.source_stride;
        for (int64_t c = p.begin; c < p.end; c += p.step) {
            reel_floats<V> x = reel_load<V>(source + c);
            if (ADD) {
                reel_accumulate<V>(target + c, x);
            } else {
                reel_store<V>(target + c, x);
            }
        }
    }
}

/* Runs begin anywhere inside a row: whether all of them lie at multiples of 16 bytes. */
static bool is_aligned(const reel_copy_runs_args *a)
{
    return (reinterpret_cast<uintptr_t>(a->target) % 16 == 0) &&
           (reinterpret_cast<uintptr_t>(a->source) % 16 == 0) && a->target_stride % 4 == 0 &&
           a->source_stride % 4 == 0 && a->run % 4 == 0;
}

template <bool ADD> static reel_status run(const char *name, const reel_copy_runs_args *a)
{
    reel_cuda_rows rows = reel_cuda_rows_of(a->outer, a->run, false);
    return reel_cuda_run({ name, reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
                         is_aligned(a) ? move<4, ADD> : move<1, ADD>, rows, *a);
}

static reel_status copy(const reel_copy_runs_args *a)
{
    return run<false>("copy_runs.copy", a);
}

static reel_status add(const reel_copy_runs_args *a)
{
    return run<true>("copy_runs.add", a);
}

const reel_copy_runs_kernels reel_copy_runs_cuda = { copy, add };
