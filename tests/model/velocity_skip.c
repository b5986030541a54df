/* The linear estimate of the velocity: against the formula, and best of all linear ones. */
#include "model/dit/velocity_skip.h"

#include "base/rng.h"
#include "check.h"

#include <math.h>

enum { BATCH = 5, ROWS = 6, C = 3 };
static const float sigma[BATCH] = { 0.0f, 0.1f, 0.5f, 0.9f, 1.0f };
static const double deviation[C] = { 2.0, 1.0, 0.125 };

static double estimate(double s, double d)
{
    return (s - (1 - s) * d * d) / (s * s + (1 - s) * (1 - s) * d * d);
}

static void every_channel_has_the_estimate_of_its_deviation(void **state)
{
    (void)state;
    reel_rt *rt = check_rt_new();
    const check_shape shape = { 4, { BATCH, ROWS / 2, 2, C } };
    reel_tensor *residual = check_random(rt, shape, 1), *x = check_random(rt, shape, 2);
    reel_tensor *y = reel_velocity_skip(rt, residual, x, sigma, deviation);
    reel_tensor *unit = reel_velocity_skip(rt, residual, x, sigma, NULL);
    assert_int_equal(rt->status, REEL_OK);
    for (int i = 0; i < BATCH * ROWS * C; i++) {
        double s = (double)sigma[i / (ROWS * C)], r = (double)reel_f32(residual)[i];
        double in = (double)reel_f32(x)[i];
        assert_true(fabs((double)reel_f32(y)[i] - (r + estimate(s, deviation[i % C]) * in)) < 1e-5);
        double plain = (2 * s - 1) / (s * s + (1 - s) * (1 - s));
        assert_true(fabs((double)reel_f32(unit)[i] - (r + plain * in)) < 1e-5);
    }
    check_rt_free(rt);
}

/* What the product adds to 0 where x is 1. */
static void read_factors(double factor[BATCH * C])
{
    float ones[BATCH * C], zeros[BATCH * C] = { 0 };
    for (int i = 0; i < BATCH * C; i++) {
        ones[i] = 1.0f;
    }
    reel_rt *rt = check_rt_new();
    reel_tensor *y =
        reel_velocity_skip(rt, REEL_FROM_HOST(rt, REEL_F32, zeros, BATCH, 1, C),
                           REEL_FROM_HOST(rt, REEL_F32, ones, BATCH, 1, C), sigma, deviation);
    assert_int_equal(rt->status, REEL_OK);
    for (int i = 0; i < BATCH * C; i++) {
        factor[i] = (double)reel_f32(y)[i];
    }
    check_rt_free(rt);
}

/* Least squares of v over x = (1 - s) x0 + s e on numbers drawn. */
static void no_other_factor_leaves_less(void **state)
{
    (void)state;
    enum { N = 100000 };
    static float clean[N], noise[N];
    double factor[BATCH * C];
    reel_rng_fill_normal(clean, N, 3, 0);
    reel_rng_fill_normal(noise, N, 3, 1);
    read_factors(factor);
    for (int i = 0; i < BATCH * C; i++) {
        double s = (double)sigma[i / C], both = 0, square = 0;
        for (int j = 0; j < N; j++) {
            double x0 = deviation[i % C] * (double)clean[j], e = (double)noise[j];
            double x = (1 - s) * x0 + s * e;
            both += (e - x0) * x;
            square += x * x;
        }
        assert_true(fabs(both / square - factor[i]) < 0.06 * fmax(1, fabs(factor[i])));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_channel_has_the_estimate_of_its_deviation),
        cmocka_unit_test(no_other_factor_leaves_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
