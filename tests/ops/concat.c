/* Concatenation. */
#include "ops/concat.h"

#include "check.h"

static reel_tensor *along_0(reel_rt *rt, reel_tensor **in)
{
    return reel_concat(rt, in[0], in[1], 0);
}

static reel_tensor *along_1(reel_rt *rt, reel_tensor **in)
{
    return reel_concat(rt, in[0], in[1], 1);
}

static reel_tensor *along_2(reel_rt *rt, reel_tensor **in)
{
    return reel_concat(rt, in[0], in[1], 2);
}

static reel_tensor *with_itself(reel_rt *rt, reel_tensor **in)
{
    return reel_concat(rt, in[0], in[0], 1);
}

static void concat_gives_the_same_bytes_with_every_number_of_threads(void **state)
{
    (void)state;
    check_shape rows[] = { { 3, { 2, 300, 65 } }, { 3, { 2, 77, 65 } } };
    check_agrees_everywhere(along_1, rows, 2, 1e-7);
    check_shape columns[] = { { 3, { 2, 300, 65 } }, { 3, { 2, 300, 3 } } };
    check_agrees_everywhere(along_2, columns, 2, 1e-7);
}

static void concat_backward_matches_finite_differences(void **state)
{
    (void)state;
    check_shape first[] = { { 3, { 2, 3, 4 } }, { 3, { 1, 3, 4 } } };
    check_shape middle[] = { { 3, { 2, 3, 4 } }, { 3, { 2, 1, 4 } } };
    check_shape last[] = { { 3, { 2, 3, 4 } }, { 3, { 2, 3, 2 } } };
    check_gradient(along_0, first, 2);
    check_gradient(along_1, middle, 2);
    check_gradient(along_2, last, 2);
    check_gradient(with_itself, first, 1);
}

static void concat_puts_b_after_a(void **state)
{
    (void)state;
    reel_rt *rt = check_rt_new();
    reel_tensor *in[] = { REEL_FROM_HOST(rt, REEL_F32, ((float[]){ 1, 2, 3, 4 }), 2, 2),
                          REEL_FROM_HOST(rt, REEL_F32, ((float[]){ 5, 6 }), 2, 1) };
    reel_tensor *y = along_1(rt, in);
    assert_int_equal(y->dim[1], 3);
    assert_memory_equal(y->data, ((float[]){ 1, 2, 5, 3, 4, 6 }), 24);
    check_rt_free(rt);
}

static void concat_refuses_other_shapes_and_axes(void **state)
{
    (void)state;
    check_shape in[] = { { 3, { 2, 3, 4 } }, { 3, { 2, 3, 5 } } };
    check_refuses(along_1, in, 2, REEL_ERR_SHAPE,
                  "concat: a is [2, 3, 4] f32, b is [2, 3, 5] f32, axis 1");
    check_shape flat[] = { { 1, { 4 } }, { 1, { 4 } } };
    check_refuses(along_1, flat, 2, REEL_ERR_SHAPE, "axis 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(concat_gives_the_same_bytes_with_every_number_of_threads),
        cmocka_unit_test(concat_backward_matches_finite_differences),
        cmocka_unit_test(concat_puts_b_after_a),
        cmocka_unit_test(concat_refuses_other_shapes_and_axes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
