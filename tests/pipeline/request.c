/* Every field of a request that is out of range is refused by name, before any work. */
#include "reel/generate.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tiny_engine.h"

static int count_calls(const char *phase, int done, int total, void *user)
{
    (void)phase, (void)done, (void)total;
    ++*(int *)user;
    return 0;
}

static void refused(const reel_request *request, const char *message)
{
    int calls = 0;
    reel_clip clip = { .frames = 5 };
    assert_int_equal(reel_generate(&clip, engine, request, count_calls, &calls), REEL_ERR_INVALID);
    assert_string_equal(reel_error_message(), message);
    assert_memory_equal(&clip, &(reel_clip){ 0 }, sizeof clip);
    assert_true(calls <= 1); /* never as far as the first step */
}

static void the_words_of_a_request_are_checked(void **state)
{
    (void)state;
    static char long_prompt[REEL_PROMPT_MAX + 2], huge[100000];
    memset(long_prompt, 'a', REEL_PROMPT_MAX + 1);
    memset(huge, 'b', sizeof huge - 1);
    const struct {
        const char *prompt, *negative, *message;
    } rows[] = {
        { NULL, NULL, "prompt: is empty" },
        { "", NULL, "prompt: is empty" },
        { " \t\r\n\v\f ", NULL, "prompt: is empty" },
        { "a \xff ball", NULL, "prompt: is no well-formed UTF-8" },
        { "cut \xc3", NULL, "prompt: is no well-formed UTF-8" },
        { "surrogate \xed\xa0\x80", NULL, "prompt: is no well-formed UTF-8" },
        { long_prompt, NULL, "prompt: is over 5120 characters long" },
        { huge, NULL, "prompt: is over 5120 characters long" },
        { "a ball", "\xc0\xaf", "negative_prompt: is no well-formed UTF-8" },
        { "a ball", long_prompt, "negative_prompt: is over 5120 characters long" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        reel_request r = engine_request();
        r.prompt = rows[i].prompt;
        r.negative_prompt = rows[i].negative;
        refused(&r, rows[i].message);
    }
}

static void the_longest_prompt_is_taken(void **state)
{
    (void)state;
    static char prompt[4 * REEL_PROMPT_MAX + 1];
    for (int i = 0; i < REEL_PROMPT_MAX; i++) {
        memcpy(prompt + (size_t)4 * i, "\xf0\x9f\x90\xb6", 4);
    }
    reel_request r = engine_request();
    r.prompt = prompt;
    r.steps = 1;
    reel_clip clip;
    assert_int_equal(reel_generate(&clip, engine, &r, NULL, NULL), REEL_OK);
    reel_clip_free(&clip);
}

static void numbers_out_of_range_are_refused(void **state)
{
    (void)state;
    static const struct {
        double seconds;
        int steps;
        float cfg_video, cfg_audio;
        const char *message;
    } rows[] = {
        { 2, 2, 1, 1, "seconds: is 2, expected 3 to 15" },
        { 16, 2, 1, 1, "seconds: is 16, expected 3 to 15" },
        { NAN, 2, 1, 1, "seconds: is nan, expected 3 to 15" },
        { INFINITY, 2, 1, 1, "seconds: is inf, expected 3 to 15" },
        { 3, -1, 1, 1, "steps: is -1, expected 1 to 1000" },
        { 3, 1001, 1, 1, "steps: is 1001, expected 1 to 1000" },
        { 3, 2, 101, 1, "cfg_video: is 101, expected 0 to 100" },
        { 3, 2, NAN, 1, "cfg_video: is nan, expected 0 to 100" },
        { 3, 2, 1, 100.5f, "cfg_audio: is 100.5, expected 0 to 100" },
        { 3, 2, 1, INFINITY, "cfg_audio: is inf, expected 0 to 100" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        reel_request r = engine_request();
        r.seconds = rows[i].seconds;
        r.steps = rows[i].steps;
        r.cfg_video = rows[i].cfg_video;
        r.cfg_audio = rows[i].cfg_audio;
        refused(&r, rows[i].message);
        assert_int_equal(reel_engine_memory(engine, &r), 0);
        assert_string_equal(reel_error_message(), rows[i].message);
    }
}

static void a_step_cache_out_of_range_is_refused(void **state)
{
    (void)state;
    reel_request r = engine_request();
    r.step_cache = 0;
    refused(&r, "step_cache: is 0, expected 1 to 16");
    r.step_cache = REEL_STEP_CACHE_MAX + 1;
    refused(&r, "step_cache: is 17, expected 1 to 16");
}

static void names_that_are_none_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *aspect, *resolution, *solver, *message;
    } rows[] = {
        { "2:1", "base", "euler", "aspect: is \"2:1\", expected 16:9, 9:16, 4:3, 3:4 or 1:1" },
        { "", "base", "euler", "aspect: is \"\", expected 16:9, 9:16, 4:3, 3:4 or 1:1" },
        { NULL, "base", "euler", "aspect: is \"(none)\", expected 16:9, 9:16, 4:3, 3:4 or 1:1" },
        { "16:9", "4k", "euler", "resolution: is \"4k\", expected base, 480p, 720p or 1080p" },
        { "16:9", NULL, "euler", "resolution: is \"(none)\", expected base, 480p, 720p or 1080p" },
        { "16:9", "base", "ddim", "solver: is \"ddim\", expected euler or heun" },
        { "16:9", "base", "Euler", "solver: is \"Euler\", expected euler or heun" },
        { "16:9", "base", NULL, "solver: is \"\", expected euler or heun" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        reel_request r = engine_request();
        r.aspect = rows[i].aspect;
        r.resolution = rows[i].resolution;
        r.solver = rows[i].solver;
        refused(&r, rows[i].message);
    }
}

static void a_struct_of_another_size_is_refused(void **state)
{
    (void)state;
    reel_request r = engine_request();
    char message[64];
    r.size = 8;
    snprintf(message, sizeof message, "request: size is 8, expected %zu", sizeof r);
    refused(&r, message);
    r = (reel_request){ .prompt = "a ball" };
    snprintf(message, sizeof message, "request: size is 0, expected %zu", sizeof r);
    refused(&r, message);
}

static void a_refusal_quotes_what_it_found_on_one_line(void **state)
{
    (void)state;
    reel_request r = engine_request();
    r.aspect = "16:9\n\033[2J";
    refused(&r, "aspect: is \"16:9  [2J\", expected 16:9, 9:16, 4:3, 3:4 or 1:1");
}

static void the_weights_of_an_engine_have_one_of_four_forms(void **state)
{
    (void)state;
    static const char *const known[] = { "f32", "stored", "int8", "auto" };
    reel_engine *other;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(reel_engine_open(&other, scratch_dir, NULL, known[i]), REEL_OK);
        reel_engine_close(other);
    }
    assert_int_equal(reel_engine_open(&other, scratch_dir, NULL, "int4"), REEL_ERR_INVALID);
    assert_string_equal(reel_error_message(),
                        "weights: is \"int4\", expected f32, stored, int8 or auto");
    assert_null(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_words_of_a_request_are_checked),
        cmocka_unit_test(the_longest_prompt_is_taken),
        cmocka_unit_test(numbers_out_of_range_are_refused),
        cmocka_unit_test(a_step_cache_out_of_range_is_refused),
        cmocka_unit_test(names_that_are_none_are_refused),
        cmocka_unit_test(a_struct_of_another_size_is_refused),
        cmocka_unit_test(the_weights_of_an_engine_have_one_of_four_forms),
        cmocka_unit_test(a_refusal_quotes_what_it_found_on_one_line),
    };
    return cmocka_run_group_tests(tests, engine_setup, engine_teardown);
}
