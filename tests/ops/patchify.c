/* Patches. */
#include "ops/patchify.h"

#include "check.h"

static reel_tensor *patchify(reel_rt *rt, reel_tensor **in)
{
    return reel_patchify(rt, in[0], 2, 3, 2);
}

static reel_tensor *unpatchify(reel_rt *rt, reel_tensor **in)
{
    return reel_unpatchify(rt, in[0], 2, 3, 2);
}

static reel_tensor *there_and_back(reel_rt *rt, reel_tensor **in)
{
    return reel_unpatchify(rt, reel_patchify(rt, in[0], 2, 3, 2), 2, 3, 2);
}

static void patchify_gives_the_same_bytes_with_every_number_of_threads(void **state)
{
    (void)state;
    check_shape grid[] = { { 5, { 2, 4, 36, 20, 16 } } };
    check_agrees_everywhere(patchify, grid, 1, 1e-7);
    check_shape patches[] = { { 5, { 2, 2, 12, 10, 192 } } };
    check_agrees_everywhere(unpatchify, patches, 1, 1e-7);
}

static void patchify_backward_matches_finite_differences(void **state)
{
    (void)state;
    check_shape grid[] = { { 5, { 1, 4, 3, 4, 2 } } };
    check_gradient(patchify, grid, 1);
    check_shape patches[] = { { 5, { 1, 2, 1, 2, 24 } } };
    check_gradient(unpatchify, patches, 1);
}

static void patchify_orders_a_patch_by_frame_row_column_channel(void **state)
{
    (void)state;
    enum { T = 4, H = 6, W = 4, C = 2 };
    reel_rt *rt = check_rt_new();
    reel_tensor *x = check_random(rt, (check_shape){ 5, { 1, T, H, W, C } }, 0);
    reel_tensor *y = patchify(rt, &x);
    assert_int_equal(y->dim[4], 24);
    const float *grid = x->data, *patches = y->data;
    for (int t = 0; t < T; t++) {
        for (int h = 0; h < H; h++) {
            for (int i = 0; i < W * C; i++) {
                int w = i / C, c = i % C;
                int patch = (t / 2 * (H / 3) + h / 3) * (W / 2) + w / 2;
                int inside = ((t % 2 * 3 + h % 3) * 2 + w % 2) * C + c;
                assert_true(patches[patch * 24 + inside] == grid[(t * H + h) * W * C + i]);
            }
        }
    }
    check_rt_free(rt);
}

static void unpatchify_undoes_patchify(void **state)
{
    (void)state;
    reel_rt *rt = check_rt_new();
    reel_tensor *x = check_random(rt, (check_shape){ 5, { 2, 4, 6, 8, 3 } }, 0);
    reel_tensor *y = there_and_back(rt, &x);
    assert_true(reel_same_shape(x, y));
    assert_memory_equal(x->data, y->data, reel_size_bytes(x));
    check_rt_free(rt);
}

static void patchify_refuses_sizes_that_do_not_divide(void **state)
{
    (void)state;
    check_shape grid[] = { { 5, { 1, 4, 4, 4, 2 } } };
    check_refuses(patchify, grid, 1, REEL_ERR_SHAPE,
                  "patchify: x is [1, 4, 4, 4, 2] f32, patches are [2, 3, 2]");
    check_refuses(unpatchify, grid, 1, REEL_ERR_SHAPE, "unpatchify: x is [1, 4, 4, 4, 2] f32");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patchify_gives_the_same_bytes_with_every_number_of_threads),
        cmocka_unit_test(patchify_backward_matches_finite_differences),
        cmocka_unit_test(patchify_orders_a_patch_by_frame_row_column_channel),
        cmocka_unit_test(unpatchify_undoes_patchify),
        cmocka_unit_test(patchify_refuses_sizes_that_do_not_divide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
