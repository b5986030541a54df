/* Operators that multiply matrices, as a share of what one large product reaches. */
#include "bench/operator_case.h"

#include "base/error.h"
#include "ops/kernels.h"

#include <stdio.h>
#include <string.h>

enum { HEAD = 64 };

static reel_tensor *run_linear(reel_rt *rt, reel_tensor **in, const int64_t *size)
{
    (void)size;
    return reel_linear(rt, in[0], &(reel_linear_params){ in[1], in[2] });
}

/* rows, in, out */
static reel_operator_case linear_case(const int64_t size[3])
{
    return (
        reel_operator_case){ .name = "linear",
                             .size = { size[0], size[1], size[2] },
                             .run = run_linear,
                             .inputs = 3,
                             .rank = { 2, 2, 1 },
                             .dim = { { size[0], size[1] }, { size[2], size[1] }, { size[2] } } };
}

static reel_tensor *run_attention(reel_rt *rt, reel_tensor **in, const int64_t *size)
{
    reel_attention_options options = { .heads = (int)size[3], .key_mask = size[4] ? in[3] : NULL };
    return reel_attention(rt, in[0], in[1], in[2], &options);
}

/* B, Lq, Lk, H; heads of 64. A mask of normal numbers lets about all keys through. */
static reel_operator_case attention_case(const int64_t size[4], int has_mask)
{
    const int64_t b = size[0], width = size[3] * HEAD;
    return (reel_operator_case){ .name = has_mask ? "attention_mask" : "attention",
                                 .size = { b, size[1], size[2], size[3], has_mask },
                                 .run = run_attention,
                                 .inputs = has_mask ? 4 : 3,
                                 .constants = has_mask,
                                 .rank = { 3, 3, 3, 2 },
                                 .dim = { { b, size[1], width },
                                          { b, size[2], width },
                                          { b, size[2], width },
                                          { b, size[2] } } };
}

static reel_tensor *run_conv(reel_rt *rt, reel_tensor **in, const int64_t *size)
{
    const int time = (int)size[5] - 1, space = (int)size[6] - 1, is_video = size[2] > 1;
    const reel_conv_options options = {
        .pad_front = { is_video ? time : time / 2, space / 2, space / 2 },
        .pad_back = { is_video ? 0 : time / 2, space / 2, space / 2 },
        .replicate_time = is_video && time > 0,
    };
    return reel_conv(rt, in[0], &(reel_conv_params){ in[1], in[2] }, &options);
}

/* B, T, H, W, C, kT, kH = kW; causal in time where H > 1 */
static reel_operator_case conv_case(const int64_t size[7])
{
    const int64_t c = size[4];
    reel_operator_case out = { .name = "conv",
                               .run = run_conv,
                               .inputs = 3,
                               .rank = { 5, 5, 1 },
                               .dim = { { size[0], size[1], size[2], size[3], c },
                                        { c, size[5], size[6], size[6], c },
                                        { c } } };
    memcpy(out.size, size, 7 * sizeof *size);
    return out;
}

static reel_status add(reel_bench *b, const reel_operator_case *c, int is_backward, double flops,
                       double seconds)
{
    char name[64], shape[96];
    snprintf(name, sizeof name, "product/%s%s", c->name, is_backward ? "/backward" : "");
    return reel_bench_add(b, &(reel_bench_row){ .name = name,
                                                .shape = reel_operator_shape(shape, c),
                                                .seconds = seconds,
                                                .rate = flops / seconds,
                                                .unit = "FLOP",
                                                .ratio = flops / seconds / b->f32_peak,
                                                .against = "peak" });
}

/* `twice`: what the backward pass costs as a multiple of the forward pass. */
static reel_status measure(reel_bench *b, const reel_operator_case *c, double flops, double twice)
{
    char name[64];
    snprintf(name, sizeof name, "product/%s/backward", c->name);
    const int with_backward = reel_bench_wants(b, name);
    snprintf(name, sizeof name, "product/%s", c->name);
    const int with_forward = reel_bench_wants(b, name);
    reel_operator_timing timing;
    if (!with_forward && !with_backward) {
        return REEL_OK;
    }
    REEL_TRY(reel_bench_peaks(b));
    REEL_TRY(reel_operator_time(&timing, b, c, with_backward));
    if (with_forward) {
        REEL_TRY(add(b, c, 0, flops, timing.forward));
    }
    return with_backward ? add(b, c, 1, twice * flops, timing.backward) : REEL_OK;
}

