/* The stage of the text encoder, by recipe, alone and in a folder. */
#include "reel/train.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "model/text_encoder/text_encoder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scratch.h"

/* A recipe file in the scratch folder. */
static void write_recipe(const char *name, const char *stage, const char *part, int steps)
{
    char text[1024];
    int length = snprintf(
        text, sizeof text,
        "{\"stage\": \"%s\", \"part\": \"%s\", \"model_dir\": \"%s\", \"steps\": %d, \"batch\": 32,"
        "\"lr\": 0.01, \"muon_lr\": 0.02, \"warmup\": 2, \"ema\": 0.9, \"log_every\": %d,"
        "\"config\": {\"vocabulary\": 400, \"width\": 24, \"heads\": 2, \"blocks\": 1,"
        "\"hidden\": 32, \"max_tokens\": 64}, \"options\": {\"tokenizer_captions\": 120}}",
        stage, part, scratch_dir, steps, steps / 2);
    assert_int_equal(reel_file_write(scratch_path(name), text, (size_t)length), REEL_OK);
}

/* Valid until the next call. */
static reel_train_options options_of(const char *run)
{
    static char dir[512];
    reel_train_options options = REEL_TRAIN_OPTIONS_INIT;
    snprintf(dir, sizeof dir, "%s", scratch_path(run));
    options.run_dir = dir;
    return options;
}

static double last_value(const char *log, const char *key)
{
    char *text;
    double value = -1;
    assert_int_equal(reel_file_read(&text, NULL, scratch_path(log), 1 << 20), REEL_OK);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        json_t *object = json_loads(line, 0, NULL);
        value = json_number_value(json_object_get(object, key));
        json_decref(object);
    }
    free(text);
    return value;
}

static void the_encoder_learns_what_captions_say_and_leaves_a_part(void **state)
{
    (void)state;
    write_recipe("learn.json", "text_encoder", "text_encoder", 100);
    reel_train_options options = options_of("learn");
    assert_int_equal(reel_train(scratch_path("learn.json"), &options), REEL_OK);
    assert_true(last_value("learn/log.jsonl", "accuracy") > 0.8); /* by chance about 0.3 */
    reel_text_encoder encoder;
    assert_int_equal(reel_text_encoder_open(&encoder, scratch_path("text_encoder.safetensors")),
                     REEL_OK);
    assert_int_equal(encoder.config.width, 24);
    assert_int_equal(reel_tokenizer_vocabulary(encoder.tokenizer), 400);
    reel_text_encoder_deinit(&encoder);
}

static int count_stages(const reel_train_progress *progress, void *user)
{
    int *stages = user;
    *stages += progress->done == 0 && strcmp(progress->phase, "train") == 0;
    return 0;
}

static void a_folder_is_trained_in_its_order_and_resumed_where_it_failed(void **state)
{
    (void)state;
    int stages = 0;
    reel_train_options options = options_of("runs");
    options.progress = count_stages;
    options.user = &stages;
    assert_int_equal(reel_dir_make(scratch_path("recipes")), REEL_OK);
    write_recipe("recipes/b.json", "text_encoder", "first", 4);
    write_recipe("recipes/a.json", "no_such_stage", "second", 4);
    const char order[] = "[\"b.json\", \"a.json\"]";
    assert_int_equal(reel_file_write(scratch_path("recipes/order.json"), order, sizeof order - 1),
                     REEL_OK);
    assert_int_equal(reel_train(scratch_path("recipes"), &options), REEL_ERR_NOT_FOUND);
    assert_non_null(strstr(reel_error_message(), "stage: there is no \"no_such_stage\""));
    assert_int_equal(stages, 1);
    assert_true(reel_file_exists(scratch_path("first.safetensors")));

    write_recipe("recipes/a.json", "text_encoder", "second", 4);
    options.resume = 1;
    assert_int_equal(reel_train(scratch_path("recipes"), &options), REEL_OK);
    assert_int_equal(stages, 2);
    assert_true(reel_file_exists(scratch_path("second.safetensors")));
    assert_true(reel_file_exists(scratch_path("runs/a/log.jsonl")));
}

static void an_order_that_leaves_the_folder_is_refused(void **state)
{
    (void)state;
    reel_train_options options = options_of("escape");
    assert_int_equal(reel_dir_make(scratch_path("escaping")), REEL_OK);
    const char order[] = "[\"../learn.json\"]";
    assert_int_equal(reel_file_write(scratch_path("escaping/order.json"), order, sizeof order - 1),
                     REEL_OK);
    assert_int_equal(reel_train(scratch_path("escaping"), &options), REEL_ERR_FORMAT);
    assert_int_equal(reel_train(scratch_path("nowhere"), &options), REEL_ERR_NOT_FOUND);
    options.run_dir = NULL;
    assert_int_equal(reel_train(scratch_path("learn.json"), &options), REEL_ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_encoder_learns_what_captions_say_and_leaves_a_part),
        cmocka_unit_test(a_folder_is_trained_in_its_order_and_resumed_where_it_failed),
        cmocka_unit_test(an_order_that_leaves_the_folder_is_refused),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown_tree);
}
