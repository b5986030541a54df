/* Attention in 8 bits: every kernel to the byte, and how near it comes to f32. */
#include "ops/attention_int8.h"

#include "check.h"

#include "base/rng.h"

#include <math.h>
#include <omp.h>

enum { SEED = 5, HEADS = 2 };

typedef struct {
    int64_t batch, queries, keys, width; /* of all heads */
    int is_masked, is_timed;
} call;

typedef struct {
    reel_tensor *q, *k, *v;
    reel_attention_options options;
} inputs;

static reel_tensor *times(reel_rt *rt, int64_t count)
{
    reel_tensor *t = REEL_NEW(rt, REEL_F32, count);
    for (int64_t i = 0; i < count; i++) {
        reel_f32(t)[i] = (float)((double)i / (double)count);
    }
    return t;
}

/* Every third key is masked, and all keys of the last clip but one. */
static reel_tensor *mask_for(reel_rt *rt, const call *c)
{
    reel_tensor *mask = REEL_NEW(rt, REEL_F32, c->batch, c->keys);
    for (int64_t i = 0; i < reel_count(mask); i++) {
        int is_last = c->batch > 1 && i / c->keys == c->batch - 1;
        reel_f32(mask)[i] = is_last ? i % c->keys == 2 : i % 3 != 1;
    }
    return mask;
}

static inputs inputs_of(reel_rt *rt, const call *c)
{
    static const float sigma[HEADS] = { 0.1f, 0.8f };
    const check_shape q = { 3, { c->batch, c->queries, c->width } };
    const check_shape k = { 3, { c->batch, c->keys, c->width } };
    inputs in = {
        check_random(rt, q, 1), check_random(rt, k, 2), check_random(rt, k, 3), { .heads = HEADS }
    };
    if (c->is_masked) {
        in.options.key_mask = mask_for(rt, c);
    }
    if (c->is_timed) {
        in.options.q_time = times(rt, c->queries);
        in.options.k_time = times(rt, c->keys);
        in.options.time_sigma = REEL_FROM_HOST(rt, REEL_F32, sigma, HEADS);
    }
    return in;
}

/* The operator, in bytes where it chooses to. */
static const float *run(reel_rt *rt, inputs *in, int in_bytes)
{
    in->options.in_bytes = in_bytes;
    const reel_tensor *y = reel_attention(rt, in->q, in->k, in->v, &in->options);
    assert_int_equal(rt->status, REEL_OK);
    return y->data;
}

/* In bytes, whatever the processor, by the kernels of `table`. */
static const float *run_bytes(reel_rt *rt, const inputs *in, const reel_kernels *table)
{
    const int64_t head_width = reel_width(in->q) / HEADS;
    const reel_attention_shape shape = { .batch = in->q->dim[0],
                                         .queries = in->q->dim[1],
                                         .keys = in->k->dim[1],
                                         .heads = HEADS,
                                         .head_width = head_width,
                                         .key_mask = reel_f32(in->options.key_mask),
                                         .q_time = reel_f32(in->options.q_time),
                                         .k_time = reel_f32(in->options.k_time),
                                         .time_sigma = reel_f32(in->options.time_sigma),
                                         .scale = 1.0f / sqrtf((float)head_width) };
    rt->kernels = table;
    const reel_tensor *y =
        reel_attention_int8(rt, reel_new_like(rt, in->q), in->q, in->k, in->v, &shape);
    assert_int_equal(rt->status, REEL_OK);
    return y->data;
}

static const reel_kernels *plain(void)
{
    static reel_kernels table;
    reel_kernels_init_c(&table);
    return &table;
}

static void assert_kernels_agree(const call *c)
{
    const size_t size = (size_t)(c->batch * c->queries * c->width) * sizeof(float);
    reel_rt *rt = check_rt_new();
    const inputs in = inputs_of(rt, c);
    const float *expected = run_bytes(rt, &in, plain());
    for (int threads = 1; threads <= 2; threads++) {
        const int before = omp_get_max_threads();
        omp_set_num_threads(threads);
        const float *found = run_bytes(rt, &in, reel_kernels_get());
        omp_set_num_threads(before);
        assert_memory_equal(found, expected, size);
    }
    check_rt_free(rt);
}

static void attention_int8_gives_the_same_bytes_on_every_device(void **state)
{
    (void)state;
    /* around a word, a panel, a block of keys and one of queries; widths of 8, 16, 66, 128, 512 */
    static const int64_t sizes[][4] = { { 1, 16, 16, 16 },   { 2, 17, 31, 32 },
                                        { 3, 33, 257, 132 }, { 1, 49, 255, 256 },
                                        { 2, 97, 600, 128 }, { 1, 20, 530, 1 * 512 },
                                        { 1, 64, 65, 14 } };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (int form = 0; form < 4; form++) {
            const int64_t *s = sizes[i];
            assert_kernels_agree(&(call){ s[0], s[1], s[2], s[3], form & 1, form >> 1 });
        }
    }
}

static void attention_int8_comes_near_f32(void **state)
{
    (void)state;
    for (int form = 0; form < 4; form++) {
        const call c = { 2, 120, 700, 128, form & 1, form >> 1 };
        reel_rt *rt = check_rt_new();
        inputs in = inputs_of(rt, &c);
        const double distance = check_distance(run_bytes(rt, &in, reel_kernels_get()),
                                               run(rt, &in, 0), c.batch * c.queries * c.width);
        assert_true(distance > 1e-4); /* it did run in 8 bits */
        assert_true(distance < 0.02);
        check_rt_free(rt);
    }
}

