/* Rotary positions. */
#include "ops/rope.h"

#include "check.h"

#include <math.h>

enum { MAX_ANGLES = 700 * 32 };

/* [L, half] angles up to a few hundred radians. */
static reel_tensor *angles_of(reel_rt *rt, int64_t length, int64_t half)
{
    static float angles[MAX_ANGLES];
    assert_true(length * half <= MAX_ANGLES);
    for (int64_t i = 0; i < length * half; i++) {
        angles[i] = 0.37f * (float)(i / half) / (float)(1 + i % half) - 3.0f;
    }
    return REEL_FROM_HOST(rt, REEL_F32, angles, length, half);
}

static reel_tensor *two_heads(reel_rt *rt, reel_tensor **in)
{
    int64_t half = in[0]->rank == 4 ? in[0]->dim[3] / 2 : in[0]->dim[2] / 4;
    return reel_rope(rt, in[0], 2, angles_of(rt, in[0]->dim[1], half));
}

static reel_tensor *with_given_angles(reel_rt *rt, reel_tensor **in)
{
    return reel_rope(rt, in[0], 2, in[1]);
}

static void rope_gives_the_same_bytes_with_every_number_of_threads(void **state)
{
    (void)state;
    check_shape small[] = { { 3, { 2, 5, 12 } } }, large[] = { { 3, { 2, 600, 128 } } };
    check_agrees_everywhere(two_heads, small, 1, 2e-6);
    check_agrees_everywhere(two_heads, large, 1, 2e-6);
}

static void rope_backward_matches_finite_differences(void **state)
{
    (void)state;
    check_shape flat[] = { { 3, { 2, 3, 12 } } }, heads[] = { { 4, { 1, 3, 2, 6 } } };
    check_gradient(two_heads, flat, 1);
    check_gradient(two_heads, heads, 1);
}

static void rope_matches_pytorch(void **state)
{
    (void)state;
    check_golden("ops/rope", with_given_angles, 1e-6);
}

static void rope_keeps_the_length_of_every_pair(void **state)
{
    (void)state;
    reel_rt *rt = check_rt_new();
    reel_tensor *x = check_random(rt, (check_shape){ 3, { 1, 700, 128 } }, 0);
    const float *a = x->data, *b = reel_f32(two_heads(rt, &x));
    assert_int_equal(rt->status, REEL_OK);
    for (int i = 0; i < 700 * 128; i += (i % 32 == 31 ? 33 : 1)) {
        double before = hypot((double)a[i], (double)a[i + 32]);
        double after = hypot((double)b[i], (double)b[i + 32]);
        assert_true(fabs(before - after) < 1e-6 * (1.0 + before));
    }
    check_rt_free(rt);
}

static void rope_refuses_angles_of_another_length_or_width(void **state)
{
    (void)state;
    check_shape length[] = { { 3, { 2, 5, 12 } }, { 2, { 4, 3 } } };
    check_refuses(with_given_angles, length, 2, REEL_ERR_SHAPE,
                  "rope: x is [2, 5, 12] f32, 2 heads, angles are [4, 3] f32");
    check_shape width[] = { { 3, { 2, 5, 12 } }, { 2, { 5, 6 } } };
    check_refuses(with_given_angles, width, 2, REEL_ERR_SHAPE, "angles are [5, 6] f32");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rope_gives_the_same_bytes_with_every_number_of_threads),
        cmocka_unit_test(rope_backward_matches_finite_differences),
        cmocka_unit_test(rope_matches_pytorch),
        cmocka_unit_test(rope_keeps_the_length_of_every_pair),
        cmocka_unit_test(rope_refuses_angles_of_another_length_or_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
