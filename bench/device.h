/* What the benchmarks share: the device they run on, and random tensors there. */
#ifndef BENCH_DEVICE_H
#define BENCH_DEVICE_H

#include "base/rng.h"
#include "tensor/runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void bench_fail(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, reel_error_message());
    exit(1);
}

/* Select the device that "--device NAME" asks for, and return the word that is left (NULL: none).
 */
static inline const char *bench_select(int argc, char **argv)
{
    const char *name = NULL, *word = NULL;
    const reel_device *device;
    setvbuf(stdout, NULL, _IOLBF, 0); /* what was measured stays when a run is stopped */
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--device") == 0 && i + 1 < argc) {
            name = argv[++i];
        } else {
            word = argv[i];
        }
    }
    if (reel_device_open(&device, name) < 0 || reel_device_select(device, NULL) < 0) {
        bench_fail("device");
    }
    printf("on %s\n", device->name);
    return word;
}

/* Normal numbers into t. */
static inline void bench_randomise(reel_rt *rt, reel_tensor *t, uint64_t sequence)
{
    size_t mark = reel_arena_mark(&rt->host);
    float *values = reel_host_scratch(rt, reel_count(t));
    if (!values) {
        bench_fail("random numbers");
    }
    reel_rng_fill_normal(values, (size_t)reel_count(t), 1, sequence);
    if (reel_copy_in(t->data, values, reel_size_bytes(t)) < 0 || reel_synchronise() < 0) {
        bench_fail("random numbers");
    }
    reel_arena_release(&rt->host, mark);
}

/* Everything asked for so far is done. */
static inline void bench_wait(void)
{
    if (reel_synchronise() < 0) {
        bench_fail("device");
    }
}

#endif
