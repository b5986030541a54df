/* What a task will need is told before it is accepted. */
#include "server/admission.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pipeline/tiny_engine.h"
#include "server/requests.h"
#include "server/video_inference.h"

static reel_task task_of(const char *changes)
{
    json_t *request = request_with(changes);
    reel_task task;
    assert_int_equal(reel_video_inference_task(&task, request, 0, &reel_prices_default), REEL_OK);
    json_decref(request);
    return task;
}

static int fits(json_t **error, reel_admission *admission, const char *changes)
{
    reel_task task = task_of(changes);
    int result = reel_admission_check(error, admission, &task);
    reel_task_deinit(&task);
    return result;
}

static size_t memory_of(const char *changes)
{
    reel_task task = task_of(changes);
    reel_request request;
    assert_int_equal(reel_request_from_task(&request, &task, 0), REEL_OK);
    size_t bytes = reel_engine_memory(engine, &request);
    reel_task_deinit(&task);
    return bytes;
}

static void a_film_that_needs_too_much_memory_is_refused_with_the_number(void **state)
{
    (void)state;
    json_t *error;
    reel_admission *admission;
    const char *small = "{'duration':3}", *large = "{'duration':15,'resolution':'1080p'}";
    reel_admission_config config = { .engine = engine, .memory_bytes = memory_of(small) };
    assert_int_equal(reel_admission_open(&admission, &config), REEL_OK);
    for (int twice = 0; twice < 2; twice++) { /* measured, then remembered */
        assert_true(fits(&error, admission, small));
        assert_false(fits(&error, admission, "{'duration':3.01}"));
        json_decref(error);
        assert_false(fits(&error, admission, large));
        assert_string_equal(json_string_value(json_object_get(error, "code")),
                            "unsupportedRequestSize");
        assert_true(json_real_value(json_object_get(error, "required")) ==
                    (double)memory_of(large));
        assert_true(json_real_value(json_object_get(error, "max")) == (double)memory_of(small));
        char number[32];
        snprintf(number, sizeof number, "%.2f GB", (double)memory_of(large) / 1e9);
        assert_non_null(strstr(json_string_value(json_object_get(error, "message")), number));
        json_decref(error);
    }
    reel_admission_close(admission);
}

static void without_a_limit_the_machine_is_the_limit(void **state)
{
    (void)state;
    json_t *error;
    reel_admission *admission;
    reel_admission_config config = { .engine = engine };
    assert_int_equal(reel_admission_open(&admission, &config), REEL_OK);
    assert_true(fits(&error, admission, "{'duration':15,'resolution':'1080p'}"));
    reel_admission_close(admission);
}

static double seconds_of(reel_admission *admission, const char *changes)
{
    reel_task task = task_of(changes);
    double seconds = reel_admission_seconds(admission, &task);
    reel_task_deinit(&task);
    return seconds;
}

static int is_about(double a, double b)
{
    return a > 0.999 * b && a < 1.001 * b;
}

static void time_follows_from_the_films_that_were_made(void **state)
{
    (void)state;
    json_t *error;
    reel_admission *admission;
    reel_admission_config config = { .engine = engine,
                                     .task_seconds = 30,
                                     .speed_path = scratch_path("speed.json") };
    unlink(config.speed_path);
    assert_int_equal(reel_admission_open(&admission, &config), REEL_OK);
    assert_true(seconds_of(admission, "{'steps':10}") == 0);
    assert_true(fits(&error, admission, "{'steps':100,'numberResults':4}")); /* nothing is known */

    reel_task made = task_of("{'steps':10,'duration':5}");
    reel_film_time took = { .sampling_seconds = 10, .finishing_seconds = 2 };
    reel_admission_learn(admission, &made, 0, &took);
    reel_task_deinit(&made);
    assert_true(is_about(seconds_of(admission, "{'steps':10,'duration':5}"), 12));
    assert_true(is_about(seconds_of(admission, "{'steps':20,'duration':5}"), 22));
    assert_true(is_about(seconds_of(admission, "{'steps':10,'duration':10}"), 24));
    assert_true(is_about(seconds_of(admission, "{'steps':10,'CFGScale':1}"), 7));
    assert_true(is_about(seconds_of(admission, "{'steps':10,'numberResults':2}"), 24));
    assert_true(is_about(seconds_of(admission, "{'steps':10,'outputFormat':'WEBM'}"), 12));
    assert_true(seconds_of(admission, "{'steps':10,'resolution':'1080p'}") > 15);

    assert_true(fits(&error, admission, "{'steps':10,'numberResults':2}"));
    assert_false(fits(&error, admission, "{'steps':10,'numberResults':3}"));
    assert_string_equal(json_string_value(json_object_get(error, "message")),
                        "This task would take about 36 s, the server gives one 30 s.");
    json_decref(error);

    double before = seconds_of(admission, "{'steps':10}");
    reel_admission_close(admission); /* a restart forgets nothing */
    assert_int_equal(reel_admission_open(&admission, &config), REEL_OK);
    assert_true(is_about(seconds_of(admission, "{'steps':10}"), before));
    reel_admission_close(admission);
}

static void a_film_from_kept_latents_teaches_nothing_about_sampling(void **state)
{
    (void)state;
    reel_admission *admission;
    reel_admission_config config = { .engine = engine };
    assert_int_equal(reel_admission_open(&admission, &config), REEL_OK);
    reel_task made = task_of("{'steps':10}");
    reel_admission_learn(admission, &made, 0,
                         &(reel_film_time){ .sampling_seconds = 10, .finishing_seconds = 2 });
    reel_admission_learn(admission, &made, 0, &(reel_film_time){ .finishing_seconds = 2 });
    assert_true(is_about(reel_admission_seconds(admission, &made), 12));
    reel_task_deinit(&made);
    reel_admission_close(admission);
}

static void a_damaged_record_of_speed_is_none(void **state)
{
    (void)state;
    reel_admission *admission;
    FILE *file = fopen(scratch_path("speed.json"), "w");
    fputs("{\"sampling\": \"fast\", \"mp4\": 1}", file);
    fclose(file);
    reel_admission_config config = { .engine = engine, .speed_path = scratch_path("speed.json") };
    assert_int_equal(reel_admission_open(&admission, &config), REEL_OK);
    assert_true(seconds_of(admission, "{'steps':10}") == 0);
    reel_admission_close(admission);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_film_that_needs_too_much_memory_is_refused_with_the_number),
        cmocka_unit_test(without_a_limit_the_machine_is_the_limit),
        cmocka_unit_test(time_follows_from_the_films_that_were_made),
        cmocka_unit_test(a_film_from_kept_latents_teaches_nothing_about_sampling),
        cmocka_unit_test(a_damaged_record_of_speed_is_none),
    };
    return cmocka_run_group_tests(tests, engine_setup, engine_teardown);
}
