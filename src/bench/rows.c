/* Operators that only move numbers, against the time to copy the same bytes; and what the call of
 * an operator costs. */
#include "bench/operator_case.h"

#include "base/error.h"
#include "ops/kernels.h"

#include <stdio.h>
#include <string.h>

enum { HEAD = 64 };

static reel_tensor *add(reel_rt *rt, reel_tensor **in, const int64_t *size)
{
    (void)size;
    return reel_add(rt, in[0], in[1]);
}

static reel_tensor *rms_norm(reel_rt *rt, reel_tensor **in, const int64_t *size)
{
    (void)size;
    return reel_rms_norm(rt, in[0], NULL, 1e-6f);
}

static reel_tensor *qk_norm(reel_rt *rt, reel_tensor **in, const int64_t *size)
{
    (void)size;
    return reel_rms_norm(rt, REEL_VIEW(rt, in[0], reel_count(in[0]) / HEAD, HEAD), in[1], 1e-6f);
}

static reel_tensor *layer_norm(reel_rt *rt, reel_tensor **in, const int64_t *size)
{
    (void)size;
    return reel_layer_norm(rt, in[0], in[1], in[2], 1e-6f);
}

static reel_tensor *modulate(reel_rt *rt, reel_tensor **in, const int64_t *size)
{
    (void)size;
    return reel_modulate(rt, in[0], in[1], in[2]);
}

static reel_tensor *gated_add(reel_rt *rt, reel_tensor **in, const int64_t *size)
{
    (void)size;
    return reel_gated_add(rt, in[0], in[1], in[2]);
}

static reel_tensor *rope(reel_rt *rt, reel_tensor **in, const int64_t *size)
{
    (void)size;
    return reel_rope(rt, in[0], (int)(reel_width(in[0]) / HEAD), in[1]);
}

static reel_tensor *gelu(reel_rt *rt, reel_tensor **in, const int64_t *size)
{
    (void)size;
    return reel_gelu(rt, in[0]);
}

static reel_tensor *silu(reel_rt *rt, reel_tensor **in, const int64_t *size)
{
    (void)size;
    return reel_silu(rt, in[0]);
}

static reel_tensor *swiglu(reel_rt *rt, reel_tensor **in, const int64_t *size)
{
    (void)size;
    return reel_swiglu(rt, in[0]);
}

static reel_tensor *add_rows(reel_rt *rt, reel_tensor **in, const int64_t *size)
{
    (void)size;
    return reel_add_rows(rt, in[0], in[1]);
}

/* What stands in the place of an input of an operator on [B, L, D]. */
typedef enum { NONE, TOKENS, SAMPLES, WIDTH, PER_HEAD, ANGLES } input_kind;

static const struct {
    const char *name;
    reel_tensor *(*run)(reel_rt *rt, reel_tensor **in, const int64_t *size);
    input_kind in[REEL_BENCH_INPUTS];
    double forward, backward; /* tensors of the size of x, read or written */
} operators[] = {
    { "add", add, { TOKENS, TOKENS }, 3, 6 },
    { "rms_norm", rms_norm, { TOKENS }, 2, 4 },
    { "qk_norm", qk_norm, { TOKENS, PER_HEAD }, 2, 4 },
    { "layer_norm", layer_norm, { TOKENS, WIDTH, WIDTH }, 2, 4 },
    { "modulate", modulate, { TOKENS, SAMPLES, SAMPLES }, 2, 4 },
    { "gated_add", gated_add, { TOKENS, TOKENS, SAMPLES }, 3, 6 },
    { "rope", rope, { TOKENS, ANGLES }, 2, 3 },
    { "gelu", gelu, { TOKENS }, 2, 4 },
    { "silu", silu, { TOKENS }, 2, 4 },
    { "swiglu", swiglu, { TOKENS }, 1.5, 3.5 },
    { "add_rows", add_rows, { TOKENS, WIDTH }, 2, 4 },
};

static reel_operator_case case_of(size_t index, const int64_t size[3])
{
    static const int ranks[] = { 0, 3, 2, 1, 1, 2 };
    const int64_t dims[][3] = {
        { 0 },    { size[0], size[1], size[2] }, { size[0], size[2] }, { size[2] },
        { HEAD }, { size[1], HEAD / 2 }
    };
    reel_operator_case c = { .name = operators[index].name,
                             .run = operators[index].run,
                             .size = { size[0], size[1], size[2] } };
    for (int i = 0; i < REEL_BENCH_INPUTS && operators[index].in[i] != NONE; i++) {
        const input_kind kind = operators[index].in[i];
        c.rank[i] = ranks[kind];
        memcpy(c.dim[i], dims[kind], sizeof dims[kind]);
        c.constants = kind == ANGLES;
        c.inputs++;
    }
    return c;
}

static reel_status add_against_copy(reel_bench *b, const reel_operator_case *c, int is_backward,
                                    double tensors, double seconds)
{
    char name[64], shape[96];
    double copied; /* a copy that reads and writes as many bytes */
    const double bytes = tensors * 4.0 * (double)(c->size[0] * c->size[1] * c->size[2]);
    snprintf(name, sizeof name, "row/%s%s", c->name, is_backward ? "/backward" : "");
    if (!reel_bench_wants(b, name)) {
        return REEL_OK;
    }
    REEL_TRY(reel_bench_time_copy(&copied, b, (size_t)(bytes / 2) / 64 * 64));
    return reel_bench_add(b, &(reel_bench_row){ .name = name,
                                                .shape = reel_operator_shape(shape, c),
                                                .seconds = seconds,
                                                .rate = bytes / seconds,
                                                .unit = "B",
                                                .ratio = seconds / copied,
                                                .against = "copy" });
}

static reel_status measure(reel_bench *b, size_t index)
{
    static const int64_t sizes[][3] = { { 8, 600, 192 }, { 8, 600, 768 } };
    char name[64];
    snprintf(name, sizeof name, "row/%s/backward", operators[index].name);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes && reel_bench_wants(b, name); i++) {
        const reel_operator_case c = case_of(index, sizes[i]);
        reel_operator_timing timing;
        REEL_TRY(reel_operator_time(&timing, b, &c, 1));
        REEL_TRY(add_against_copy(b, &c, 0, operators[index].forward, timing.forward));
        REEL_TRY(add_against_copy(b, &c, 1, operators[index].backward, timing.backward));
    }
    return REEL_OK;
}

/* One token of one head: next to no arithmetic. */
static reel_status measure_tiny(reel_bench *b, size_t index)
{
    char name[64];
    const reel_operator_case c = case_of(index, (const int64_t[]){ 1, 1, HEAD });
    reel_operator_timing timing;
    snprintf(name, sizeof name, "tiny/%s", operators[index].name);
    if (!reel_bench_wants(b, name)) {
        return REEL_OK;
    }
    REEL_TRY(reel_operator_time(&timing, b, &c, 0));
    return reel_bench_add(
        b, &(reel_bench_row){ .name = name, .shape = "1x1x64", .seconds = timing.forward });
}

reel_status reel_bench_rows(reel_bench *b)
{
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        REEL_TRY(measure(b, i));
    }
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        REEL_TRY(measure_tiny(b, i));
    }
    return REEL_OK;
}
