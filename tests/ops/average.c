/* Averages of buffers. */
#include "check.h"

enum { COUNT = 1001 };

static void average_moves_towards_the_value_and_swaps_with_it(void **state)
{
    (void)state;
    float *average = check_buffer(COUNT), *value = check_buffer(COUNT);
    for (int i = 0; i < COUNT; i++) {
        average[i] = (float)i;
        value[i] = (float)(-3 * i);
    }
    const reel_average_args args = {
        .average = average, .value = value, .count = COUNT, .share = 0.25f
    };
    assert_int_equal(reel_kernels_get()->average.update(&args), REEL_OK);
    for (int i = 0; i < COUNT; i++) {
        assert_true(average[i] == 0 && value[i] == (float)(-3 * i));
        average[i] = (float)(7 * i);
    }
    assert_int_equal(reel_kernels_get()->average.swap(&args), REEL_OK);
    for (int i = 0; i < COUNT; i++) {
        assert_true(average[i] == (float)(-3 * i) && value[i] == (float)(7 * i));
    }
    reel_device_release(average);
    reel_device_release(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(average_moves_towards_the_value_and_swaps_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
