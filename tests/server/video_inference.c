/* From a request to a task, and from the task to what the engine is asked. */
#include "server/video_inference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/requests.h"
#include "server/uuid.h"
#include <string.h>

/* A task of the request with `changes`. Released by the caller. */
static reel_task task_of(const char *changes)
{
    json_t *request = request_with(changes), *error;
    reel_task task;
    assert_true(reel_video_inference_check(&error, request));
    assert_int_equal(reel_video_inference_task(&task, request, 3, &reel_prices_default), REEL_OK);
    json_decref(request);
    return task;
}

static void what_is_left_out_is_what_the_page_says(void **state)
{
    (void)state;
    reel_task task = task_of("{}");
    reel_request r;
    assert_int_equal(reel_request_from_task(&r, &task, 0), REEL_OK);
    assert_int_equal(task.key, 3);
    assert_string_equal(task.type, "videoInference");
    assert_int_equal(task.result_count, 1);
    assert_int_equal(task.ttl_seconds, 0);
    assert_string_equal(r.aspect, "16:9");
    assert_string_equal(r.resolution, "480p");
    assert_true(r.seconds == 5);
    assert_int_equal(r.audio, 0);
    assert_int_equal(r.steps, 0);
    assert_true(r.cfg_video < 0 && r.cfg_audio < 0);
    assert_null(r.negative_prompt);
    assert_memory_equal(r.prompt, "A red ball bounces for @actor1 and @place", 41);
    reel_task_deinit(&task);
}

static void what_is_asked_reaches_the_engine(void **state)
{
    (void)state;
    reel_task task = task_of("{'taskUUID':'24CD5DFF-CB81-4DB5-8506-B72A9425F9D1','resolution':null,"
                             "'width':832,'height':1088,'duration':7.5,'steps':12,'CFGScale':4.5,"
                             "'negativePrompt':'blur','settings':{'audio':true},'seed':4294967294,"
                             "'numberResults':4,'ttl':90}");
    static const uint64_t seeds[] = { 4294967294u, 4294967295u, 0, 1 };
    assert_string_equal(task.uuid, "24cd5dff-cb81-4db5-8506-b72a9425f9d1");
    assert_int_equal(task.result_count, 4);
    assert_int_equal(task.ttl_seconds, 90);
    for (int i = 0; i < 4; i++) {
        reel_request r;
        assert_int_equal(reel_request_from_task(&r, &task, i), REEL_OK);
        assert_string_equal(r.resolution, "720p");
        assert_string_equal(r.aspect, "3:4");
        assert_string_equal(r.negative_prompt, "blur");
        assert_true(r.seconds == 7.5 && r.cfg_video == 4.5f && r.cfg_audio == 4.5f);
        assert_int_equal(r.steps, 12);
        assert_int_equal(r.audio, 1);
        assert_int_equal(r.seed, seeds[i]);
        assert_true(task.results[i].cost == 1.05);
        assert_true(reel_uuid_is_v4(task.results[i].video_uuid));
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(task.results[i].video_uuid, task.results[j].video_uuid);
        }
    }
    reel_request none;
    assert_int_equal(reel_request_from_task(&none, &task, 4), REEL_ERR_INVALID);
    reel_task_deinit(&task);
}

static void the_output_is_what_was_asked_for(void **state)
{
    (void)state;
    static const struct {
        const char *changes, *ending;
        int quality;
    } rows[] = {
        { "{}", ".mp4", 95 },
        { "{'outputFormat':'mp4','outputQuality':20}", ".mp4", 20 },
        { "{'outputFormat':'WEBM'}", ".webm", 95 },
        { "{'outputFormat':'Mov','outputQuality':99}", ".mov", 99 },
    };
    char hash[65] = "";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        reel_task task = task_of(rows[i].changes);
        reel_film_output output;
        assert_int_equal(reel_film_output_of(&output, &task, 0), REEL_OK);
        assert_memory_equal(output.name, task.results[0].video_uuid, REEL_UUID_SIZE - 1);
        assert_string_equal(output.name + REEL_UUID_SIZE - 1, rows[i].ending);
        assert_int_equal(output.quality, rows[i].quality);
        assert_int_equal(strspn(output.request_hash, "0123456789abcdef"), 64);
        assert_string_not_equal(output.request_hash, hash); /* another request, another hash */
        memcpy(hash, output.request_hash, sizeof hash);
        json_object_set_new(task.request, "taskUUID", json_string("another"));
        assert_int_equal(reel_film_output_of(&output, &task, 0), REEL_OK);
        assert_string_equal(output.request_hash, hash); /* whatever it is called */
        reel_task_deinit(&task);
    }
}

static void prompts_are_extended_unless_the_request_says_no(void **state)
{
    (void)state;
    static const struct {
        const char *changes;
        int is_extended, has_sound;
    } rows[] = {
        { "{}", 1, 0 },
        { "{'settings':{'promptExtend':true,'audio':true}}", 1, 1 },
        { "{'settings':{'audio':true}}", 1, 1 },
        { "{'settings':{'promptExtend':false,'audio':true}}", 0, 0 },
    };
    static const char prompt[] = "A red ball bounces for @actor1 and @place";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        reel_task task = task_of(rows[i].changes);
        reel_request r;
        assert_int_equal(reel_request_from_task(&r, &task, 0), REEL_OK);
        assert_memory_equal(r.prompt, prompt, sizeof prompt - 1);
        assert_int_equal(strlen(r.prompt) > sizeof prompt, rows[i].is_extended);
        assert_int_equal(strstr(r.prompt, "<sfx>") != NULL, rows[i].has_sound);
        reel_task_deinit(&task);
    }
}

static void a_damaged_job_is_refused_by_field(void **state)
{
    (void)state;
    static const char *const names[] = { "prompt", "aspect", "resolution", "seconds",
                                         "steps",  "cfg",    "audio",      "negativePrompt" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        reel_task task = task_of("{}");
        reel_request r;
        json_object_set_new(task.job, names[i], json_array());
        assert_int_equal(reel_request_from_task(&r, &task, 0), REEL_ERR_FORMAT);
        assert_non_null(strstr(reel_error_message(), names[i]));
        reel_task_deinit(&task);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_left_out_is_what_the_page_says),
        cmocka_unit_test(what_is_asked_reaches_the_engine),
        cmocka_unit_test(the_output_is_what_was_asked_for),
        cmocka_unit_test(prompts_are_extended_unless_the_request_says_no),
        cmocka_unit_test(a_damaged_job_is_refused_by_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
