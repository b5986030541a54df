/* Timing one operator. */
#include "bench/operator_case.h"

#include "tensor/reuse.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/rng.h"
#include "ops/kernels.h"

#include <stdio.h>

enum { RUNS_MIN = 3, RUNS_MAX = 1000, SEED = 1 };
static const size_t STEP_BYTES = (size_t)8 << 30; /* address space; touched pages only count */

/* Normal numbers into t. */
static void fill(reel_rt *rt, const reel_tensor *t, int sequence)
{
    const size_t mark = reel_arena_mark(&rt->host);
    float *values = reel_host_scratch(rt, reel_count(t));
    if (values) {
        reel_rng_fill_normal(values, (size_t)reel_count(t), SEED, (uint64_t)sequence);
        rt->status = reel_copy_in(t->data, values, reel_size_bytes(t));
    }
    reel_arena_release(&rt->host, mark);
}

static void make_inputs(const reel_operator_case *c, reel_rt *rt, reel_tensor **in)
{
    for (int i = 0; i < c->inputs; i++) {
        in[i] = reel_new(rt, REEL_F32, c->rank[i], c->dim[i]);
        if (rt->status == REEL_OK) {
            fill(rt, in[i], i);
            in[i]->wants_grad = i < c->inputs - c->constants;
            reel_grad_of(rt, in[i]);
        }
    }
}

static double lower(double a, double b)
{
    return a < b ? a : b;
}

/* One run; what it allocated is gone afterwards. */
static reel_status run_once(reel_operator_timing *best, const reel_bench *b,
                            const reel_operator_case *c, reel_rt *rt, reel_tensor **in)
{
    const reel_stretch once = reel_stretch_begin(rt);
    double start = reel_bench_clock(b);
    reel_tensor *y = c->run(rt, in, c->size);
    best->forward = lower(best->forward, reel_bench_clock(b) - start);
    if (rt->recording && rt->tape) {
        reel_tensor *dy = reel_grad_of(rt, y);
        REEL_TRY(rt->status);
        fill(rt, dy, REEL_BENCH_INPUTS);
        REEL_TRY(rt->status);
        start = reel_bench_clock(b);
        rt->status = rt->tape->backward(rt, rt->tape);
        best->backward = lower(best->backward, reel_bench_clock(b) - start);
    }
    rt->tape = NULL;
    reel_stretch_forget(rt, &once);
    return rt->status;
}

static reel_status run_often(reel_operator_timing *best, const reel_bench *b,
                             const reel_operator_case *c, reel_rt *rt)
{
    reel_tensor *in[REEL_BENCH_INPUTS];
    make_inputs(c, rt, in);
    REEL_TRY(rt->status);
    const double begin = reel_clock_seconds();
    for (int i = 0; i < RUNS_MAX; i++) {
        if (i >= RUNS_MIN && reel_clock_seconds() - begin > b->request->seconds) {
            break;
        }
        REEL_TRY(run_once(best, b, c, rt, in));
    }
    return REEL_OK;
}

reel_status reel_operator_time(reel_operator_timing *out, const reel_bench *b,
                               const reel_operator_case *c, int with_backward)
{
    reel_rt rt;
    *out = (reel_operator_timing){ 1e30, 1e30 };
    const size_t memory = reel_device_current()->memory_bytes;
    REEL_TRY(reel_rt_init(&rt, reel_kernels_get(), memory ? memory / 4 : STEP_BYTES));
    rt.recording = with_backward;
    reel_status status = run_often(out, b, c, &rt);
    reel_rt_deinit(&rt);
    out->backward = out->backward < 1e30 ? out->backward : 0.0;
    return status < 0 ? reel_fail_in(status, "%s", c->name) : REEL_OK;
}

const char *reel_operator_shape(char text[96], const reel_operator_case *c)
{
    int at = 0;
    text[0] = 0;
    for (int i = 0; i < 8 && c->size[i] && at < 80; i++) {
        at += snprintf(text + at, 96 - (size_t)at, "%s%lld", i ? "x" : "", (long long)c->size[i]);
    }
    return text;
}
