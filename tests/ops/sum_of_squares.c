/* Sums of squares in chunks. */
#include "check.h"

#include <math.h>

static void sums_of_squares_are_those_of_their_chunks(void **state)
{
    (void)state;
    static const size_t counts[] = { 1, 255, REEL_SQUARES_CHUNK, REEL_SQUARES_CHUNK + 1, 100003 };
    for (size_t n = 0; n < sizeof counts / sizeof *counts; n++) {
        float *x = check_buffer(counts[n]);
        double *parts = (double *)(void *)check_buffer(2 * reel_squares_parts(counts[n]));
        for (size_t i = 0; i < counts[n]; i++) {
            x[i] = sinf((float)i) * 1e3f;
        }
        const reel_sum_of_squares_args args = { .parts = parts, .x = x, .count = counts[n] };
        assert_int_equal(reel_kernels_get()->sum_of_squares.run(&args), REEL_OK);
        for (size_t p = 0; p < reel_squares_parts(counts[n]); p++) {
            size_t end = (p + 1) * REEL_SQUARES_CHUNK;
            double sum = 0;
            for (size_t i = p * REEL_SQUARES_CHUNK; i < counts[n] && i < end; i++) {
                sum += (double)x[i] * (double)x[i];
            }
            assert_true(fabs(parts[p] - sum) <= 1e-12 * sum);
        }
        reel_device_release(x);
        reel_device_release(parts);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_of_squares_are_those_of_their_chunks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
