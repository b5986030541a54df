/* CUDA kernels of the frames of a signal: copies, and sums in the order of the frames. */
#include "ops/cuda/lanes.cuh"

/* A row is a frame; its start need not lie at a multiple of 16 bytes. */
static __global__ void cut_frames(reel_cuda_rows rows, reel_frame_args a)
{
    for (reel_piece<1> p(rows); p.any(); p.next()) {
        const float *source = a.source + p.row / a.frames * a.samples + p.row % a.frames * a.hop;
        float *target = a.target + p.row * a.window;
        for (int64_t i = p.begin; i < p.end; i += p.step) {
            target[i] = a.add ? target[i] + source[i] : source[i];
        }
    }
}

/* One thread owns a sample. */
static __global__ void overlap_frames(reel_frame_args a)
{
    REEL_CUDA_EACH(n, a.batch * a.samples)
    {
        int64_t b = n / a.samples, s = n % a.samples;
        int64_t first = s < a.window ? 0 : (s - a.window) / a.hop + 1, last = s / a.hop;
        float sum = a.add ? a.target[n] : 0.0f;
        for (int64_t f = first; f <= last && f < a.frames; f++) {
            sum += a.source[(b * a.frames + f) * a.window + s - f * a.hop];
        }
        a.target[n] = sum;
    }
}

static reel_status cut(const reel_frame_args *a)
{
    int64_t frames = a->batch * a->frames;
    reel_cuda_rows rows = { frames, a->window, reel_cuda_ceil(a->window, REEL_CUDA_PIECE),
                            REEL_CUDA_PIECE, REEL_WARP };
    return reel_cuda_run({ "frame.cut", reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 }, cut_frames,
                         rows, *a);
}

static reel_status overlap(const reel_frame_args *a)
{
    return reel_cuda_run(
        { "frame.overlap", reel_cuda_grid(a->batch * a->samples), REEL_CUDA_BLOCK, 0 },
        overlap_frames, *a);
}

const reel_frame_kernels reel_frame_cuda = { cut, overlap };
