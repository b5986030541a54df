/* How fast the operators that only move numbers run: forward and backward kernels in GB/s of the
 * bytes they must touch, the best of many runs.
 *
 *     reel_bench_rows                    all cases
 *     reel_bench_rows rope               the cases whose name begins so
 *     reel_bench_rows --device cuda      on a GPU: beside a copy within its memory */
#include "base/clock.h"
#include "device.h"
#include "ops/ops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPEATS = 31, MAX_INPUTS = 3, HEAD = 64 };
static const size_t STEP_BYTES = (size_t)1 << 30, GPU_STEP_BYTES = (size_t)16 << 30;

typedef reel_tensor *(*bench_operator)(reel_rt *rt, reel_tensor **in);

static reel_tensor *add(reel_rt *rt, reel_tensor **in)
{
    return reel_add(rt, in[0], in[1]);
}

static reel_tensor *rms_norm(reel_rt *rt, reel_tensor **in)
{
    return reel_rms_norm(rt, in[0], NULL, 1e-6f);
}

static reel_tensor *qk_norm(reel_rt *rt, reel_tensor **in)
{
    int64_t rows = reel_count(in[0]) / HEAD;
    return reel_rms_norm(rt, REEL_VIEW(rt, in[0], rows, HEAD), in[1], 1e-6f);
}

static reel_tensor *layer_norm(reel_rt *rt, reel_tensor **in)
{
    return reel_layer_norm(rt, in[0], in[1], in[2], 1e-6f);
}

static reel_tensor *modulate(reel_rt *rt, reel_tensor **in)
{
    return reel_modulate(rt, in[0], in[1], in[2]);
}

static reel_tensor *gated_add(reel_rt *rt, reel_tensor **in)
{
    return reel_gated_add(rt, in[0], in[1], in[2]);
}

static reel_tensor *rope(reel_rt *rt, reel_tensor **in)
{
    return reel_rope(rt, in[0], (int)(reel_width(in[0]) / HEAD), in[1]);
}

static reel_tensor *gelu(reel_rt *rt, reel_tensor **in)
{
    return reel_gelu(rt, in[0]);
}

static reel_tensor *swiglu(reel_rt *rt, reel_tensor **in)
{
    return reel_swiglu(rt, in[0]);
}

static reel_tensor *add_rows(reel_rt *rt, reel_tensor **in)
{
    return reel_add_rows(rt, in[0], in[1]);
}

static reel_tensor *mse(reel_rt *rt, reel_tensor **in)
{
    return reel_mse(rt, in[0], in[1], NULL);
}

/* What stands in the place of each input. */
typedef enum { NONE, TOKENS, SAMPLES, WIDTH, PER_HEAD, ANGLES } input_kind;

static const struct {
    const char *name;
    bench_operator run;
    input_kind in[MAX_INPUTS];
    double forward, backward; /* tensors of the size of x read and written */
} cases[] = {
    { "add", add, { TOKENS, TOKENS }, 3, 6 },
    { "rms_norm", rms_norm, { TOKENS }, 2, 4 },
    { "rms_norm/qk", qk_norm, { TOKENS, PER_HEAD }, 2, 4 },
    { "layer_norm", layer_norm, { TOKENS, WIDTH, WIDTH }, 2, 4 },
    { "modulate", modulate, { TOKENS, SAMPLES, SAMPLES }, 2, 4 },
    { "gated_add", gated_add, { TOKENS, TOKENS, SAMPLES }, 3, 6 },
    { "rope", rope, { TOKENS, ANGLES }, 2, 3 },
    { "gelu", gelu, { TOKENS }, 2, 4 },
    { "swiglu", swiglu, { TOKENS }, 1.5, 3.5 },
    { "add_rows", add_rows, { TOKENS, WIDTH }, 2, 4 },
    { "mse", mse, { TOKENS, TOKENS }, 2, 6 },
};

