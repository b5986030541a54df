/* Kernels of the patches: runs of pw * C elements lie together in both layouts. */
#include "ops/patchify.h"

#include "ops/c/blocks.h"

#include <string.h>

static void move_run(float *target, const float *source, int64_t count, int add)
{
    if (!add) {
        memcpy(target, source, (size_t)count * sizeof *target);
        return;
    }
#pragma omp simd
    for (int64_t i = 0; i < count; i++) {
        target[i] += source[i];
    }
}

/* One line of the grid, which holds row (i, j) of every patch along w. */
static void move_line(const reel_patchify_args *a, int64_t line, int to_patches)
{
    int64_t b = line / a->height / a->frames;
    int64_t t = line / a->height % a->frames, h = line % a->height;
    int64_t run = a->pw * a->channels, patches = a->width / a->pw;
    int64_t patch_size = (int64_t)a->pt * a->ph * run;
    int64_t first = ((b * (a->frames / a->pt) + t / a->pt) * (a->height / a->ph) + h / a->ph) *
                    patches * patch_size;
    int64_t inside = (t % a->pt * a->ph + h % a->ph) * run;
    for (int64_t w = 0; w < patches; w++) {
        int64_t in_grid = line * a->width * a->channels + w * run;
        int64_t in_patches = first + w * patch_size + inside;
        if (to_patches) {
            move_run(a->target + in_patches, a->source + in_grid, run, a->add);
        } else {
            move_run(a->target + in_grid, a->source + in_patches, run, a->add);
        }
    }
}

static void move_all(const reel_patchify_args *a, int to_patches)
{
    int64_t lines = a->batch * a->frames * a->height;
#pragma omp parallel for schedule(static) if (lines * a->width * a->channels > REEL_PARALLEL_MIN)
    for (int64_t line = 0; line < lines; line++) {
        move_line(a, line, to_patches);
    }
}

static reel_status to_patches(const reel_patchify_args *a)
{
    move_all(a, 1);
    return REEL_OK;
}

static reel_status to_grid(const reel_patchify_args *a)
{
    move_all(a, 0);
    return REEL_OK;
}

const reel_patchify_kernels reel_patchify_c = { to_patches, to_grid };
