/* The safety checker is asked what the film shows, and nothing is claimed without its answer. */
#include "server/safety.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "scratch.h"
#include "server/outgoing.h"
#include "server/receiver.h"
#include "server/requests.h"

#include <sys/stat.h>

#define TASK "24cd5dff-cb81-4db5-8506-b72a9425f9d1"
#define FILM "b7db282d-2943-4f12-992f-77df3ad3ec71"

static receiver *there;
static reel_clip clip;
static reel_safety_config config;
static reel_safety_question question;

static int setup(void **state)
{
    there = receiver_open();
    clip = (reel_clip){ .frames = 40, .width = 16, .height = 16, .fps_num = 8, .fps_den = 1 };
    if (scratch_setup(state) != 0 || reel_outgoing_init() < 0 || reel_clip_alloc(&clip) < 0) {
        return -1;
    }
    config = (reel_safety_config){ .url = receiver_url(there, "/check"),
                                   .seconds = 60,
                                   .dir = scratch_dir };
    question = (reel_safety_question){ .clip = &clip,
                                       .task_uuid = TASK,
                                       .video_uuid = FILM,
                                       .prompt = "a \"red\" ball",
                                       .mode = REEL_SAFETY_FAST };
    return 0;
}

static int teardown(void **state)
{
    reel_clip_free(&clip);
    receiver_close(there);
    reel_outgoing_deinit();
    return scratch_teardown(state);
}

static void answer_with(const char *text)
{
    receiver_answer(there, 200, NULL, text, strlen(text));
}

static json_t *question_of(int i)
{
    const received *got = receiver_get(there, i);
    assert_non_null(got);
    json_t *body = json_loads(got->body, 0, NULL);
    assert_non_null(body);
    return body;
}

static void a_task_says_how_it_is_checked(void **state)
{
    (void)state;
    static const struct {
        const char *changes;
        reel_safety_mode mode;
    } cases[] = {
        { "{}", REEL_SAFETY_NONE },
        { "{'safety':{}}", REEL_SAFETY_NONE },
        { "{'safety':{'checkContent':false}}", REEL_SAFETY_NONE },
        { "{'safety':{'checkContent':true}}", REEL_SAFETY_FAST },
        { "{'safety':{'checkContent':true,'mode':'none'}}", REEL_SAFETY_NONE },
        { "{'safety':{'checkContent':true,'mode':'full'}}", REEL_SAFETY_FULL },
        { "{'safety':{'checkContent':false,'mode':'fast'}}", REEL_SAFETY_FAST },
        { "{'safety':{'mode':'full'}}", REEL_SAFETY_FULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *task = request_with(cases[i].changes);
        assert_int_equal(reel_safety_mode_of(task), cases[i].mode);
        json_decref(task);
    }
}

static void fast_asks_about_the_first_the_middle_and_the_last_frame(void **state)
{
    (void)state;
    static const int indices[] = { 0, 19, 39 };
    int flagged = -1;
    answer_with("{\"flagged\": false, \"why\": \"nothing\"}");
    assert_int_equal(reel_safety_ask(&flagged, &config, &question), REEL_OK);
    assert_int_equal(flagged, 0);
    assert_int_equal(receiver_count(there), 1);
    json_t *body = question_of(0);
    const json_t *frames = json_object_get(body, "frames");
    assert_string_equal(json_string_value(json_object_get(body, "taskUUID")), TASK);
    assert_string_equal(json_string_value(json_object_get(body, "videoUUID")), FILM);
    assert_string_equal(json_string_value(json_object_get(body, "prompt")), "a \"red\" ball");
    assert_string_equal(json_string_value(json_object_get(body, "mode")), "fast");
    assert_int_equal(json_array_size(frames), 3);
    for (int i = 0; i < 3; i++) {
        const json_t *frame = json_array_get(frames, (size_t)i);
        assert_int_equal(json_integer_value(json_object_get(frame, "index")), indices[i]);
        assert_true(json_number_value(json_object_get(frame, "seconds")) == indices[i] / 8.0);
        assert_memory_equal(json_string_value(json_object_get(frame, "image")),
                            "data:image/jpeg;base64,/9j", 26);
    }
    json_decref(body);
    assert_int_equal(scratch_count(), 0);
}

static void full_asks_about_every_frame_once(void **state)
{
    (void)state;
    int flagged = -1, next = 0;
    question.mode = REEL_SAFETY_FULL;
    answer_with("{\"flagged\": false}");
    assert_int_equal(reel_safety_ask(&flagged, &config, &question), REEL_OK);
    assert_int_equal(flagged, 0);
    for (int i = 0; i < receiver_count(there); i++) {
        json_t *body = question_of(i);
        const json_t *frames = json_object_get(body, "frames");
        assert_in_range(json_array_size(frames), 1, 16);
        for (size_t k = 0; k < json_array_size(frames); k++) {
            assert_int_equal(
                json_integer_value(json_object_get(json_array_get(frames, k), "index")), next++);
        }
        json_decref(body);
    }
    assert_int_equal(next, 40);
}

static void one_flagged_question_flags_the_film(void **state)
{
    (void)state;
    int flagged = -1;
    question.mode = REEL_SAFETY_FULL;
    answer_with("{\"flagged\": true}");
    assert_int_equal(reel_safety_ask(&flagged, &config, &question), REEL_OK);
    assert_int_equal(flagged, 1);
    assert_int_equal(receiver_count(there), 1);
}

static void no_sensible_answer_is_no_answer(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "no", "{}", "[true]", "{\"flagged\": 0}", "{\"flagged\": \"false\"}", "true"
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int flagged;
        answer_with(bad[i]);
        if (reel_safety_ask(&flagged, &config, &question) != REEL_ERR_FORMAT) {
            fail_msg("\"%s\": %s", bad[i], reel_error_message());
        }
    }
    int flagged;
    receiver_refuse(there, 1, 500);
    assert_int_equal(reel_safety_ask(&flagged, &config, &question), REEL_ERR_IO);
}

