/* Attention. */
#include "ops/attention.h"

#include "check.h"

#include <math.h>

static reel_tensor *one_head(reel_rt *rt, reel_tensor **in)
{
    return reel_attention(rt, in[0], in[1], in[2], &(reel_attention_options){ .heads = 1 });
}

static reel_tensor *two_heads(reel_rt *rt, reel_tensor **in)
{
    return reel_attention(rt, in[0], in[1], in[2], &(reel_attention_options){ .heads = 2 });
}

static reel_tensor *three_heads(reel_rt *rt, reel_tensor **in)
{
    return reel_attention(rt, in[0], in[1], in[2], &(reel_attention_options){ .heads = 3 });
}

static reel_tensor *no_heads(reel_rt *rt, reel_tensor **in)
{
    return reel_attention(rt, in[0], in[1], in[2], &(reel_attention_options){ .heads = 0 });
}

/* Every third key is masked, and all keys of the last batch entry beyond the first. */
static reel_tensor *mask_for(reel_rt *rt, const reel_tensor *k)
{
    reel_tensor *mask = REEL_NEW(rt, REEL_F32, k->dim[0], k->dim[1]);
    float *m = mask->data;
    for (int64_t i = 0; i < reel_count(mask); i++) {
        int is_last = k->dim[0] > 1 && i / k->dim[1] == k->dim[0] - 1;
        m[i] = is_last || i % 3 == 1 ? 0.0f : 1.0f;
    }
    return mask;
}

static reel_tensor *times(reel_rt *rt, int64_t count, double step)
{
    reel_tensor *t = REEL_NEW(rt, REEL_F32, count);
    for (int64_t i = 0; i < count; i++) {
        reel_f32(t)[i] = (float)((double)i * step);
    }
    return t;
}

static reel_tensor *masked(reel_rt *rt, reel_tensor **in)
{
    return reel_attention(rt, in[0], in[1], in[2],
                          &(reel_attention_options){ .heads = 2, .key_mask = mask_for(rt, in[1]) });
}

static reel_tensor *timed(reel_rt *rt, reel_tensor **in)
{
    static const float sigma[] = { 0.1f, 0.8f };
    int64_t queries = in[0]->dim[1], keys = in[1]->dim[1];
    return reel_attention(
        rt, in[0], in[1], in[2],
        &(reel_attention_options){ .heads = 2,
                                   .q_time = times(rt, queries, 1.0 / (double)queries),
                                   .k_time = times(rt, keys, 1.0 / (double)keys),
                                   .time_sigma = REEL_FROM_HOST(rt, REEL_F32, sigma, 2) });
}

static reel_tensor *timed_and_masked(reel_rt *rt, reel_tensor **in)
{
    static const float sigma[] = { 0.3f, 0.8f };
    int64_t queries = in[0]->dim[1], keys = in[1]->dim[1];
    return reel_attention(
        rt, in[0], in[1], in[2],
        &(reel_attention_options){ .heads = 2,
                                   .key_mask = mask_for(rt, in[1]),
                                   .q_time = times(rt, queries, 1.0 / (double)queries),
                                   .k_time = times(rt, keys, 1.0 / (double)keys),
                                   .time_sigma = REEL_FROM_HOST(rt, REEL_F32, sigma, 2) });
}

static reel_tensor *half_timed(reel_rt *rt, reel_tensor **in)
{
    return reel_attention(
        rt, in[0], in[1], in[2],
        &(reel_attention_options){ .heads = 2, .q_time = times(rt, in[0]->dim[1], 1.0) });
}

static void shapes_for(check_shape in[3], int64_t batch, int64_t queries, int64_t keys,
                       int64_t width)
{
    in[0] = (check_shape){ 3, { batch, queries, width } };
    in[1] = in[2] = (check_shape){ 3, { batch, keys, width } };
}

