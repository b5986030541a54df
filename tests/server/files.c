/* Films on disk: what expires is removed, what is half written does not stay. */
#include "server/files.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scratch.h"

#define TASK "11111111-1111-4111-8111-111111111111"
#define FILM "24cd5dff-cb81-4db5-8506-b72a9425f9d1"

static int64_t clock_ms = 1000;

static int64_t read_clock(void *user)
{
    return *(int64_t *)user;
}

static reel_queue *open_queue(void)
{
    reel_store *store;
    reel_queue *queue;
    reel_queue_limits limits = REEL_QUEUE_LIMITS_INIT;
    limits.now_ms = read_clock;
    limits.clock = &clock_ms;
    assert_int_equal(reel_store_sqlite_open(&store, scratch_path("tasks.sqlite")), REEL_OK);
    assert_int_equal(reel_queue_open(&queue, store, &limits), REEL_OK);
    return queue;
}

/* A finished task with a ttl of a minute, and its film. */
static void finish_task(reel_queue *queue)
{
    reel_submit_outcome outcome;
    reel_task task = { .uuid = TASK, .type = "videoInference", .result_count = 1 }, work;
    task.ttl_seconds = 60;
    snprintf(task.results[0].video_uuid, REEL_UUID_SIZE, "%s", FILM);
    task.request = json_object();
    task.job = json_object();
    assert_int_equal(reel_queue_submit(&outcome, queue, &task), REEL_OK);
    assert_int_equal(reel_queue_claim(&work, queue), REEL_OK);
    assert_int_equal(reel_file_write(scratch_path(FILM ".mp4"), "film", 4), REEL_OK);
    assert_int_equal(reel_queue_result(queue, &work, 0, FILM ".mp4", -1), REEL_OK);
    assert_int_equal(reel_queue_finish(queue, &work), REEL_OK);
    reel_task_deinit(&task);
    reel_task_deinit(&work);
}

static void a_film_goes_when_its_ttl_is_over(void **state)
{
    (void)state;
    reel_queue *queue = open_queue();
    reel_task task;
    finish_task(queue);
    clock_ms += 60 * 1000;
    assert_int_equal(reel_files_sweep(queue, scratch_dir), REEL_OK);
    assert_true(reel_file_exists(scratch_path(FILM ".mp4")));
    clock_ms += 1;
    assert_int_equal(reel_files_sweep(queue, scratch_dir), REEL_OK);
    assert_false(reel_file_exists(scratch_path(FILM ".mp4")));
    assert_int_equal(reel_queue_find(&task, queue, TASK, REEL_KEY_ANY), REEL_OK);
    assert_true(task.is_expired);
    assert_string_equal(task.results[0].file, "");
    reel_task_deinit(&task);
    assert_int_equal(reel_files_sweep(queue, scratch_dir), REEL_OK); /* nothing more to do */
    reel_queue_close(queue);
}

static void what_a_killed_process_left_half_written_goes_at_the_start(void **state)
{
    (void)state;
    assert_int_equal(reel_file_write(scratch_path(FILM ".mp4"), "film", 4), REEL_OK);
    assert_int_equal(reel_file_write(scratch_path(FILM ".mp4.tmp-77"), "fi", 2), REEL_OK);
    assert_int_equal(reel_files_init(scratch_dir), REEL_OK);
    assert_true(reel_file_exists(scratch_path(FILM ".mp4")));
    assert_false(reel_file_exists(scratch_path(FILM ".mp4.tmp-77")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_film_goes_when_its_ttl_is_over),
        cmocka_unit_test(what_a_killed_process_left_half_written_goes_at_the_start),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
