/* Philox against its published vectors, and the distributions drawn from it. */
#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <omp.h>
#include <string.h>

/* kat_vectors of Random123 1.14, philox4x32 with 10 rounds; words of a counter from low to high. */
static void philox_gives_the_published_numbers(void **state)
{
    (void)state;
    static const struct {
        uint64_t index, sequence, seed;
        uint32_t expected[4];
    } cases[] = {
        { 0, 0, 0, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
        { UINT64_MAX, UINT64_MAX, UINT64_MAX, { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
        { 0x85a308d3243f6a88,
          0x0370734413198a2e,
          0x299f31d0a4093822,
          { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t found[4];
        reel_rng_block(cases[i].seed, cases[i].sequence, cases[i].index, found);
        assert_memory_equal(found, cases[i].expected, sizeof found);
    }
}

static void a_cursor_walks_the_blocks_in_order(void **state)
{
    (void)state;
    reel_rng rng = reel_rng_at(5, 9);
    for (uint64_t block = 0; block < 3; block++) {
        uint32_t expected[4];
        reel_rng_block(5, 9, block, expected);
        for (int i = 0; i < 4; i++) {
            assert_int_equal(reel_rng_u32(&rng), expected[i]);
        }
    }
}

static void a_copied_cursor_repeats_what_follows(void **state)
{
    (void)state;
    reel_rng rng = reel_rng_at(1, 2);
    for (int i = 0; i < 5; i++) {
        reel_rng_u32(&rng);
    }
    reel_rng saved = rng;
    double first[8];
    for (int i = 0; i < 8; i++) {
        first[i] = reel_rng_normal(&rng);
    }
    for (int i = 0; i < 8; i++) {
        assert_true(reel_rng_normal(&saved) == first[i]);
    }
}

static void uniform_numbers_fill_their_range_evenly(void **state)
{
    (void)state;
    enum { COUNT = 100000, BINS = 10 };
    reel_rng rng = reel_rng_at(3, 0);
    int bins[BINS] = { 0 };
    for (int i = 0; i < COUNT; i++) {
        double u = reel_rng_uniform(&rng);
        assert_true(u >= 0.0 && u < 1.0);
        bins[(int)(u * BINS)]++;
        double r = reel_rng_range(&rng, -3.0, -1.0);
        assert_true(r >= -3.0 && r < -1.0);
    }
    for (int i = 0; i < BINS; i++) { /* 95 is the standard deviation of a bin */
        assert_in_range(bins[i], COUNT / BINS - 500, COUNT / BINS + 500);
    }
}

static void below_reaches_every_number_under_its_bound(void **state)
{
    (void)state;
    reel_rng rng = reel_rng_at(4, 0);
    int seen[7] = { 0 };
    for (int i = 0; i < 7000; i++) {
        int n = reel_rng_below(&rng, 7);
        assert_in_range(n, 0, 6);
        seen[n]++;
    }
    for (int i = 0; i < 7; i++) {
        assert_in_range(seen[i], 850, 1150);
    }
    assert_int_equal(reel_rng_below(&rng, 1), 0);
}

static void normal_numbers_have_the_moments_of_the_normal_distribution(void **state)
{
    (void)state;
    enum { COUNT = 200000 };
    static float x[COUNT];
    reel_rng_fill_normal(x, COUNT, 11, 0);
    double sum[5] = { 0 };
    for (int i = 0; i < COUNT; i++) {
        for (int power = 1; power <= 4; power++) {
            sum[power] += pow(x[i], power) / COUNT;
        }
    }
    assert_true(fabs(sum[1]) < 0.01);
    assert_true(fabs(sum[2] - 1.0) < 0.02);
    assert_true(fabs(sum[3]) < 0.04);
    assert_true(fabs(sum[4] - 3.0) < 0.1);
}

static void filled_noise_does_not_depend_on_threads_or_length(void **state)
{
    (void)state;
    enum { COUNT = 100003 };
    static float one[COUNT], two[COUNT], start[37];
    int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    reel_rng_fill_normal(one, COUNT, 7, 3);
    omp_set_num_threads(3);
    reel_rng_fill_normal(two, COUNT, 7, 3);
    omp_set_num_threads(threads);
    reel_rng_fill_normal(start, 37, 7, 3);
    assert_memory_equal(one, two, sizeof one);
    assert_memory_equal(one, start, sizeof start);
}

static void other_seeds_and_sequences_give_other_numbers(void **state)
{
    (void)state;
    float base[16], seed[16], sequence[16];
    reel_rng_fill_normal(base, 16, 1, 1);
    reel_rng_fill_normal(seed, 16, 2, 1);
    reel_rng_fill_normal(sequence, 16, 1, 2);
    for (int i = 0; i < 16; i++) {
        assert_true(base[i] != seed[i] && base[i] != sequence[i] && seed[i] != sequence[i]);
    }
    assert_true(reel_rng_mix(1, 2) != reel_rng_mix(2, 1));
    assert_true(reel_rng_mix(1, 2) == reel_rng_mix(1, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_published_numbers),
        cmocka_unit_test(a_cursor_walks_the_blocks_in_order),
        cmocka_unit_test(a_copied_cursor_repeats_what_follows),
        cmocka_unit_test(uniform_numbers_fill_their_range_evenly),
        cmocka_unit_test(below_reaches_every_number_under_its_bound),
        cmocka_unit_test(normal_numbers_have_the_moments_of_the_normal_distribution),
        cmocka_unit_test(filled_noise_does_not_depend_on_threads_or_length),
        cmocka_unit_test(other_seeds_and_sequences_give_other_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