/* What all keys share takes up none of their bytes. */
static void attention_int8_does_not_see_what_keys_have_in_common(void **state)
{
    (void)state;
    const call c = { 1, 50, 300, 128, 0, 0 };
    reel_rt *rt = check_rt_new();
    inputs in = inputs_of(rt, &c);
    for (int64_t i = 0; i < reel_count(in.k); i++) {
        reel_f32(in.k)[i] += 30.0f * (float)(i % c.width % 7);
    }
    const double distance = check_distance(run_bytes(rt, &in, reel_kernels_get()), run(rt, &in, 0),
                                           c.queries * c.width);
    assert_true(distance < 0.02);
    check_rt_free(rt);
}

static void attention_int8_does_not_read_masked_keys(void **state)
{
    (void)state;
    const call c = { 2, 40, 90, 128, 1, 1 };
    reel_rt *rt = check_rt_new();
    inputs in = inputs_of(rt, &c);
    const float *before = run_bytes(rt, &in, reel_kernels_get());
    for (int64_t i = 0; i < reel_count(in.k); i++) {
        if (reel_f32(in.options.key_mask)[i / c.width] == 0.0f) {
            reel_f32(in.k)[i] = reel_f32(in.v)[i] = NAN;
        }
    }
    assert_memory_equal(run_bytes(rt, &in, reel_kernels_get()), before,
                        (size_t)(c.batch * c.queries * c.width) * sizeof *before);
    check_rt_free(rt);
}

static void attention_int8_of_only_masked_keys_is_zero(void **state)
{
    (void)state;
    const call c = { 2, 40, 300, 128, 1, 0 };
    reel_rt *rt = check_rt_new();
    inputs in = inputs_of(rt, &c);
    float *mask = in.options.key_mask->data;
    for (int64_t j = 0; j < c.keys; j++) {
        mask[c.keys + j] = 0.0f;
    }
    const float *y = run_bytes(rt, &in, reel_kernels_get());
    for (int64_t i = 0; i < c.queries * c.width; i++) {
        assert_true(y[i] != 0.0f);
        assert_true(y[c.queries * c.width + i] == 0.0f);
    }
    check_rt_free(rt);
}

static void attention_int8_keeps_what_is_not_a_number_in_its_row_or_head(void **state)
{
    (void)state;
    const call c = { 1, 40, 60, 128, 0, 0 };
    static const float bad[] = { NAN, INFINITY, -INFINITY };
    for (int n = 0; n < 9; n++) {
        reel_rt *rt = check_rt_new();
        inputs in = inputs_of(rt, &c);
        reel_tensor *where[] = { in.q, in.k, in.v };
        reel_f32(where[n / 3])[7 * c.width + 70] = bad[n % 3]; /* row 7, the second head */
        const float *y = run_bytes(rt, &in, n % 2 ? plain() : reel_kernels_get());
        for (int64_t i = 0; i < c.queries * c.width; i++) {
            int is_hit = i % c.width >= c.width / HEADS && (n >= 3 || i / c.width == 7);
            assert_int_equal(isnan(y[i]) != 0, is_hit);
        }
        check_rt_free(rt);
    }
}

static void attention_int8_takes_zeros(void **state)
{
    (void)state;
    const call c = { 1, 20, 40, 32, 0, 0 };
    reel_rt *rt = check_rt_new();
    inputs in = inputs_of(rt, &c);
    in.q = reel_zeros(rt, REEL_F32, 3, in.q->dim);
    in.v = reel_zeros(rt, REEL_F32, 3, in.v->dim);
    const float *y = run_bytes(rt, &in, reel_kernels_get());
    for (int64_t i = 0; i < c.queries * c.width; i++) {
        assert_true(y[i] == 0.0f);
    }
    check_rt_free(rt);
}

/* A tape needs f32, and a few queries do not repay the packing. */
static void attention_stays_in_f32_where_bytes_do_not_serve(void **state)
{
    (void)state;
    const call short_call = { 1, 1, 60, 128, 0, 0 }, long_call = { 1, 40, 60, 128, 0, 0 };
    reel_rt *rt = check_rt_new();
    inputs in = inputs_of(rt, &short_call);
    assert_memory_equal(run(rt, &in, 1), run(rt, &in, 0), 128 * sizeof(float));
    in = inputs_of(rt, &long_call);
    const double distance = check_distance(run(rt, &in, 1), run(rt, &in, 0), 40 * 128);
    assert_int_equal(distance > 1e-4, reel_kernels_attend_in_bytes());
    rt->recording = 1;
    in.q->wants_grad = 1;
    assert_memory_equal(run(rt, &in, 1), run(rt, &in, 0), 40 * 128 * sizeof(float));
    check_rt_free(rt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attention_int8_gives_the_same_bytes_on_every_device),
        cmocka_unit_test(attention_int8_comes_near_f32),
        cmocka_unit_test(attention_int8_does_not_see_what_keys_have_in_common),
        cmocka_unit_test(attention_int8_does_not_read_masked_keys),
        cmocka_unit_test(attention_int8_of_only_masked_keys_is_zero),
        cmocka_unit_test(attention_int8_keeps_what_is_not_a_number_in_its_row_or_head),
        cmocka_unit_test(attention_int8_takes_zeros),
        cmocka_unit_test(attention_stays_in_f32_where_bytes_do_not_serve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
