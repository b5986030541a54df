/* The timestep embedding. */
#include "ops/timestep_embedding.h"

#include "check.h"

#include <math.h>

static void timestep_embedding_is_cosines_then_sines(void **state)
{
    (void)state;
    enum { N = 5, DIM = 64 };
    static const float t[N] = { 0.0f, 1.0f, 0.5f, 0.123456f, -0.7f };
    reel_rt *rt = check_rt_new();
    reel_tensor *y = reel_timestep_embedding(rt, REEL_FROM_HOST(rt, REEL_F32, t, N), DIM, 10000.0f);
    assert_int_equal(rt->status, REEL_OK);
    for (int n = 0; n < N; n++) {
        for (int i = 0; i < DIM / 2; i++) {
            double angle = 1000.0 * (double)t[n] * pow(10000.0, -i / (DIM / 2.0));
            assert_true(fabs((double)reel_f32(y)[n * DIM + i] - cos(angle)) < 1e-6);
            assert_true(fabs((double)reel_f32(y)[n * DIM + DIM / 2 + i] - sin(angle)) < 1e-6);
        }
    }
    check_rt_free(rt);
}

static void timestep_embedding_records_no_gradient(void **state)
{
    (void)state;
    reel_rt *rt = check_rt_new();
    rt->recording = 1;
    reel_tensor *t = check_random(rt, (check_shape){ 1, { 3 } }, 0);
    t->wants_grad = 1;
    assert_false(reel_timestep_embedding(rt, t, 8, 10000.0f)->wants_grad);
    check_rt_free(rt);
}

static reel_tensor *odd(reel_rt *rt, reel_tensor **in)
{
    return reel_timestep_embedding(rt, in[0], 7, 10000.0f);
}

static reel_tensor *even(reel_rt *rt, reel_tensor **in)
{
    return reel_timestep_embedding(rt, in[0], 8, 10000.0f);
}

static void timestep_embedding_refuses_an_odd_dim_and_a_matrix_of_times(void **state)
{
    (void)state;
    check_shape times[] = { { 1, { 4 } } }, matrix[] = { { 2, { 4, 2 } } };
    check_refuses(odd, times, 1, REEL_ERR_INVALID, "dim is 7");
    check_refuses(even, matrix, 1, REEL_ERR_SHAPE, "t is [4, 2] f32");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timestep_embedding_is_cosines_then_sines),
        cmocka_unit_test(timestep_embedding_records_no_gradient),
        cmocka_unit_test(timestep_embedding_refuses_an_odd_dim_and_a_matrix_of_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
