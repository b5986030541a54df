/* How fast the operators that multiply matrices run: forward and backward, as a share of what one
 * large linear layer reaches in the same run.
 *
 *     reel_bench_ops                         all cases
 *     reel_bench_ops attention               the cases whose name begins so
 *     reel_bench_ops --device cuda,bf16      on a GPU, whose larger cases are added */
#include "base/clock.h"
#include "device.h"
#include "ops/kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPEATS = 11, MAX_INPUTS = 4 };
static const size_t STEP_BYTES = (size_t)4 << 30, GPU_STEP_BYTES = (size_t)16 << 30;

typedef struct {
    const char *name;
    int64_t size[8];
    double flops; /* of the forward pass */
    reel_tensor *(*run)(reel_rt *rt, reel_tensor **in, const int64_t *size);
    int inputs, rank[MAX_INPUTS];
    int64_t dim[MAX_INPUTS][REEL_MAX_RANK];
} bench_case;

/* --- the operators ---------------------------------------------------------------------------- */

static reel_tensor *run_linear(reel_rt *rt, reel_tensor **in, const int64_t *size)
{
    (void)size;
    return reel_linear(rt, in[0], &(reel_linear_params){ in[1], in[2] });
}

/* rows, in, out */
static bench_case linear_case(int64_t rows, int64_t in, int64_t out)
{
    return (bench_case){ .name = "linear",
                         .size = { rows, in, out },
                         .flops = 2.0 * (double)(rows * in * out),
                         .run = run_linear,
                         .inputs = 3,
                         .rank = { 2, 2, 1 },
                         .dim = { { rows, in }, { out, in }, { out } } };
}

static reel_tensor *run_attention(reel_rt *rt, reel_tensor **in, const int64_t *size)
{
    return reel_attention(rt, in[0], in[1], in[2],
                          &(reel_attention_options){ .heads = (int)size[3] });
}

/* B, Lq, Lk, H, K */
static bench_case attention_case(int64_t b, int64_t lq, int64_t lk, int64_t heads, int64_t head)
{
    int64_t width = heads * head;
    return (bench_case){ .name = "attention",
                         .size = { b, lq, lk, heads, head },
                         .flops = 4.0 * (double)(b * lq * lk * width),
                         .run = run_attention,
                         .inputs = 3,
                         .rank = { 3, 3, 3 },
                         .dim = { { b, lq, width }, { b, lk, width }, { b, lk, width } } };
}

static reel_tensor *run_conv(reel_rt *rt, reel_tensor **in, const int64_t *size)
{
    reel_conv_options o = { .replicate_time = size[5] > 1 && size[6] > 1 };
    int64_t kernel[3] = { size[5], size[6], size[6] };
    for (int i = 0; i < 3; i++) {
        int pad = (int)kernel[i] - 1;
        o.pad_front[i] = i == 0 && o.replicate_time ? pad : pad / 2;
        o.pad_back[i] = i == 0 && o.replicate_time ? 0 : pad / 2;
        o.stride[i] = i == 0 && size[6] > 1 ? 1 : (int)size[7];
    }
    return reel_conv(rt, in[0], &(reel_conv_params){ in[1], in[2] }, &o);
}

/* B, T, H, W, C, kT, kH = kW, stride (in space, or along tokens when kH = 1) */
static bench_case conv_case(const int64_t size[8])
{
    int64_t c = size[4], kt = size[5], ks = size[6], stride = size[7];
    bench_case bench = {
        .name = "conv",
        .run = run_conv,
        .inputs = 3,
        .rank = { 5, 5, 1 },
        .dim = { { size[0], size[1], size[2], size[3], c }, { c, kt, ks, ks, c }, { c } }
    };
    memcpy(bench.size, size, sizeof bench.size);
    double outputs = (double)(size[0] * size[1] * size[2] * size[3]);
    outputs /= (double)(ks > 1 ? stride * stride : stride);
    bench.flops = 2.0 * outputs * (double)(c * c * kt * ks * ks);
    return bench;
}

/* --- timing ------------------------------------------------------------------------------------
 */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

typedef struct {
    double forward, backward; /* seconds, the middle of several runs */
    double best_forward;
} timing;

/* Inputs with their gradients already in memory, so that the clock sees the kernels alone. */
static void make_inputs(const bench_case *c, reel_rt *rt, reel_tensor **in)
{
    for (int i = 0; i < c->inputs; i++) {
        in[i] = reel_new(rt, REEL_F32, c->rank[i], c->dim[i]);
        if (rt->status == REEL_OK) {
            bench_randomise(rt, in[i], (uint64_t)i);
            in[i]->wants_grad = 1;
            reel_grad_of(rt, in[i]);
        }
    }
}

