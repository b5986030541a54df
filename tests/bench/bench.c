/* The benchmark: which rows it gives, what they hold, how it is refused and stopped. */
#include "reel/bench.h"

#include "base/error.h"
#include "base/json.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scratch.h"
#include "tiny_model.h"

/* The quickest run that there is, over the tiny model. */
static reel_bench_request request(const char *filter)
{
    reel_bench_request r = REEL_BENCH_REQUEST_INIT;
    r.model_dir = scratch_dir;
    r.filter = filter;
    r.seconds = 0.01;
    return r;
}

/* The rows of a run, owned by the caller. */
static json_t *run(const char *filter)
{
    char *text;
    const reel_bench_request r = request(filter);
    reel_status status = reel_bench_run(&text, &r);
    if (status < 0) {
        fail_msg("%s", reel_error_message());
    }
    json_t *report = json_loads(text, 0, NULL), *rows = json_object_get(report, "rows");
    free(text);
    assert_true(json_integer_value(json_object_get(report, "threads")) >= 1);
    assert_string_equal(json_string_value(json_object_get(report, "clock")), "wall");
    assert_string_equal(json_string_value(json_object_get(report, "device")), "cpu");
    json_incref(rows);
    json_decref(report);
    return rows;
}

static const json_t *find(const json_t *rows, const char *name)
{
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (strcmp(json_string_value(json_object_get(row, "name")), name) == 0) {
            return row;
        }
    }
    fail_msg("there is no row %s", name);
    return NULL;
}

static double number(const json_t *row, const char *key)
{
    return json_number_value(json_object_get(row, key));
}

static void bench_gives_the_rows_that_the_filter_lets_through(void **state)
{
    (void)state;
    json_t *rows = run("tiny/");
    assert_true(json_array_size(rows) > 5);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        assert_ptr_equal(strstr(json_string_value(json_object_get(row, "name")), "tiny/"),
                         json_string_value(json_object_get(row, "name")));
        assert_true(number(row, "seconds") > 0.0);
    }
    json_decref(rows);
}

static void bench_gives_steps_and_decoders_with_their_arithmetic_and_memory(void **state)
{
    (void)state;
    static const char *const names[] = { "model/dit_step", "model/dit_step_int8",
                                         "model/video_decode", "model/audio_decode" };
    json_t *rows = run("model/");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const json_t *row = find(rows, names[i]);
        assert_true(number(row, "rate") > 0.0);
        assert_true(number(row, "ratio") > 0.0);
        assert_true(number(row, "memoryBytes") > 0.0);
    }
    /* the same work in both forms */
    const json_t *f32 = find(rows, names[0]), *int8 = find(rows, names[1]);
    const double work = number(f32, "rate") * number(f32, "seconds");
    assert_true(fabs(number(int8, "rate") * number(int8, "seconds") / work - 1.0) < 1e-4);
    json_decref(rows);
}

static void bench_gives_a_training_step_as_the_sum_of_its_parts(void **state)
{
    (void)state;
    json_t *rows = run("train/");
    const double sum = number(find(rows, "train/forward"), "seconds") +
                       number(find(rows, "train/backward"), "seconds") +
                       number(find(rows, "train/optimiser"), "seconds");
    assert_true(fabs(number(find(rows, "train/step"), "seconds") / sum - 1.0) < 1e-4);
    json_decref(rows);
}

static void bench_gives_the_phases_of_a_film_as_shares_of_it(void **state)
{
    (void)state;
    static const char *const phases[] = { "film/phase/denoise", "film/phase/video_decode",
                                          "film/phase/audio_decode" };
    json_t *rows = run("film/");
    const double whole = number(find(rows, "film/whole"), "seconds");
    for (size_t i = 0; i < sizeof phases / sizeof *phases; i++) {
        const json_t *row = find(rows, phases[i]);
        assert_true(fabs(number(row, "ratio") * whole / number(row, "seconds") - 1.0) < 1e-3);
    }
    assert_true(number(find(rows, "film/op/linear"), "seconds") < whole);
    json_decref(rows);
}

static void bench_refuses_a_filter_that_nothing_is_called_like(void **state)
{
    (void)state;
    char *text;
    const reel_bench_request r = request("lineal");
    assert_int_equal(reel_bench_run(&text, &r), REEL_ERR_INVALID);
    assert_string_equal(reel_error_message(), "filter: nothing is called like \"lineal\"");
    assert_null(text);
}

static void bench_refuses_seconds_out_of_range(void **state)
{
    (void)state;
    static const double seconds[] = { 0.0, -1.0, 61.0, NAN };
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++) {
        char *text;
        reel_bench_request r = request("tiny/");
        r.seconds = seconds[i];
        assert_int_equal(reel_bench_run(&text, &r), REEL_ERR_INVALID);
        assert_non_null(strstr(reel_error_message(), "expected 0.01 to 60"));
    }
}

static void bench_refuses_a_device_that_is_none(void **state)
{
    (void)state;
    char *text;
    reel_bench_request r = request("tiny/");
    r.device = "gpu";
    assert_int_equal(reel_bench_run(&text, &r), REEL_ERR_INVALID);
    assert_non_null(strstr(reel_error_message(), "expected cpu or cuda"));
    assert_null(text);
}

static void bench_needs_a_model_for_the_rows_about_it(void **state)
{
    (void)state;
    char *text;
    reel_bench_request r = request("film/");
    r.model_dir = "no/such/model";
    assert_int_equal(reel_bench_run(&text, &r), REEL_ERR_NOT_FOUND);
}

static int stop_at_third(const reel_bench_row *row, void *user)
{
    int *rows = user;
    assert_true(row->seconds > 0.0);
    return ++*rows == 3;
}

static void bench_stops_when_the_caller_has_enough(void **state)
{
    (void)state;
    char *text;
    int rows = 0;
    reel_bench_request r = request("tiny/");
    r.row = stop_at_third;
    r.user = &rows;
    assert_int_equal(reel_bench_run(&text, &r), REEL_ERR_CANCELLED);
    assert_int_equal(rows, 3);
    assert_null(text);
}

static int setup(void **state)
{
    return scratch_setup(state) != 0 || tiny_model_make(scratch_dir) < 0 ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bench_gives_the_rows_that_the_filter_lets_through),
        cmocka_unit_test(bench_gives_steps_and_decoders_with_their_arithmetic_and_memory),
        cmocka_unit_test(bench_gives_a_training_step_as_the_sum_of_its_parts),
        cmocka_unit_test(bench_gives_the_phases_of_a_film_as_shares_of_it),
        cmocka_unit_test(bench_refuses_a_filter_that_nothing_is_called_like),
        cmocka_unit_test(bench_refuses_seconds_out_of_range),
        cmocka_unit_test(bench_refuses_a_device_that_is_none),
        cmocka_unit_test(bench_needs_a_model_for_the_rows_about_it),
        cmocka_unit_test(bench_stops_when_the_caller_has_enough),
    };
    return cmocka_run_group_tests(tests, setup, scratch_teardown);
}