/* --- shapes ---------------------------------------------------------------------------------- */

static const int64_t linears[][3] = {
    { 2048, 1536, 1536 }, { 8, 192, 768 },     { 600, 192, 192 },  { 600, 192, 768 },
    { 600, 768, 192 },    { 4800, 192, 192 },  { 4800, 192, 768 }, { 4800, 768, 192 },
    { 4800, 512, 512 },   { 4800, 384, 1536 },
};

/* a wide model at 480p and 5 s, and four times that; for GPUs */
static const int64_t large_linears[][3] = { { 16384, 2048, 2048 },
                                            { 16384, 2048, 8192 },
                                            { 65536, 2048, 8192 } };
static const int64_t large_attentions[][4] = { { 1, 16384, 16384, 16 }, { 1, 65536, 65536, 4 } };

/* the lengths of long films, then those of the bundled model: self, text, audio to video */
static const int64_t attentions[][4] = {
    { 1, 1024, 1024, 3 }, { 1, 4096, 4096, 3 }, { 1, 16384, 16384, 1 },
    { 12, 585, 633, 3 },  { 12, 585, 48, 3 },   { 12, 65, 585, 3 },
};

/* the decoders of the bundled model, 5 s: video by its three grids, audio by its two */
static const int64_t convs[][7] = {
    { 1, 21, 10, 18, 128, 1, 3 }, { 1, 21, 10, 18, 128, 3, 1 }, { 1, 21, 20, 36, 96, 1, 3 },
    { 1, 81, 20, 36, 48, 1, 3 },  { 1, 81, 20, 36, 48, 3, 1 },  { 1, 108, 1, 1, 256, 3, 1 },
    { 1, 864, 1, 1, 192, 3, 1 },
};

static reel_status measure_linear(reel_bench *b, const int64_t s[3])
{
    const reel_operator_case c = linear_case(s);
    return measure(b, &c, 2.0 * (double)(s[0] * s[1] * s[2]), 2.0);
}

static reel_status measure_attention(reel_bench *b, const int64_t s[4], int has_mask)
{
    const reel_operator_case c = attention_case(s, has_mask);
    const double flops = 4.0 * (double)(s[0] * s[1] * s[2] * s[3] * HEAD);
    return measure(b, &c, flops, 2.5); /* the scores are computed once more */
}

static reel_status measure_large(reel_bench *b)
{
    for (size_t i = 0; i < sizeof large_linears / sizeof *large_linears; i++) {
        REEL_TRY(measure_linear(b, large_linears[i]));
    }
    for (size_t i = 0; i < sizeof large_attentions / sizeof *large_attentions; i++) {
        REEL_TRY(measure_attention(b, large_attentions[i], 0));
    }
    return REEL_OK;
}

reel_status reel_bench_products(reel_bench *b)
{
    for (size_t i = 0; i < sizeof linears / sizeof *linears; i++) {
        REEL_TRY(measure_linear(b, linears[i]));
    }
    for (size_t i = 0; i < sizeof attentions / sizeof *attentions; i++) {
        REEL_TRY(measure_attention(b, attentions[i], 0));
        if (i == 0 || i == 3) {
            REEL_TRY(measure_attention(b, attentions[i], 1));
        }
    }
    REEL_TRY(reel_bench_on_cpu() ? REEL_OK : measure_large(b));
    for (size_t i = 0; i < sizeof convs / sizeof *convs; i++) {
        const int64_t *s = convs[i];
        const reel_operator_case c = conv_case(s);
        const double positions = (double)(s[0] * s[1] * s[2] * s[3]);
        REEL_TRY(measure(b, &c, 2.0 * positions * (double)(s[4] * s[4] * s[5] * s[6] * s[6]), 2.0));
    }
    return REEL_OK;
}
