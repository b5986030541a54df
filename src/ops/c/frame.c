/* Kernels of the frames of a signal: copies, and sums in the order of the frames. */
#include "ops/frame.h"

#include "ops/c/blocks.h"

#include <string.h>

static void add_to(float *y, const float *x, int64_t count)
{
#pragma omp simd
    for (int64_t i = 0; i < count; i++) {
        y[i] += x[i];
    }
}

static reel_status cut(const reel_frame_args *a)
{
    int64_t all = a->batch * a->frames;
#pragma omp parallel for schedule(static) if (all * a->window > REEL_PARALLEL_MIN)
    for (int64_t n = 0; n < all; n++) {
        const float *source = a->source + n / a->frames * a->samples + n % a->frames * a->hop;
        float *target = a->target + n * a->window;
        if (a->add) {
            add_to(target, source, a->window);
        } else {
            memcpy(target, source, (size_t)a->window * sizeof *target);
        }
    }
    return REEL_OK;
}

/* Samples begin..end-1 of one signal: every frame that reaches into them, first to last. */
static void overlap_piece(const reel_frame_args *a, int64_t b, int64_t begin, int64_t end)
{
    float *target = a->target + b * a->samples;
    if (!a->add) {
        memset(target + begin, 0, (size_t)(end - begin) * sizeof *target);
    }
    int64_t before = begin - a->window; /* the last start of a frame that ends too early */
    for (int64_t n = before < 0 ? 0 : before / a->hop + 1; n < a->frames; n++) {
        int64_t start = n * a->hop;
        if (start >= end) {
            break;
        }
        int64_t from = start > begin ? start : begin;
        int64_t to = reel_min(start + a->window, end);
        add_to(target + from, a->source + (b * a->frames + n) * a->window + (from - start),
               to - from);
    }
}

static reel_status overlap(const reel_frame_args *a)
{
#pragma omp parallel for collapse(2)                                                               \
    schedule(static) if (a->batch * a->frames * a->window > REEL_PARALLEL_MIN)
    for (int64_t b = 0; b < a->batch; b++) {
        for (int64_t at = 0; at < a->samples; at += REEL_BLOCK) {
            overlap_piece(a, b, at, reel_min(at + REEL_BLOCK, a->samples));
        }
    }
    return REEL_OK;
}

const reel_frame_kernels reel_frame_c = { cut, overlap };
