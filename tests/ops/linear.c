/* The linear layer. */
#include "ops/linear.h"

#include "check.h"

static reel_tensor *with_bias(reel_rt *rt, reel_tensor **in)
{
    return reel_linear(rt, in[0], &(reel_linear_params){ .weight = in[1], .bias = in[2] });
}

static reel_tensor *without_bias(reel_rt *rt, reel_tensor **in)
{
    return reel_linear(rt, in[0], &(reel_linear_params){ .weight = in[1] });
}

static void linear_gives_the_same_answer_on_every_device(void **state)
{
    (void)state;
    /* around one vector register, single rows and columns, and real ones */
    static const int64_t sizes[][3] = { { 1, 1, 1 },      { 5, 3, 7 },      { 31, 33, 65 },
                                        { 1, 192, 768 },  { 600, 192, 1 },  { 97, 192, 31 },
                                        { 513, 200, 96 }, { 8, 1153, 48 },  { 300, 192, 576 },
                                        { 64, 64, 64 },   { 129, 512, 17 }, { 2, 16, 32 } };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int64_t rows = sizes[i][0], in_width = sizes[i][1], out_width = sizes[i][2];
        check_shape in[] = { { 2, { rows, in_width } },
                             { 2, { out_width, in_width } },
                             { 1, { out_width } } };
        check_agrees_everywhere(with_bias, in, 3, 1e-6);
        check_agrees_everywhere(without_bias, in, 2, 1e-6);
    }
}

static void linear_backward_matches_finite_differences(void **state)
{
    (void)state;
    check_shape in[] = { { 3, { 2, 3, 5 } }, { 2, { 4, 5 } }, { 1, { 4 } } };
    check_gradient(with_bias, in, 3);
    check_gradient(without_bias, in, 2);
}

static void linear_matches_pytorch(void **state)
{
    (void)state;
    check_golden("ops/linear", with_bias, 1e-6);
}

static void linear_refuses_a_weight_of_another_width(void **state)
{
    (void)state;
    check_shape in[] = { { 2, { 4, 8 } }, { 2, { 3, 7 } }, { 1, { 3 } } };
    check_refuses(with_bias, in, 3, REEL_ERR_SHAPE,
                  "linear: weight is [3, 7] f32, x is [4, 8] f32");
}

static void linear_refuses_a_bias_of_another_width(void **state)
{
    (void)state;
    check_shape in[] = { { 2, { 4, 8 } }, { 2, { 3, 8 } }, { 1, { 2 } } };
    check_refuses(with_bias, in, 3, REEL_ERR_SHAPE, "linear: bias is [2] f32");
}

static void linear_declares_a_weight_and_a_bias(void **state)
{
    (void)state;
    reel_weights set;
    reel_linear_params p;
    reel_weights_init_set(&set);
    reel_linear_declare(&set, &p, "to_q", 6, 4,
                        (reel_linear_options){ .bias = 1, .init = REEL_INIT_LINEAR });
    assert_int_equal(set.status, REEL_OK);
    assert_int_equal(set.count, 2);
    assert_string_equal(set.items[0].name, "to_q.weight");
    assert_string_equal(set.items[1].name, "to_q.bias");
    assert_int_equal(set.items[1].group, REEL_GROUP_PLAIN);
    assert_int_equal(p.weight->dim[0], 4);
    assert_int_equal(p.weight->dim[1], 6);
    assert_int_equal(p.bias->dim[0], 4);
    reel_weights_deinit(&set);
}

static void linear_takes_its_memory_in_a_dry_pass_and_computes_nothing(void **state)
{
    (void)state;
    reel_rt rt;
    assert_int_equal(reel_rt_init(&rt, reel_kernels_get(), 0), REEL_OK);
    reel_tensor *x = REEL_NEW(&rt, REEL_F32, 10, 16), *w = REEL_NEW(&rt, REEL_F32, 32, 16);
    reel_tensor *y = reel_linear(&rt, x, &(reel_linear_params){ .weight = w });
    assert_int_equal(rt.status, REEL_OK);
    assert_int_equal(y->dim[1], 32);
    assert_int_equal(rt.arena.peak, 4 * (10 * 16 + 32 * 16 + 10 * 32));
    reel_rt_deinit(&rt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_gives_the_same_answer_on_every_device),
        cmocka_unit_test(linear_backward_matches_finite_differences),
        cmocka_unit_test(linear_matches_pytorch),
        cmocka_unit_test(linear_refuses_a_weight_of_another_width),
        cmocka_unit_test(linear_refuses_a_bias_of_another_width),
        cmocka_unit_test(linear_declares_a_weight_and_a_bias),
        cmocka_unit_test(linear_takes_its_memory_in_a_dry_pass_and_computes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
