/* The queue on its SQLite store: the states of a task, what survives, what is refused. */
#include "server/queue.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scratch.h"

#define FIRST  "11111111-1111-4111-8111-111111111111"
#define SECOND "22222222-2222-4222-8222-222222222222"
#define THIRD  "33333333-3333-4333-8333-333333333333"

enum { OURS = 7, THEIRS = 8 };

static reel_queue *queue;
static int64_t clock_ms;
static reel_queue_limits limits;

static int64_t read_clock(void *user)
{
    return *(int64_t *)user;
}

static void open_queue(void)
{
    reel_store *store;
    assert_int_equal(reel_store_sqlite_open(&store, scratch_path("tasks.sqlite")), REEL_OK);
    assert_int_equal(reel_queue_open(&queue, store, &limits), REEL_OK);
}

/* What a killed process leaves behind is what the file holds at any moment. */
static void open_again(void)
{
    reel_queue_close(queue);
    open_queue();
}

static int setup(void **state)
{
    if (scratch_setup(state) != 0) {
        return -1;
    }
    clock_ms = 1000000;
    limits = (reel_queue_limits)REEL_QUEUE_LIMITS_INIT;
    limits.now_ms = read_clock;
    limits.clock = &clock_ms;
    open_queue();
    return 0;
}

static int teardown(void **state)
{
    reel_queue_close(queue);
    return scratch_teardown(state);
}

/* The film's uuid begins with another digit, so that no two tasks share one. */
static reel_submit_outcome submit(const char *uuid, int64_t key)
{
    reel_submit_outcome outcome;
    reel_task task = { .key = key, .type = "videoInference", .result_count = 2 };
    snprintf(task.uuid, sizeof task.uuid, "%s", uuid);
    for (int i = 0; i < 2; i++) {
        snprintf(task.results[i].video_uuid, REEL_UUID_SIZE, "%c%s", "ab"[i], uuid + 1);
        task.results[i].seed = UINT32_MAX - (unsigned)i;
        task.results[i].cost = 0.55;
    }
    task.request = json_pack("{s:s}", "positivePrompt", "a red ball");
    task.job = json_pack("{s:s, s:f}", "prompt", "a red ball", "seconds", 5.0);
    assert_int_equal(reel_queue_submit(&outcome, queue, &task), REEL_OK);
    reel_task_deinit(&task);
    return outcome;
}

static reel_task find(const char *uuid)
{
    reel_task task;
    assert_int_equal(reel_queue_find(&task, queue, uuid, OURS), REEL_OK);
    return task;
}

static void assert_state(const char *uuid, reel_task_state state)
{
    reel_task task = find(uuid);
    assert_string_equal(reel_task_state_name(task.state), reel_task_state_name(state));
    reel_task_deinit(&task);
}

static reel_task claim(void)
{
    reel_task task;
    assert_int_equal(reel_queue_claim(&task, queue), REEL_OK);
    return task;
}

static void a_task_is_found_as_it_was_submitted_also_after_a_restart(void **state)
{
    (void)state;
    assert_int_equal(submit(FIRST, OURS), REEL_SUBMIT_ACCEPTED);
    open_again();
    reel_task task = find(FIRST);
    assert_int_equal(task.state, REEL_TASK_QUEUED);
    assert_int_equal(task.key, OURS);
    assert_string_equal(task.type, "videoInference");
    assert_string_equal(json_string_value(json_object_get(task.request, "positivePrompt")),
                        "a red ball");
    assert_true(json_real_value(json_object_get(task.job, "seconds")) == 5.0);
    assert_int_equal(task.created_ms, 1000000);
    assert_int_equal(task.result_count, 2);
    assert_string_equal(task.results[1].video_uuid, "b1111111-1111-4111-8111-111111111111");
    assert_true(task.results[0].seed == UINT32_MAX);
    assert_true(task.results[0].cost == 0.55);
    assert_string_equal(task.results[0].file, "");
    reel_task_deinit(&task);
}

