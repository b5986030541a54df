/* The worker on a real engine: a task whose last steps fail begins there the next time. */
#include "server/worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "pipeline/tiny_engine.h"
#include "server/files.h"
#include "server/latent_files.h"
#include "server/requests.h"
#include "server/video_inference.h"

#include <dirent.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>

static reel_queue *queue;
static reel_worker *worker;
static reel_admission *admission;
static reel_metrics metrics;
static char files_dir[300], latents_dir[300];
static _Atomic int64_t clock_ms;

static int64_t read_clock(void *user)
{
    (void)user;
    return atomic_load(&clock_ms);
}

static int setup(void **state)
{
    (void)state;
    reel_store *store;
    reel_queue_limits limits = REEL_QUEUE_LIMITS_INIT;
    reel_admission_config config = { .engine = engine };
    limits.now_ms = read_clock;
    limits.lease_ms = INT64_C(1) << 40;
    atomic_store(&clock_ms, 1000000);
    metrics = (reel_metrics){ 0 };
    snprintf(files_dir, sizeof files_dir, "%s/files", scratch_dir);
    snprintf(latents_dir, sizeof latents_dir, "%s/latents", scratch_dir);
    unlink(scratch_path("tasks.sqlite"));
    return reel_store_sqlite_open(&store, scratch_path("tasks.sqlite")) < 0 ||
                   reel_queue_open(&queue, store, &limits) < 0 ||
                   reel_admission_open(&admission, &config) < 0 ||
                   reel_files_init(latents_dir) < 0
               ? -1
               : 0;
}

/* Removes a folder of plain files. */
static int remove_folder(const char *path)
{
    char file[600];
    DIR *dir = opendir(path);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        snprintf(file, sizeof file, "%s/%s", path, e->d_name);
        unlink(file);
    }
    if (dir) {
        closedir(dir);
    }
    return rmdir(path);
}

static int teardown(void **state)
{
    (void)state;
    reel_worker_stop(worker);
    worker = NULL;
    reel_queue_close(queue);
    reel_admission_close(admission);
    remove_folder(files_dir);
    remove_folder(latents_dir);
    return 0;
}

static void start(void)
{
    reel_worker_config config = { .queue = queue,
                                  .engine = engine,
                                  .admission = admission,
                                  .files_dir = files_dir,
                                  .latents_dir = latents_dir,
                                  .metrics = &metrics };
    assert_int_equal(reel_worker_start(&worker, &config), REEL_OK);
}

static char uuid[REEL_UUID_SIZE];

static void submit(const char *changes)
{
    reel_submit_outcome outcome;
    reel_task task;
    json_t *request = request_with(changes);
    assert_int_equal(reel_video_inference_task(&task, request, 0, &reel_prices_default), REEL_OK);
    snprintf(uuid, sizeof uuid, "%s", task.uuid);
    assert_int_equal(reel_queue_submit(&outcome, queue, &task), REEL_OK);
    assert_int_equal(outcome, REEL_SUBMIT_ACCEPTED);
    reel_task_deinit(&task);
    json_decref(request);
}

/* Wait, however long it takes, until the task is in a state after so many attempts. */
static reel_task wait_for(reel_task_state state, int attempts)
{
    const struct timespec pause = { .tv_nsec = 20 * 1000000 };
    for (;;) {
        reel_task task;
        assert_int_equal(reel_queue_find(&task, queue, uuid, REEL_KEY_ANY), REEL_OK);
        if (task.state == state && task.attempt >= attempts) {
            return task;
        }
        reel_task_deinit(&task);
        nanosleep(&pause, NULL);
    }
}

static time_t time_of_latents(void)
{
    char path[REEL_LATENTS_PATH_SIZE];
    struct stat info;
    reel_task named;
    snprintf(named.uuid, sizeof named.uuid, "%s", uuid);
    reel_latent_file_path(path, latents_dir, &named, 0);
    return stat(path, &info) == 0 ? (time_t)info.st_ino : 0;
}

static void a_film_that_could_not_be_written_is_only_decoded_again(void **state)
{
    (void)state;
    start(); /* there is no folder for films */
    submit("{'steps':2,'duration':3}");
    reel_task task = wait_for(REEL_TASK_QUEUED, 1);
    assert_int_equal(task.progress, 98); /* what a poll sees does not fall back */
    reel_task_deinit(&task);
    time_t kept = time_of_latents();
    assert_true(kept != 0);
    assert_int_equal(reel_latent_files_sweep(queue, latents_dir), REEL_OK);
    assert_int_equal(mkdir(files_dir, 0700), 0);
    atomic_fetch_add(&clock_ms, 10000);
    task = wait_for(REEL_TASK_DONE, 2);
    assert_true(time_of_latents() == kept); /* nothing was denoised, so nothing was written */
    assert_int_equal(reel_latent_files_sweep(queue, latents_dir), REEL_OK);
    assert_true(time_of_latents() == 0);
    char path[400];
    snprintf(path, sizeof path, "%s/%s", files_dir, task.results[0].file);
    assert_true(reel_file_exists(path));
    reel_task_deinit(&task);
    assert_int_equal(atomic_load(&metrics.tasks_done), 1);
}

static void a_film_that_can_never_be_written_fails_in_the_end(void **state)
{
    (void)state;
    start();
    submit("{'steps':1,'duration':3}");
    for (int attempt = 1; attempt < 3; attempt++) {
        reel_task task = wait_for(REEL_TASK_QUEUED, attempt);
        reel_task_deinit(&task);
        atomic_fetch_add(&clock_ms, 3600 * 1000);
    }
    reel_task task = wait_for(REEL_TASK_FAILED, 3);
    assert_string_equal(json_string_value(json_object_get(task.error, "code")), "inferenceError");
    reel_task_deinit(&task);
    assert_int_equal(reel_latent_files_sweep(queue, latents_dir), REEL_OK);
    assert_true(time_of_latents() == 0);
    assert_int_equal(atomic_load(&metrics.tasks_failed), 1);
}

static void what_is_no_latent_file_of_ours_stays(void **state)
{
    (void)state;
    char path[400];
    static const char *const names[] = { "notes.txt", "24cd5dff-cb81-4db5-8506-b72a9425f9d1-9.x" };
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", latents_dir, names[i]);
        assert_int_equal(reel_file_write(path, "x", 1), REEL_OK);
    }
    assert_int_equal(reel_latent_files_sweep(queue, latents_dir), REEL_OK);
    assert_true(reel_file_exists(path));
    snprintf(path, sizeof path, "%s/24cd5dff-cb81-4db5-8506-b72a9425f9d1-0.safetensors",
             latents_dir);
    assert_int_equal(reel_file_write(path, "x", 1), REEL_OK);
    assert_int_equal(reel_latent_files_sweep(queue, latents_dir), REEL_OK);
    assert_false(reel_file_exists(path)); /* there is no such task */
}

#define WORKER_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORKER_TEST(a_film_that_could_not_be_written_is_only_decoded_again),
        WORKER_TEST(a_film_that_can_never_be_written_fails_in_the_end),
        WORKER_TEST(what_is_no_latent_file_of_ours_stays),
    };
    return cmocka_run_group_tests(tests, engine_setup, engine_teardown);
}
