/* CUDA kernels of the patches: runs of pw * C elements lie together in both layouts. */
#include "ops/cuda/lanes.cuh"

/* Where run number n of the grid lies in the patches, in elements. */
static __device__ int64_t in_patches(const reel_patchify_args &a, int64_t n, int64_t run)
{
    int64_t across = a.width / a.pw, line = n / across, w = n - line * across;
    int64_t h = line % a.height, t = line / a.height % a.frames, b = line / a.height / a.frames;
    int64_t patch =
        ((b * (a.frames / a.pt) + t / a.pt) * (a.height / a.ph) + h / a.ph) * across + w;
    return ((patch * a.pt + t % a.pt) * a.ph + h % a.ph) * run;
}

template <int V, bool TO_PATCHES>
static __global__ void move(reel_cuda_rows rows, reel_patchify_args a)
{
    for (reel_piece<V> p(rows); p.any(); p.next()) {
        int64_t grid = p.row * rows.width;
        int64_t patches = p.row < 0 ? 0 : in_patches(a, p.row, rows.width);
        float *target = a.target + (TO_PATCHES ? patches : grid);
        const float *source = a.source + (TO_PATCHES ? grid : patches);
        for (int64_t c = p.begin; c < p.end; c += p.step) {
            reel_floats<V> x = reel_load<V>(source + c);
            if (a.add) {
                reel_accumulate<V>(target + c, x);
            } else {
                reel_store<V>(target + c, x);
            }
        }
    }
}

template <bool TO_PATCHES> static reel_status run(const char *name, const reel_patchify_args *a)
{
    int64_t width = a->pw * a->channels, count = a->batch * a->frames * a->height * a->width;
    reel_cuda_rows rows = reel_cuda_rows_of(count / a->pw, width, false);
    return reel_cuda_run({ name, reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
                         reel_vector_of(width) == 4 ? move<4, TO_PATCHES> : move<1, TO_PATCHES>,
                         rows, *a);
}

static reel_status to_patches(const reel_patchify_args *a)
{
    return run<true>("patchify.to_patches", a);
}

static reel_status to_grid(const reel_patchify_args *a)
{
    return run<false>("patchify.to_grid", a);
}

const reel_patchify_kernels reel_patchify_cuda = { to_patches, to_grid };
