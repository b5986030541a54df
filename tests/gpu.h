/* The GPU of a test program that needs one with memory of its own: main() returns what
 * gpu_or_skip() says unless that is 0. */
#ifndef TESTS_GPU_H
#define TESTS_GPU_H

#include "tensor/device.h"

#include <stdio.h>

enum { GPU_SKIPPED = 77 };

static const reel_device *gpu;

/* "cuda,f32": close to the processor's results. */
static inline int gpu_or_skip(void)
{
    if (reel_device_open(&gpu, "cuda,f32") < 0) {
        printf("skipped: no CUDA device: %s\n", reel_error_message());
        return GPU_SKIPPED;
    }
    printf("on %s\n", gpu->name);
    return 0;
}

#endif
