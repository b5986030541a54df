/* Products in 8 bits against f32 on the same shapes, by turns. The quantisation of activations
 * counts; that of weights happened at load. */
#include "bench/operator_case.h"

#include "base/error.h"
#include "base/rng.h"
#include "ops/ops.h"

enum { HEAD = 64, SEED = 1 };

/* Something in both forms, on one runtime. */
typedef struct {
    reel_rt rt;
    size_t mark, header_mark; /* behind the inputs */
    reel_tensor *in[3];
    reel_linear_params linear[2]; /* in f32, in bytes */
    int heads, in_bytes;
} forms;

static reel_tensor *random_tensor(forms *f, int rank, const int64_t *dim, uint64_t sequence)
{
    reel_tensor *t = reel_new(&f->rt, REEL_F32, rank, dim);
    if (f->rt.status == REEL_OK) {
        reel_rng_fill_normal(t->data, (size_t)reel_count(t), SEED, sequence);
    }
    return t;
}

/* `run` in both forms, as the row `name` of `flops` operations. */
static reel_status add_forms(reel_bench *b, forms *f, reel_bench_work run,
                             const reel_operator_case *c, double flops)
{
    char shape[96];
    double seconds[2];
    REEL_TRY(f->rt.status);
    f->mark = reel_arena_mark(&f->rt.arena);
    f->header_mark = reel_arena_mark(&f->rt.headers);
    forms int8 = *f;
    int8.in_bytes = 1;
    REEL_TRY(
        reel_bench_time_both(seconds, b, (reel_bench_work[]){ run, run }, (void *[]){ &int8, f }));
    return reel_bench_add(b, &(reel_bench_row){ .name = c->name,
                                                .shape = reel_operator_shape(shape, c),
                                                .seconds = seconds[0],
                                                .rate = flops / seconds[0],
                                                .unit = "OP",
                                                .ratio = seconds[1] / seconds[0],
                                                .against = "f32" });
}

/* What the last run made. */
static void forget(forms *f)
{
    reel_arena_release(&f->rt.arena, f->mark);
    reel_arena_release(&f->rt.headers, f->header_mark);
}

/* --- linear ---------------------------------------------------------------------------------- */

static reel_status run_linear(void *user)
{
    forms *f = user;
    forget(f);
    reel_linear(&f->rt, f->in[0], &f->linear[f->in_bytes]);
    return f->rt.status;
}

/* size: rows, in, out */
static reel_status measure_linear(reel_bench *b, forms *f, const int64_t size[3])
{
    const int64_t in = size[1], out = size[2];
    const int64_t bytes = (int64_t)reel_int8_matrix_bytes(out, in);
    f->in[0] = random_tensor(f, 2, (const int64_t[]){ size[0], in }, 0);
    reel_tensor *w = random_tensor(f, 2, (const int64_t[]){ out, in }, 1);
    reel_tensor *memory = reel_zeros(&f->rt, REEL_U8, 1, &bytes);
    REEL_TRY(f->rt.status);
    const reel_int8_matrix matrix = reel_int8_matrix_view(memory->data, out, in);
    for (int64_t r = 0; r < out; r++) {
        reel_int8_matrix_set_row(&matrix, r, reel_f32(w) + r * in);
    }
    reel_tensor packed = *w;
    packed.dtype = REEL_I8;
    packed.data = memory->data;
    f->linear[0].weight = w;
    f->linear[1].weight = &packed;
    const reel_operator_case c = { .name = "product/linear_int8", .size = { size[0], in, out } };
    return add_forms(b, f, run_linear, &c, 2.0 * (double)(size[0] * in * out));
}

/* --- attention ------------------------------------------------------------------------------- */

static reel_status run_attention(void *user)
{
    forms *f = user;
    forget(f);
    reel_attention(&f->rt, f->in[0], f->in[1], f->in[2],
                   &(reel_attention_options){ .heads = f->heads, .in_bytes = f->in_bytes });
    return f->rt.status;
}

/* size: B, Lq, Lk, H */
static reel_status measure_attention(reel_bench *b, forms *f, const int64_t size[4])
{
    const int64_t width = size[3] * HEAD;
    f->heads = (int)size[3];
    for (uint64_t i = 0; i < 3; i++) {
        f->in[i] = random_tensor(f, 3, (const int64_t[]){ size[0], size[i > 0 ? 2 : 1], width }, i);
    }
    const reel_operator_case c = { .name = "product/attention_int8",
                                   .size = { size[0], size[1], size[2], size[3] } };
    return add_forms(b, f, run_attention, &c, 4.0 * (double)(size[0] * size[1] * size[2] * width));
}

/* --- shapes ---------------------------------------------------------------------------------- */

static const int64_t linears[][3] = {
    { 2048, 1536, 1536 }, { 600, 192, 192 },  { 600, 192, 768 },  { 600, 768, 192 },
    { 4800, 192, 192 },   { 4800, 192, 768 }, { 4800, 768, 192 }, { 4800, 384, 1536 },
};

/* long films; then the bundled model, 5 s: pictures and words to both, words to both, pictures to
 * words, sound to pictures and back */
static const int64_t attentions[][4] = {
    { 1, 1024, 1024, 3 }, { 1, 4096, 4096, 3 }, { 1, 16384, 16384, 1 }, { 2, 945, 993, 3 },
    { 2, 48, 993, 3 },    { 2, 945, 48, 3 },    { 2, 108, 945, 3 },     { 2, 945, 108, 3 },
};

static reel_status measure(reel_bench *b, forms *f)
{
    if (reel_bench_wants(b, "product/linear_int8")) {
        for (size_t i = 0; i < sizeof linears / sizeof *linears; i++) {
            reel_rt_reset(&f->rt);
            REEL_TRY(measure_linear(b, f, linears[i]));
        }
    }
    if (reel_bench_wants(b, "product/attention_int8")) {
        for (size_t i = 0; i < sizeof attentions / sizeof *attentions; i++) {
            reel_rt_reset(&f->rt);
            REEL_TRY(measure_attention(b, f, attentions[i]));
        }
    }
    return REEL_OK;
}

reel_status reel_bench_int8(reel_bench *b)
{
    if (!reel_bench_on_cpu() || (!reel_bench_wants(b, "product/linear_int8") &&
                                 !reel_bench_wants(b, "product/attention_int8"))) {
        return REEL_OK;
    }
    forms f = { 0 };
    REEL_TRY(reel_rt_init(&f.rt, reel_kernels_get(), (size_t)1 << 30));
    reel_status status = measure(b, &f);
    reel_rt_deinit(&f.rt);
    return status;
}