static reel_tensor *input(reel_rt *rt, input_kind kind, const int64_t *size, uint64_t sequence)
{
    static const int ranks[] = { 0, 3, 2, 1, 1, 2 };
    const int64_t dims[][3] = {
        { 0 },    { size[0], size[1], size[2] }, { size[0], size[2] }, { size[2] },
        { HEAD }, { size[1], HEAD / 2 }
    };
    if (kind == NONE) {
        return NULL;
    }
    reel_tensor *t = reel_new(rt, REEL_F32, ranks[kind], dims[kind]);
    bench_randomise(rt, t, sequence);
    t->wants_grad = kind != ANGLES;
    reel_grad_of(rt, t);
    return t;
}

/* Neighbours on the machine only ever make a run slower. */
static double lower(double a, double b)
{
    return a < b ? a : b;
}

static void run_case(reel_rt *rt, size_t c, const int64_t *size)
{
    reel_rt_reset(rt);
    rt->recording = 1;
    reel_tensor *in[MAX_INPUTS];
    for (int i = 0; i < MAX_INPUTS; i++) {
        in[i] = input(rt, cases[c].in[i], size, (uint64_t)i);
    }
    double forward = 1e9, backward = 1e9;
    size_t mark = reel_arena_mark(&rt->arena);
    for (int i = 0; i < REPEATS; i++) {
        reel_arena_release(&rt->arena, mark);
        double start = reel_clock_seconds();
        reel_tensor *y = cases[c].run(rt, in);
        bench_wait();
        double middle = reel_clock_seconds();
        reel_grad_of(rt, y);
        bench_wait();
        double again = reel_clock_seconds();
        if (rt->status < 0 || rt->tape->backward(rt, rt->tape) < 0) {
            bench_fail(cases[c].name);
        }
        bench_wait();
        double end = reel_clock_seconds();
        forward = lower(forward, middle - start);
        backward = lower(backward, end - again);
    }
    double bytes = 4.0 * (double)(size[0] * size[1] * size[2]);
    printf(
        "%-12s [%lld, %3lld, %3lld]  forward %6.1f us %6.1f GB/s   backward %6.1f us %6.1f GB/s\n",
        cases[c].name, (long long)size[0], (long long)size[1], (long long)size[2], forward * 1e6,
        cases[c].forward * bytes / forward / 1e9, backward * 1e6,
        cases[c].backward * bytes / backward / 1e9);
}

/* What moving numbers costs at least: one tensor copied to another. */
static void time_copy(reel_rt *rt)
{
    int64_t side = reel_device_current()->kind == REEL_DEVICE_CPU ? 2048 : 16384;
    reel_tensor *from = REEL_NEW(rt, REEL_F32, side, side), *to = reel_new_like(rt, from);
    bench_randomise(rt, from, 0);
    double best = 1e9;
    for (int i = 0; i < REPEATS; i++) {
        double start = reel_clock_seconds();
        reel_assign(rt, to, from);
        bench_wait();
        best = lower(best, reel_clock_seconds() - start);
    }
    printf("copy %.1f GB/s\n", 2.0 * (double)reel_size_bytes(from) / best / 1e9);
}

int main(int argc, char **argv)
{
    reel_rt rt;
    const char *word = bench_select(argc, argv), *prefix = word ? word : "";
    int is_gpu = reel_device_current()->kind != REEL_DEVICE_CPU;
    if (reel_rt_init(&rt, reel_kernels_get(), is_gpu ? GPU_STEP_BYTES : STEP_BYTES) < 0) {
        bench_fail("memory");
    }
    time_copy(&rt);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        if (strncmp(cases[c].name, prefix, strlen(prefix)) == 0) {
            run_case(&rt, c, (int64_t[]){ 1, 1, HEAD });
            run_case(&rt, c, (int64_t[]){ 8, 600, 192 });
            run_case(&rt, c, (int64_t[]){ 8, 600, 768 });
            if (is_gpu) { /* past every cache */
                run_case(&rt, c, (int64_t[]){ 4, 16384, 2048 });
            }
        }
    }
    reel_rt_deinit(&rt);
    return 0;
}