static void a_uuid_is_accepted_once_whoever_sends_it(void **state)
{
    (void)state;
    assert_int_equal(submit(FIRST, OURS), REEL_SUBMIT_ACCEPTED);
    assert_int_equal(submit(FIRST, OURS), REEL_SUBMIT_DUPLICATE);
    assert_int_equal(submit(FIRST, THEIRS), REEL_SUBMIT_DUPLICATE);
    open_again();
    assert_int_equal(submit(FIRST, OURS), REEL_SUBMIT_DUPLICATE);
}

static void a_task_of_another_key_does_not_exist(void **state)
{
    (void)state;
    reel_task task;
    reel_task_state now;
    submit(FIRST, OURS);
    assert_int_equal(reel_queue_find(&task, queue, FIRST, THEIRS), REEL_ERR_NOT_FOUND);
    assert_int_equal(reel_queue_cancel(&now, queue, FIRST, THEIRS), REEL_ERR_NOT_FOUND);
    assert_state(FIRST, REEL_TASK_QUEUED);
}

static void tasks_are_claimed_in_the_order_they_came(void **state)
{
    (void)state;
    submit(SECOND, OURS);
    submit(FIRST, THEIRS);
    reel_task a = claim(), b = claim(), none;
    assert_string_equal(a.uuid, SECOND);
    assert_string_equal(b.uuid, FIRST);
    assert_int_equal(a.attempt, 1);
    assert_int_equal(reel_queue_claim(&none, queue), REEL_ERR_NOT_FOUND);
    reel_task_deinit(&a);
    reel_task_deinit(&b);
}

static void a_full_queue_refuses(void **state)
{
    (void)state;
    limits.depth = 2;
    limits.depth_per_key = 1;
    open_again();
    assert_int_equal(submit(FIRST, OURS), REEL_SUBMIT_ACCEPTED);
    assert_int_equal(submit(SECOND, OURS), REEL_SUBMIT_FULL); /* of this key */
    assert_int_equal(submit(SECOND, THEIRS), REEL_SUBMIT_ACCEPTED);
    assert_int_equal(submit(THIRD, 9), REEL_SUBMIT_FULL); /* in all */
    reel_task task = claim();
    assert_int_equal(submit(THIRD, 9), REEL_SUBMIT_ACCEPTED);
    reel_task_deinit(&task);
}

static void progress_and_results_lead_to_done(void **state)
{
    (void)state;
    submit(FIRST, OURS);
    reel_task work = claim();
    assert_int_equal(reel_queue_progress(queue, &work, 37), REEL_OK);
    reel_task seen = find(FIRST);
    assert_int_equal(seen.state, REEL_TASK_RUNNING);
    assert_int_equal(seen.progress, 37);
    reel_task_deinit(&seen);
    assert_int_equal(reel_queue_result(queue, &work, 0, "a.mp4", -1), REEL_OK);
    assert_int_equal(reel_queue_result(queue, &work, 1, "b.mp4", -1), REEL_OK);
    clock_ms += 5000;
    assert_int_equal(reel_queue_finish(queue, &work), REEL_OK);
    reel_task_deinit(&work);
    open_again();
    seen = find(FIRST);
    assert_int_equal(seen.state, REEL_TASK_DONE);
    assert_int_equal(seen.progress, 100);
    assert_string_equal(seen.results[1].file, "b.mp4");
    assert_int_equal(seen.finished_ms - seen.started_ms, 5000);
    reel_task_deinit(&seen);
}

static void a_failure_keeps_its_error(void **state)
{
    (void)state;
    submit(FIRST, OURS);
    reel_task work = claim();
    json_t *error = json_pack("{s:s}", "code", "inferenceError");
    assert_int_equal(reel_queue_fail(queue, &work, error), REEL_OK);
    json_decref(error);
    reel_task_deinit(&work);
    open_again();
    reel_task seen = find(FIRST);
    assert_int_equal(seen.state, REEL_TASK_FAILED);
    assert_string_equal(json_string_value(json_object_get(seen.error, "code")), "inferenceError");
    reel_task_deinit(&seen);
}