/* A checker of two lines; it flags what its question says of the film. */
static void write_command(const char *script)
{
    config.url = NULL;
    config.command = scratch_path("checker");
    assert_int_equal(reel_file_write(config.command, script, strlen(script)), REEL_OK);
    assert_int_equal(chmod(config.command, 0700), 0);
}

static void a_program_is_asked_over_its_descriptors(void **state)
{
    (void)state;
    int flagged = -1;
    write_command("#!/bin/sh\nif grep -q '\"videoUUID\":\"" FILM
                  "\"'; then echo '{\"flagged\": true}'; else echo '{\"flagged\": false}'; fi\n");
    assert_int_equal(reel_safety_ask(&flagged, &config, &question), REEL_OK);
    assert_int_equal(flagged, 1);
    question.video_uuid = TASK;
    assert_int_equal(reel_safety_ask(&flagged, &config, &question), REEL_OK);
    assert_int_equal(flagged, 0);
}

static void a_program_that_fails_or_hangs_gives_no_answer(void **state)
{
    (void)state;
    int flagged;
    write_command("#!/bin/sh\necho '{\"flagged\": false}'\nexit 3\n");
    assert_int_equal(reel_safety_ask(&flagged, &config, &question), REEL_ERR_IO);
    assert_string_equal(reel_error_message(), "the checker ended with exit code 3");
    write_command("#!/bin/sh\nkill -9 $$\n");
    assert_int_equal(reel_safety_ask(&flagged, &config, &question), REEL_ERR_IO);
    assert_string_equal(reel_error_message(), "the checker ended with signal 9");
    write_command("#!/bin/sh\nexec sleep 1000\n");
    config.seconds = 1;
    assert_int_equal(reel_safety_ask(&flagged, &config, &question), REEL_ERR_IO);
    assert_string_equal(reel_error_message(), "no answer within the time limit");
    config.command = "/nowhere/checker";
    assert_int_equal(reel_safety_ask(&flagged, &config, &question), REEL_ERR_IO);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_task_says_how_it_is_checked),
        TEST(fast_asks_about_the_first_the_middle_and_the_last_frame),
        TEST(full_asks_about_every_frame_once),
        TEST(one_flagged_question_flags_the_film),
        TEST(no_sensible_answer_is_no_answer),
        TEST(a_program_is_asked_over_its_descriptors),
        TEST(a_program_that_fails_or_hangs_gives_no_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