static timing measure(const bench_case *c, reel_rt *rt)
{
    double forward[REPEATS], backward[REPEATS];
    for (int i = 0; i < REPEATS; i++) {
        reel_rt_reset(rt);
        rt->recording = 1;
        reel_tensor *in[MAX_INPUTS];
        make_inputs(c, rt, in);
        double start = reel_clock_seconds();
        reel_tensor *y = c->run(rt, in, c->size);
        bench_wait();
        forward[i] = reel_clock_seconds() - start;
        reel_tensor *dy = reel_grad_of(rt, y);
        if (rt->status == REEL_OK && dy) {
            bench_randomise(rt, dy, MAX_INPUTS);
            start = reel_clock_seconds();
            rt->status = rt->tape->backward(rt, rt->tape);
            bench_wait();
            backward[i] = reel_clock_seconds() - start;
        }
        if (rt->status < 0 || !dy) {
            bench_fail(c->name);
        }
    }
    qsort(forward, REPEATS, sizeof *forward, by_value);
    qsort(backward, REPEATS, sizeof *backward, by_value);
    return (timing){ forward[REPEATS / 2], backward[REPEATS / 2], forward[0] };
}

static void report(const bench_case *c, timing t, double peak)
{
    char shape[96] = "";
    size_t at = 0;
    for (int i = 0; i < 8 && c->size[i]; i++) {
        at += (size_t)snprintf(shape + at, sizeof shape - at, "%s%lld", i ? "x" : "",
                               (long long)c->size[i]);
    }
    /* backward: two products per product; attention computes its scores once more */
    double twice = strcmp(c->name, "attention") == 0 ? 2.5 : 2.0;
    double forward = c->flops / t.forward, backward = twice * c->flops / t.backward;
    printf("%-10s %-28s forward %9.1f us %6.1f GFLOP/s %4.2f   backward %9.1f us %6.1f GFLOP/s "
           "%4.2f\n",
           c->name, shape, t.forward * 1e6, forward * 1e-9, forward / peak, t.backward * 1e6,
           backward * 1e-9, backward / peak);
}

int main(int argc, char **argv)
{
    static const int64_t convs[][8] = {
        { 2, 17, 36, 20, 48, 1, 3, 1 }, { 2, 17, 36, 20, 96, 1, 3, 1 },
        { 2, 17, 36, 20, 48, 3, 3, 1 }, { 2, 17, 36, 20, 96, 3, 3, 1 },
        { 2, 17, 36, 20, 48, 1, 3, 2 }, { 2, 17, 36, 20, 96, 1, 3, 2 },
        { 8, 500, 1, 1, 192, 5, 1, 1 }, { 1, 500, 1, 1, 192, 5, 1, 1 },
        { 8, 500, 1, 1, 192, 5, 1, 2 },
    };
    reel_rt rt;
    const char *prefix = bench_select(argc, argv);
    int is_gpu = reel_device_current()->kind != REEL_DEVICE_CPU;
    if (reel_rt_init(&rt, reel_kernels_get(), is_gpu ? GPU_STEP_BYTES : STEP_BYTES) < 0) {
        bench_fail("memory");
    }
    bench_case large = is_gpu ? linear_case(8192, 8192, 8192) : linear_case(2048, 2048, 2048);
    double peak = large.flops / measure(&large, &rt).best_forward;
    printf("peak %.0f GFLOP/s\n", peak * 1e-9);

    bench_case cases[40];
    int count = 0;
    static const int64_t rows[] = { 8, 600, 4800 };
    static const int64_t widths[][2] = {
        { 192, 192 }, { 192, 768 }, { 768, 192 }, { 512, 512 }, { 384, 1536 }
    };
    for (int i = 0; i < 15; i++) {
        cases[count++] = linear_case(rows[i / 5], widths[i % 5][0], widths[i % 5][1]);
    }
    cases[count++] = attention_case(8, 600, 600, 3, 64);
    cases[count++] = attention_case(1, 600, 600, 3, 64);
    cases[count++] = attention_case(1, 1500, 1500, 6, 64);
    cases[count++] = attention_case(1, 4000, 4000, 6, 64);
    cases[count++] = attention_case(8, 600, 64, 3, 64);
    cases[count++] = attention_case(8, 100, 500, 3, 64);
    cases[count++] = attention_case(8, 1, 600, 3, 64);
    for (size_t i = 0; i < sizeof convs / sizeof *convs; i++) {
        cases[count++] = conv_case(convs[i]);
    }
    for (int i = 0; is_gpu && i < 2; i++) { /* 480p and 5 s in a wide model, and four times that */
        int64_t tokens = i ? 65536 : 16384;
        cases[count++] = linear_case(tokens, 2048, 2048);
        cases[count++] = linear_case(tokens, 2048, 8192);
        cases[count++] = attention_case(1, tokens, tokens, i ? 4 : 16, 128);
    }
    for (int i = 0; i < count; i++) {
        if (!prefix || strncmp(cases[i].name, prefix, strlen(prefix)) == 0) {
            report(&cases[i], measure(&cases[i], &rt), peak);
        }
    }
    reel_rt_deinit(&rt);
    return 0;
}