static void a_waiting_task_is_cancelled_for_good(void **state)
{
    (void)state;
    reel_task none;
    reel_task_state now;
    submit(FIRST, OURS);
    assert_int_equal(reel_queue_cancel(&now, queue, FIRST, OURS), REEL_OK);
    assert_int_equal(now, REEL_TASK_CANCELLED);
    assert_int_equal(reel_queue_claim(&none, queue), REEL_ERR_NOT_FOUND);
    assert_int_equal(reel_queue_cancel(&now, queue, FIRST, OURS), REEL_OK); /* once more */
    assert_int_equal(now, REEL_TASK_CANCELLED);
}

static void the_worker_of_a_cancelled_task_can_change_nothing(void **state)
{
    (void)state;
    reel_task_state now;
    submit(FIRST, OURS);
    reel_task work = claim();
    assert_int_equal(reel_queue_cancel(&now, queue, FIRST, OURS), REEL_OK);
    assert_int_equal(now, REEL_TASK_CANCELLED);
    assert_int_equal(reel_queue_progress(queue, &work, 50), REEL_ERR_CANCELLED);
    assert_int_equal(reel_queue_result(queue, &work, 0, "a.mp4", -1), REEL_ERR_CANCELLED);
    assert_int_equal(reel_queue_finish(queue, &work), REEL_ERR_CANCELLED);
    assert_int_equal(reel_queue_fail(queue, &work, NULL), REEL_ERR_CANCELLED);
    assert_int_equal(reel_queue_release(queue, &work), REEL_ERR_CANCELLED);
    assert_state(FIRST, REEL_TASK_CANCELLED);
    reel_task_deinit(&work);
}

static void a_finished_task_cannot_be_cancelled(void **state)
{
    (void)state;
    reel_task_state now;
    submit(FIRST, OURS);
    reel_task work = claim();
    assert_int_equal(reel_queue_finish(queue, &work), REEL_OK);
    assert_int_equal(reel_queue_cancel(&now, queue, FIRST, OURS), REEL_OK);
    assert_int_equal(now, REEL_TASK_DONE);
    reel_task_deinit(&work);
}

static void a_released_task_comes_again_and_the_attempt_does_not_count(void **state)
{
    (void)state;
    submit(FIRST, OURS);
    for (int i = 0; i < 5; i++) {
        reel_task work = claim();
        assert_int_equal(work.attempt, 1);
        assert_int_equal(reel_queue_release(queue, &work), REEL_OK);
        reel_task_deinit(&work);
    }
    assert_state(FIRST, REEL_TASK_QUEUED);
}

static void a_silent_worker_loses_its_task_to_the_next(void **state)
{
    (void)state;
    submit(FIRST, OURS);
    reel_task silent = claim();
    clock_ms += limits.lease_ms;
    assert_int_equal(reel_queue_reap(queue), REEL_OK);
    assert_state(FIRST, REEL_TASK_RUNNING); /* not a moment too early */
    clock_ms += 1;
    assert_int_equal(reel_queue_reap(queue), REEL_OK);
    reel_task next = claim();
    assert_int_equal(next.attempt, 2);
    assert_int_equal(reel_queue_progress(queue, &silent, 99), REEL_ERR_CANCELLED);
    assert_int_equal(reel_queue_result(queue, &silent, 0, "a.mp4", -1), REEL_ERR_CANCELLED);
    assert_int_equal(reel_queue_finish(queue, &silent), REEL_ERR_CANCELLED);
    assert_int_equal(reel_queue_progress(queue, &next, 10), REEL_OK);
    reel_task_deinit(&silent);
    reel_task_deinit(&next);
}

static void progress_and_housekeeping_renew_the_lease(void **state)
{
    (void)state;
    submit(FIRST, OURS);
    reel_task work = claim();
    for (int i = 0; i < 5; i++) {
        clock_ms += limits.lease_ms - 1;
        if (i % 2) {
            assert_int_equal(reel_queue_progress(queue, &work, i), REEL_OK);
        } else {
            reel_queue_keep(queue);
        }
        assert_int_equal(reel_queue_reap(queue), REEL_OK);
        assert_state(FIRST, REEL_TASK_RUNNING);
    }
    reel_task_deinit(&work);
}

