/* Errands: each that is taken runs once, those beyond the depth are refused. */
#include "server/errands.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static atomic_int begun, done;

static void pass_gate(void *user)
{
    (void)user;
    atomic_fetch_add(&begun, 1);
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    atomic_fetch_add(&done, 1);
}

static void count(void *user)
{
    atomic_fetch_add((atomic_int *)user, 1);
}

static void what_is_taken_runs_once_and_what_is_too_much_is_refused(void **state)
{
    (void)state;
    reel_errands *errands;
    int taken = 0;
    assert_int_equal(reel_errands_open(&errands, 2, 4), REEL_OK);
    pthread_mutex_lock(&gate);
    /* two run, four wait, whatever the threads' timing */
    for (int i = 0; i < 1000 && taken < 6; i++) {
        taken += reel_errands_add(errands, pass_gate, NULL);
        while (taken <= 2 && atomic_load(&begun) < taken) {
        }
    }
    assert_int_equal(taken, 6);
    assert_false(reel_errands_add(errands, pass_gate, NULL));
    pthread_mutex_unlock(&gate);
    reel_errands_close(errands);
    assert_int_equal(atomic_load(&done), 6);
}

static void stopping_runs_what_waits_and_takes_nothing_more(void **state)
{
    (void)state;
    reel_errands *errands;
    atomic_int counter = 0;
    assert_int_equal(reel_errands_open(&errands, 3, 100), REEL_OK);
    for (int i = 0; i < 100; i++) {
        assert_true(reel_errands_add(errands, count, &counter));
    }
    reel_errands_stop(errands);
    assert_int_equal(atomic_load(&counter), 100);
    assert_false(reel_errands_add(errands, count, &counter));
    reel_errands_close(errands);
    assert_int_equal(atomic_load(&counter), 100);
    reel_errands_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_taken_runs_once_and_what_is_too_much_is_refused),
        cmocka_unit_test(stopping_runs_what_waits_and_takes_nothing_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