static void attention_gives_the_same_answer_on_every_device(void **state)
{
    (void)state;
    static const check_operator ops[] = { one_head, two_heads, masked, timed, timed_and_masked };
    /* B, Lq, Lk, H*K: single queries and keys, around and over the block sizes, odd head widths */
    static const int64_t sizes[][4] = { { 1, 1, 1, 2 },      { 2, 1, 70, 128 },
                                        { 2, 5, 3, 6 },      { 1, 63, 65, 64 },
                                        { 2, 129, 64, 66 },  { 1, 200, 300, 128 },
                                        { 2, 33, 257, 192 }, { 1, 17, 31, 320 },
                                        { 1, 385, 700, 16 } };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        check_shape in[3];
        shapes_for(in, sizes[i][0], sizes[i][1], sizes[i][2], sizes[i][3]);
        for (size_t j = in[0].dim[2] > 256; j < sizeof ops / sizeof *ops; j++) {
            check_agrees_everywhere(ops[j], in, 3, 2e-6);
        }
    }
}

static void attention_backward_matches_finite_differences(void **state)
{
    (void)state;
    static const check_operator ops[] = { two_heads, masked, timed, timed_and_masked };
    check_shape in[3];
    shapes_for(in, 2, 3, 5, 8);
    for (size_t j = 0; j < sizeof ops / sizeof *ops; j++) {
        check_gradient(ops[j], in, 3);
    }
}

static void attention_matches_pytorch(void **state)
{
    (void)state;
    check_golden("ops/attention", two_heads, 1e-6);
    check_golden("ops/attention_timed", timed, 1e-6);
}

static void attention_of_only_masked_keys_is_zero(void **state)
{
    (void)state;
    check_shape in[3];
    shapes_for(in, 2, 4, 6, 16);
    reel_rt *rt = check_rt_new();
    reel_tensor *t[3];
    for (int i = 0; i < 3; i++) {
        t[i] = check_random(rt, in[i], (uint64_t)i);
    }
    reel_tensor *y = masked(rt, t);
    assert_int_equal(rt->status, REEL_OK);
    for (int i = 0; i < 4 * 16; i++) {
        assert_true(reel_f32(y)[i] != 0.0f);
        assert_true(reel_f32(y)[4 * 16 + i] == 0.0f);
    }
    check_rt_free(rt);
}

static void attention_survives_large_scores(void **state)
{
    (void)state;
    check_shape in[3];
    shapes_for(in, 1, 40, 90, 64);
    reel_rt *rt = check_rt_new();
    reel_tensor *t[3];
    for (int i = 0; i < 3; i++) {
        t[i] = check_random(rt, in[i], (uint64_t)i);
        for (int64_t j = 0; i < 2 && j < reel_count(t[i]); j++) {
            reel_f32(t[i])[j] *= 100.0f;
        }
    }
    reel_tensor *y = two_heads(rt, t);
    assert_int_equal(rt->status, REEL_OK);
    for (int64_t j = 0; j < reel_count(y); j++) {
        assert_true(isfinite(reel_f32(y)[j]));
    }
    check_rt_free(rt);
}

static void attention_refuses_what_does_not_fit(void **state)
{
    (void)state;
    check_shape in[3];
    shapes_for(in, 2, 3, 5, 8);
    check_refuses(three_heads, in, 3, REEL_ERR_SHAPE, "attention: q is [2, 3, 8] f32");
    check_refuses(no_heads, in, 3, REEL_ERR_SHAPE, "0 heads");
    check_refuses(half_timed, in, 3, REEL_ERR_SHAPE, "k_time does not fit");
    in[2].dim[1] = 4;
    check_refuses(two_heads, in, 3, REEL_ERR_SHAPE, "v is [2, 4, 8] f32");
    shapes_for(in, 1, 2, 2, 257);
    check_refuses(one_head, in, 3, REEL_ERR_SHAPE, "1 heads");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attention_gives_the_same_answer_on_every_device),
        cmocka_unit_test(attention_backward_matches_finite_differences),
        cmocka_unit_test(attention_matches_pytorch),
        cmocka_unit_test(attention_of_only_masked_keys_is_zero),
        cmocka_unit_test(attention_survives_large_scores),
        cmocka_unit_test(attention_refuses_what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