static void a_restart_begins_running_tasks_again_but_not_for_ever(void **state)
{
    (void)state;
    submit(FIRST, OURS);
    for (int i = 1; i <= limits.attempts; i++) {
        reel_task work = claim();
        assert_int_equal(work.attempt, i);
        assert_int_equal(reel_queue_result(queue, &work, 0, "a.mp4", -1), REEL_OK);
        reel_task_deinit(&work);
        open_again();
    }
    reel_task seen = find(FIRST);
    assert_int_equal(seen.state, REEL_TASK_FAILED);
    assert_string_equal(json_string_value(json_object_get(seen.error, "code")), "processingFailed");
    assert_string_equal(seen.results[0].file, "a.mp4"); /* what was finished stays */
    reel_task_deinit(&seen);
}

static void results_expire_by_the_ttl_and_rows_later(void **state)
{
    (void)state;
    reel_task expired[4], gone;
    int count;
    submit(FIRST, OURS);
    reel_task work = claim();
    assert_int_equal(reel_queue_result(queue, &work, 0, "a.mp4", -1), REEL_OK);
    assert_int_equal(reel_queue_finish(queue, &work), REEL_OK);
    reel_task_deinit(&work);
    clock_ms += limits.retention_seconds * 1000 - 1;
    reel_task seen = find(FIRST);
    assert_false(seen.is_expired);
    reel_task_deinit(&seen);
    assert_int_equal(reel_queue_expired(expired, &count, queue, 4), REEL_OK);
    assert_int_equal(count, 0);
    clock_ms += 2;
    seen = find(FIRST);
    assert_true(seen.is_expired);
    reel_task_deinit(&seen);
    assert_int_equal(reel_queue_expired(expired, &count, queue, 4), REEL_OK);
    assert_int_equal(count, 1);
    assert_string_equal(expired[0].results[0].file, "a.mp4");
    assert_int_equal(reel_queue_forget(queue, &expired[0]), REEL_OK);
    reel_task_deinit(&expired[0]);
    assert_int_equal(reel_queue_expired(expired, &count, queue, 4), REEL_OK);
    assert_int_equal(count, 0);
    assert_int_equal(reel_queue_reap(queue), REEL_OK);
    assert_state(FIRST, REEL_TASK_DONE); /* still answers */
    clock_ms += limits.retention_seconds * 1000;
    assert_int_equal(reel_queue_reap(queue), REEL_OK);
    assert_int_equal(reel_queue_find(&gone, queue, FIRST, OURS), REEL_ERR_NOT_FOUND);
}

static void a_list_holds_the_tasks_of_one_key_newest_first(void **state)
{
    (void)state;
    reel_task tasks[3];
    int count;
    submit(FIRST, OURS);
    submit(SECOND, THEIRS);
    submit(THIRD, OURS);
    reel_store_page page = { .key = OURS, .limit = 3 };
    assert_int_equal(reel_queue_list(tasks, &count, queue, &page), REEL_OK);
    assert_int_equal(count, 2);
    assert_string_equal(tasks[0].uuid, THIRD);
    assert_string_equal(tasks[1].uuid, FIRST);
    reel_task_deinit(&tasks[0]);
    reel_task_deinit(&tasks[1]);
    page.after = THIRD;
    assert_int_equal(reel_queue_list(tasks, &count, queue, &page), REEL_OK);
    assert_int_equal(count, 1);
    assert_string_equal(tasks[0].uuid, FIRST);
    reel_task_deinit(&tasks[0]);
}

static void a_list_may_begin_with_the_oldest(void **state)
{
    (void)state;
    reel_task tasks[1];
    int count;
    submit(FIRST, OURS);
    submit(SECOND, OURS);
    reel_store_page page = { .key = OURS, .limit = 1, .is_ascending = 1 };
    assert_int_equal(reel_queue_list(tasks, &count, queue, &page), REEL_OK);
    assert_int_equal(count, 1);
    assert_string_equal(tasks[0].uuid, FIRST);
    reel_task_deinit(&tasks[0]);
    page.after = FIRST;
    assert_int_equal(reel_queue_list(tasks, &count, queue, &page), REEL_OK);
    assert_int_equal(count, 1);
    assert_string_equal(tasks[0].uuid, SECOND);
    reel_task_deinit(&tasks[0]);
}

