/* Modulation. */
#include "ops/modulate.h"

#include "check.h"

static reel_tensor *modulate(reel_rt *rt, reel_tensor **in)
{
    return reel_modulate(rt, in[0], in[1], in[2]);
}

static void modulate_gives_the_same_bytes_with_every_number_of_threads(void **state)
{
    (void)state;
    static const int64_t sizes[][3] = {
        { 2, 1, 5 }, { 3, 65, 17 }, { 8, 600, 192 }, { 1, 4800, 64 }
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int64_t batch = sizes[i][0], width = sizes[i][2];
        check_shape in[] = { { 3, { batch, sizes[i][1], width } },
                             { 2, { batch, width } },
                             { 2, { batch, width } } };
        check_agrees_everywhere(modulate, in, 3, 2e-6);
    }
}

static void modulate_backward_matches_finite_differences(void **state)
{
    (void)state;
    check_shape rows[] = { { 4, { 2, 2, 3, 5 } }, { 2, { 2, 5 } }, { 2, { 2, 5 } } };
    check_gradient(modulate, rows, 3);
    check_shape flat[] = { { 2, { 3, 5 } }, { 2, { 3, 5 } }, { 2, { 3, 5 } } };
    check_gradient(modulate, flat, 3);
}

static void modulate_matches_pytorch(void **state)
{
    (void)state;
    check_golden("ops/modulate", modulate, 1e-6);
}

static void modulate_refuses_a_shift_of_another_batch(void **state)
{
    (void)state;
    check_shape in[] = { { 3, { 2, 3, 5 } }, { 2, { 1, 5 } }, { 2, { 2, 5 } } };
    check_refuses(modulate, in, 3, REEL_ERR_SHAPE,
                  "modulate: x is [2, 3, 5] f32, shift is [1, 5] f32, scale is [2, 5] f32");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modulate_gives_the_same_bytes_with_every_number_of_threads),
        cmocka_unit_test(modulate_backward_matches_finite_differences),
        cmocka_unit_test(modulate_matches_pytorch),
        cmocka_unit_test(modulate_refuses_a_shift_of_another_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
