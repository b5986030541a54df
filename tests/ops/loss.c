/* Losses. */
#include "ops/loss.h"

#include "check.h"

#include <math.h>

enum { MAX_ROWS = 400 };

static reel_tensor *mse(reel_rt *rt, reel_tensor **in)
{
    return reel_mse(rt, in[0], in[1], NULL);
}

static reel_tensor *l1(reel_rt *rt, reel_tensor **in)
{
    return reel_l1(rt, in[0], in[1], NULL);
}

static reel_tensor *weight_of_two(reel_rt *rt)
{
    return REEL_FROM_HOST(rt, REEL_F32, ((float[]){ 0.25f, 3.0f }), 2);
}

static reel_tensor *weighted_mse(reel_rt *rt, reel_tensor **in)
{
    return reel_mse(rt, in[0], in[1], weight_of_two(rt));
}

static reel_tensor *weighted_l1(reel_rt *rt, reel_tensor **in)
{
    return reel_l1(rt, in[0], in[1], weight_of_two(rt));
}

static reel_tensor *mean_square(reel_rt *rt, reel_tensor **in)
{
    return reel_mean_square(rt, in[0]);
}

/* Labels -1, 0, 1, ... over and over. */
static reel_tensor *cross_entropy(reel_rt *rt, reel_tensor **in)
{
    int32_t labels[MAX_ROWS];
    int64_t rows = in[0]->dim[0], classes = in[0]->dim[1];
    assert_true(rows <= MAX_ROWS);
    for (int64_t n = 0; n < rows; n++) {
        labels[n] = (int32_t)(n % (classes + 1)) - 1;
    }
    return reel_cross_entropy(rt, in[0], REEL_FROM_HOST(rt, REEL_I32, labels, rows));
}

static void losses_give_the_same_bytes_with_every_number_of_threads(void **state)
{
    (void)state;
    check_shape in[] = { { 3, { 2, 300, 129 } }, { 3, { 2, 300, 129 } } };
    check_agrees_everywhere(mse, in, 2, 2e-6);
    check_agrees_everywhere(weighted_mse, in, 2, 2e-6);
    check_agrees_everywhere(weighted_l1, in, 2, 2e-6);
    check_agrees_everywhere(mean_square, in, 1, 2e-6);
    check_shape logits[] = { { 2, { 400, 129 } } };
    check_agrees_everywhere(cross_entropy, logits, 1, 2e-6);
}

static void losses_backward_match_finite_differences(void **state)
{
    (void)state;
    check_shape in[] = { { 3, { 2, 3, 5 } }, { 3, { 2, 3, 5 } } };
    check_gradient(mse, in, 2);
    check_gradient(weighted_mse, in, 2);
    check_gradient(mean_square, in, 1);
    /* so few that none lies within a step of the kink */
    check_shape few[] = { { 2, { 2, 4 } }, { 2, { 2, 4 } } };
    check_gradient(l1, few, 2);
    check_gradient(weighted_l1, few, 2);
    check_shape logits[] = { { 2, { 7, 5 } } };
    check_gradient(cross_entropy, logits, 1);
}

static void losses_match_pytorch(void **state)
{
    (void)state;
    check_golden("ops/mse", weighted_mse, 1e-6);
    check_golden("ops/l1", weighted_l1, 1e-6);
    check_golden("ops/cross_entropy", cross_entropy, 1e-6);
}

static void mse_of_many_equal_errors_is_exact(void **state)
{
    (void)state;
    reel_rt *rt = check_rt_new();
    reel_tensor *x = reel_zeros(rt, REEL_F32, 2, (int64_t[]){ 3, 1000003 });
    reel_tensor *y = reel_add_scalar(rt, x, 0.1f);
    double loss = (double)*reel_f32(reel_mse(rt, x, y, NULL));
    double expected = (double)0.1f * (double)0.1f;
    assert_true(fabs(loss - expected) < 1e-6 * expected);
    check_rt_free(rt);
}

static void cross_entropy_without_labels_is_zero(void **state)
{
    (void)state;
    reel_rt *rt = check_rt_new();
    rt->recording = 1;
    reel_tensor *logits = check_random(rt, (check_shape){ 2, { 2, 5 } }, 0);
    logits->wants_grad = 1;
    reel_tensor *labels = REEL_FROM_HOST(rt, REEL_I32, ((int32_t[]){ -1, -100 }), 2);
    reel_tensor *loss = reel_cross_entropy(rt, logits, labels);
    assert_true(*reel_f32(loss) == 0.0f);
    assert_int_equal(reel_backward(rt, loss, 1.0f), REEL_OK);
    for (int i = 0; i < 10; i++) {
        assert_true(reel_f32(logits->grad)[i] == 0.0f);
    }
    check_rt_free(rt);
}

static reel_tensor *label_out_of_range(reel_rt *rt, reel_tensor **in)
{
    return reel_cross_entropy(rt, in[0], REEL_FROM_HOST(rt, REEL_I32, ((int32_t[]){ 0, 5 }), 2));
}

static void cross_entropy_refuses_a_label_out_of_range(void **state)
{
    (void)state;
    check_shape in[] = { { 2, { 2, 5 } } };
    check_refuses(label_out_of_range, in, 1, REEL_ERR_INVALID,
                  "cross_entropy: label 5 of row 1, expected below 5");
}

static void losses_refuse_shapes_that_do_not_fit(void **state)
{
    (void)state;
    check_shape in[] = { { 2, { 2, 3 } }, { 2, { 2, 4 } } };
    check_refuses(mse, in, 2, REEL_ERR_SHAPE,
                  "mse: prediction is [2, 3] f32, target is [2, 4] f32");
    check_shape three[] = { { 2, { 3, 3 } }, { 2, { 3, 3 } } };
    check_refuses(weighted_l1, three, 2, REEL_ERR_SHAPE,
                  "l1: weight is [2] f32, prediction is [3, 3] f32");
    check_shape logits[] = { { 2, { 3, 5 } } };
    check_refuses(label_out_of_range, logits, 1, REEL_ERR_SHAPE, "labels are [2] i32");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_give_the_same_bytes_with_every_number_of_threads),
        cmocka_unit_test(losses_backward_match_finite_differences),
        cmocka_unit_test(losses_match_pytorch),
        cmocka_unit_test(mse_of_many_equal_errors_is_exact),
        cmocka_unit_test(cross_entropy_without_labels_is_zero),
        cmocka_unit_test(cross_entropy_refuses_a_label_out_of_range),
        cmocka_unit_test(losses_refuse_shapes_that_do_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