static void a_deleted_task_is_found_by_nobody_and_its_files_expire(void **state)
{
    (void)state;
    reel_task work, expired[1];
    int count;
    submit(FIRST, OURS);
    submit(SECOND, OURS);
    assert_int_equal(reel_queue_claim(&work, queue), REEL_OK);
    assert_int_equal(reel_queue_result(queue, &work, 0, "film.mp4", -1), REEL_OK);
    assert_int_equal(reel_queue_delete(queue, FIRST, THEIRS), REEL_ERR_NOT_FOUND);
    assert_int_equal(reel_queue_delete(queue, FIRST, OURS), REEL_OK);  /* it runs */
    assert_int_equal(reel_queue_delete(queue, SECOND, OURS), REEL_OK); /* it waits */
    assert_int_equal(reel_queue_progress(queue, &work, 50), REEL_ERR_CANCELLED);
    reel_task_deinit(&work);
    reel_store_page page = { .key = OURS, .limit = 1 };
    assert_int_equal(reel_queue_list(expired, &count, queue, &page), REEL_OK);
    assert_int_equal(count, 0);
    assert_int_equal(reel_queue_delete(queue, FIRST, OURS), REEL_ERR_NOT_FOUND);
    assert_int_equal(reel_queue_delete(queue, SECOND, OURS), REEL_ERR_NOT_FOUND);
    assert_int_equal(reel_queue_claim(&work, queue), REEL_ERR_NOT_FOUND);
    assert_int_equal(reel_queue_expired(expired, &count, queue, 1), REEL_OK);
    assert_int_equal(count, 1);
    assert_string_equal(expired[0].uuid, FIRST);
    reel_task_deinit(&expired[0]);
}

static int depth_by_key(void *keys, int64_t key)
{
    return key == *(int64_t *)keys ? 1 : 2;
}

static void a_key_may_have_a_depth_of_its_own(void **state)
{
    (void)state;
    static int64_t short_key = OURS;
    limits.depth_of_key = depth_by_key;
    limits.keys = &short_key;
    open_again();
    assert_int_equal(submit(FIRST, OURS), REEL_SUBMIT_ACCEPTED);
    assert_int_equal(submit(SECOND, OURS), REEL_SUBMIT_FULL);
    assert_int_equal(submit(SECOND, THEIRS), REEL_SUBMIT_ACCEPTED);
    assert_int_equal(submit(THIRD, THEIRS), REEL_SUBMIT_ACCEPTED);
}

static void a_task_that_met_a_passing_failure_waits_before_it_begins_again(void **state)
{
    (void)state;
    int is_over;
    json_t *error = json_pack("{s:s, s:s}", "code", "inferenceError", "message", "no room");
    submit(FIRST, OURS);
    submit(SECOND, OURS);
    for (int attempt = 1; attempt < limits.attempts; attempt++) {
        reel_task task = claim(), next;
        assert_string_equal(task.uuid, FIRST);
        assert_int_equal(task.attempt, attempt);
        assert_int_equal(reel_queue_progress(queue, &task, 85), REEL_OK);
        assert_int_equal(reel_queue_retry(&is_over, queue, &task, error), REEL_OK);
        assert_false(is_over);
        assert_state(FIRST, REEL_TASK_QUEUED);
        open_again();
        next = claim(); /* the others do not wait for it */
        assert_string_equal(next.uuid, SECOND);
        assert_int_equal(reel_queue_release(queue, &next), REEL_OK);
        reel_task_deinit(&next);
        reel_task_deinit(&task);
        clock_ms += 3600 * 1000;
    }
    reel_task last = claim();
    assert_int_equal(reel_queue_retry(&is_over, queue, &last, error), REEL_OK);
    assert_true(is_over);
    assert_state(FIRST, REEL_TASK_FAILED);
    reel_task_deinit(&last);
    json_decref(error);
}

