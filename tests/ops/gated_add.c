/* The gated residual. */
#include "ops/gated_add.h"

#include "check.h"

static reel_tensor *gated_add(reel_rt *rt, reel_tensor **in)
{
    return reel_gated_add(rt, in[0], in[1], in[2]);
}

static reel_tensor *onto_itself(reel_rt *rt, reel_tensor **in)
{
    return reel_gated_add(rt, in[0], in[0], in[1]);
}

static void gated_add_gives_the_same_bytes_with_every_number_of_threads(void **state)
{
    (void)state;
    static const int64_t sizes[][3] = {
        { 2, 1, 5 }, { 3, 65, 17 }, { 8, 600, 192 }, { 1, 4800, 64 }
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        check_shape x = { 3, { sizes[i][0], sizes[i][1], sizes[i][2] } };
        check_shape in[] = { x, x, { 2, { sizes[i][0], sizes[i][2] } } };
        check_agrees_everywhere(gated_add, in, 3, 2e-6);
    }
}

static void gated_add_backward_matches_finite_differences(void **state)
{
    (void)state;
    check_shape in[] = { { 3, { 2, 3, 5 } }, { 3, { 2, 3, 5 } }, { 2, { 2, 5 } } };
    check_gradient(gated_add, in, 3);
    check_shape same[] = { { 3, { 2, 3, 20 } }, { 2, { 2, 20 } } };
    check_gradient(onto_itself, same, 2);
}

static void gated_add_matches_pytorch(void **state)
{
    (void)state;
    check_golden("ops/gated_add", gated_add, 1e-6);
}

static void gated_add_refuses_shapes_that_do_not_fit(void **state)
{
    (void)state;
    check_shape other_y[] = { { 3, { 2, 3, 5 } }, { 3, { 2, 4, 5 } }, { 2, { 2, 5 } } };
    check_refuses(gated_add, other_y, 3, REEL_ERR_SHAPE, "y is [2, 4, 5] f32");
    check_shape other_gate[] = { { 3, { 2, 3, 5 } }, { 3, { 2, 3, 5 } }, { 1, { 5 } } };
    check_refuses(gated_add, other_gate, 3, REEL_ERR_SHAPE, "gate is [5] f32");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gated_add_gives_the_same_bytes_with_every_number_of_threads),
        cmocka_unit_test(gated_add_backward_matches_finite_differences),
        cmocka_unit_test(gated_add_matches_pytorch),
        cmocka_unit_test(gated_add_refuses_shapes_that_do_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
