/* Power spectra against the sum that defines them. */
#include "media/spectrum.h"

#include "base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { LONGEST = 512 };

/* Share of bin k by the discrete Fourier sum. */
static double expected_power(const float *samples, int length, int k)
{
    double re = 0.0, im = 0.0;
    for (int i = 0; i < length; i++) {
        double a = 2.0 * M_PI * i / length, x = (0.5 - 0.5 * cos(a)) * samples[i];
        re += x * cos(a * k);
        im -= x * sin(a * k);
    }
    double both = k == 0 || k == length / 2 ? 1.0 : 2.0;
    return both * (re * re + im * im) / (0.375 * length * length);
}

static void spectrum_is_the_fourier_sum_under_a_hann_window(void **state)
{
    (void)state;
    static const int lengths[] = { 32, 64, 512 };
    float samples[LONGEST], power[LONGEST / 2 + 1];
    for (int n = 0; n < 3; n++) {
        reel_spectrum *spectrum;
        reel_rng rng = reel_rng_at(1, (uint64_t)n);
        for (int i = 0; i < lengths[n]; i++) {
            samples[i] = (float)reel_rng_range(&rng, -1.0, 1.0);
        }
        assert_int_equal(reel_spectrum_new(&spectrum, lengths[n]), REEL_OK);
        reel_spectrum_power(power, spectrum, samples);
        for (int k = 0; k <= lengths[n] / 2; k++) {
            double expected = expected_power(samples, lengths[n], k);
            assert_true(fabs(power[k] - expected) < 1e-5 * (expected + 0.01));
        }
        reel_spectrum_free(spectrum);
    }
}

static void spectrum_keeps_the_power_of_a_sine(void **state)
{
    (void)state;
    float samples[LONGEST], power[LONGEST / 2 + 1];
    reel_spectrum *spectrum;
    for (int i = 0; i < LONGEST; i++) {
        samples[i] = (float)(0.6 * sin(2.0 * M_PI * 40.0 * i / LONGEST + 0.3));
    }
    assert_int_equal(reel_spectrum_new(&spectrum, LONGEST), REEL_OK);
    reel_spectrum_power(power, spectrum, samples);
    assert_true(fabs(power[39] + power[40] + power[41] - 0.18) < 1e-4);
    assert_true(power[60] < 1e-9);
    reel_spectrum_free(spectrum);
}

static void spectrum_refuses_a_length_that_is_no_power_of_two(void **state)
{
    (void)state;
    static const int lengths[] = { -8, 0, 16, 33, 500, 1 << 17 };
    reel_spectrum *spectrum;
    for (int i = 0; i < 6; i++) {
        assert_int_equal(reel_spectrum_new(&spectrum, lengths[i]), REEL_ERR_INVALID);
        assert_null(spectrum);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spectrum_is_the_fourier_sum_under_a_hann_window),
        cmocka_unit_test(spectrum_keeps_the_power_of_a_sine),
        cmocka_unit_test(spectrum_refuses_a_length_that_is_no_power_of_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