static void what_was_finished_is_counted_by_key_and_day_and_outlives_the_task(void **state)
{
    (void)state;
    const int64_t day = 86400 * 1000;
    static const char *const uuids[] = { FIRST, SECOND, THIRD };
    static const int age[] = { 40, 5, 0 }; /* days before the end of the test */
    const int64_t end = 1000 * day + 1;
    for (int i = 0; i < 3; i++) {
        clock_ms = end - age[i] * day;
        submit(uuids[i], i == 2 ? THEIRS : OURS);
        reel_task task = claim();
        assert_int_equal(reel_queue_finish(queue, &task), REEL_OK);
        reel_task_deinit(&task);
    }
    clock_ms = end;
    assert_int_equal(reel_queue_reap(queue), REEL_OK); /* the oldest row goes */
    reel_queue_usage usage;
    assert_int_equal(reel_queue_usage_of(&usage, queue, OURS), REEL_OK);
    assert_int_equal(usage.total.films, 4);
    assert_true(usage.total.cost > 2.19 && usage.total.cost < 2.21);
    assert_int_equal(usage.today.films, 0);
    assert_int_equal(usage.last_7_days.films, 2);
    assert_int_equal(usage.last_30_days.films, 2);
    assert_int_equal(reel_queue_usage_of(&usage, queue, THEIRS), REEL_OK);
    assert_int_equal(usage.today.films, 2);
    assert_int_equal(usage.total.films, 2);
}

static void a_database_of_a_newer_program_is_refused(void **state)
{
    (void)state;
    static const unsigned char newer[4] = { 0, 0, 0, 99 };
    reel_store *store;
    char path[512];
    snprintf(path, sizeof path, "%s", scratch_path("newer.sqlite"));
    assert_int_equal(reel_store_sqlite_open(&store, path), REEL_OK);
    store->methods->close(store);
    FILE *file = fopen(path, "r+b"); /* user_version stands at byte 60 of an SQLite file */
    assert_non_null(file);
    assert_int_equal(fseek(file, 60, SEEK_SET), 0);
    assert_int_equal(fwrite(newer, 1, sizeof newer, file), sizeof newer);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(reel_store_sqlite_open(&store, path), REEL_ERR_UNSUPPORTED);
    assert_non_null(strstr(reel_error_message(), "form 99"));
}

static void what_is_no_database_is_refused(void **state)
{
    (void)state;
    reel_store *store;
    FILE *file = fopen(scratch_path("junk"), "wb");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++) {
        fputs("no database", file);
    }
    fclose(file);
    assert_int_equal(reel_store_sqlite_open(&store, scratch_path("junk")), REEL_ERR_IO);
    assert_null(store);
}

#define QUEUE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        QUEUE_TEST(a_task_is_found_as_it_was_submitted_also_after_a_restart),
        QUEUE_TEST(a_uuid_is_accepted_once_whoever_sends_it),
        QUEUE_TEST(a_task_of_another_key_does_not_exist),
        QUEUE_TEST(tasks_are_claimed_in_the_order_they_came),
        QUEUE_TEST(a_full_queue_refuses),
        QUEUE_TEST(progress_and_results_lead_to_done),
        QUEUE_TEST(a_failure_keeps_its_error),
        QUEUE_TEST(a_waiting_task_is_cancelled_for_good),
        QUEUE_TEST(the_worker_of_a_cancelled_task_can_change_nothing),
        QUEUE_TEST(a_finished_task_cannot_be_cancelled),
        QUEUE_TEST(a_released_task_comes_again_and_the_attempt_does_not_count),
        QUEUE_TEST(a_silent_worker_loses_its_task_to_the_next),
        QUEUE_TEST(progress_and_housekeeping_renew_the_lease),
        QUEUE_TEST(a_restart_begins_running_tasks_again_but_not_for_ever),
        QUEUE_TEST(results_expire_by_the_ttl_and_rows_later),
        QUEUE_TEST(a_list_holds_the_tasks_of_one_key_newest_first),
        QUEUE_TEST(a_list_may_begin_with_the_oldest),
        QUEUE_TEST(a_deleted_task_is_found_by_nobody_and_its_files_expire),
        QUEUE_TEST(a_key_may_have_a_depth_of_its_own),
        QUEUE_TEST(a_task_that_met_a_passing_failure_waits_before_it_begins_again),
        QUEUE_TEST(what_was_finished_is_counted_by_key_and_day_and_outlives_the_task),
        QUEUE_TEST(a_database_of_a_newer_program_is_refused),
        QUEUE_TEST(what_is_no_database_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
