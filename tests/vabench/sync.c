/* Pairing impacts with sounds, by tables. */
#include "vabench/sync.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { TIMES_MAX = 6 };

typedef struct {
    double impacts[TIMES_MAX], onsets[TIMES_MAX]; /* end with 0 */
    int expected_impacts, expected_heard, expected_onsets, expected_seen;
} film;

static reel_sync pair(const double *impact_times, const double *onset_times)
{
    reel_impacts impacts = { 0 };
    reel_onsets onsets = { 0 };
    reel_sync sync = { 0 };
    while (impacts.count < TIMES_MAX && impact_times[impacts.count] > 0.0) {
        impacts.at[impacts.count].seconds = impact_times[impacts.count];
        impacts.count++;
    }
    while (onsets.count < TIMES_MAX && onset_times[onsets.count] > 0.0) {
        onsets.at[onsets.count].seconds = onset_times[onsets.count];
        onsets.count++;
    }
    reel_sync_add(&sync, &impacts, &onsets, 3.0);
    return sync;
}

static void check(const film *f)
{
    reel_sync sync = pair(f->impacts, f->onsets);
    assert_int_equal(sync.impacts, f->expected_impacts);
    assert_int_equal(sync.heard, f->expected_heard);
    assert_int_equal(sync.onsets, f->expected_onsets);
    assert_int_equal(sync.seen, f->expected_seen);
}

static void a_sound_counts_within_eighty_milliseconds_either_way(void **state)
{
    (void)state;
    check(&(film){ { 1.0 }, { 1.0 }, 1, 1, 1, 1 });
    check(&(film){ { 1.0 }, { 1.079 }, 1, 1, 1, 1 });
    check(&(film){ { 1.0 }, { 0.921 }, 1, 1, 1, 1 });
    check(&(film){ { 1.0 }, { 1.1 }, 1, 0, 1, 0 });
    check(&(film){ { 1.0 }, { 0.9 }, 1, 0, 1, 0 });
}

static void a_second_sound_for_one_impact_is_a_phantom(void **state)
{
    (void)state;
    check(&(film){ { 1.0 }, { 0.97, 1.04 }, 1, 1, 2, 1 });
}

static void a_second_impact_for_one_sound_stays_unheard(void **state)
{
    (void)state;
    check(&(film){ { 0.97, 1.04 }, { 1.0 }, 2, 1, 1, 1 });
}

static void the_nearest_pair_goes_first(void **state)
{
    (void)state;
    /* Paired in order, 1.0 with 1.07 would leave 1.08 without its own sound. */
    check(&(film){ { 1.0, 1.08 }, { 1.07 }, 2, 1, 1, 1 });
    reel_sync sync = pair((double[]){ 1.0, 1.08, 0.0 }, (double[]){ 1.07, 0.0 });
    assert_int_equal(sync.errors[10] + sync.errors[9], 1);
}

static void silence_and_stillness_count_nothing(void **state)
{
    (void)state;
    check(&(film){ { 1.0, 2.0 }, { 0.0 }, 2, 0, 0, 0 });
    check(&(film){ { 0.0 }, { 1.0, 2.0 }, 0, 0, 2, 0 });
    reel_sync none = pair((double[]){ 0.0 }, (double[]){ 0.0 });
    assert_int_equal(none.impacts + none.onsets, 0);
    assert_true(reel_sync_median_ms(&none) < 0.0);
}

static void events_at_the_ends_are_partners_but_not_counted(void **state)
{
    (void)state;
    check(&(film){ { 0.05, 2.95 }, { 0.05, 2.95 }, 0, 0, 0, 0 });
    check(&(film){ { 2.87 }, { 2.84 }, 0, 0, 1, 1 });
    check(&(film){ { 0.12 }, { 0.08 }, 1, 1, 0, 0 });
}

static void the_median_is_about_pairs_up_to_a_quarter_of_a_second(void **state)
{
    (void)state;
    reel_sync sync = pair((double[]){ 0.5, 1.0, 1.5, 2.0, 2.5, 0.0 },
                          (double[]){ 0.51, 1.02, 1.65, 2.24, 2.8, 0.0 });
    assert_int_equal(sync.heard, 2);
    assert_true(reel_sync_median_ms(&sync) > 20.0 && reel_sync_median_ms(&sync) < 151.0);
    reel_sync twice = sync;
    reel_sync_sum(&twice, &sync);
    assert_int_equal(twice.impacts, 10);
    assert_true(reel_sync_median_ms(&twice) == reel_sync_median_ms(&sync));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_counts_within_eighty_milliseconds_either_way),
        cmocka_unit_test(a_second_sound_for_one_impact_is_a_phantom),
        cmocka_unit_test(a_second_impact_for_one_sound_stays_unheard),
        cmocka_unit_test(the_nearest_pair_goes_first),
        cmocka_unit_test(silence_and_stillness_count_nothing),
        cmocka_unit_test(events_at_the_ends_are_partners_but_not_counted),
        cmocka_unit_test(the_median_is_about_pairs_up_to_a_quarter_of_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
