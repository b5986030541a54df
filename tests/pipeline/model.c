/* Model directories that are damaged, hostile, or made of parts that do not fit together. */
#include "pipeline/model.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "scratch.h"
#include "tiny_model.h"

static int model_setup(void **state)
{
    return scratch_setup(state) == 0 && tiny_model_make(scratch_dir) == REEL_OK ? 0 : -1;
}

/* The message is "FOLDER" + tail. */
static void refused_in(const char *dir, reel_status expected, const char *tail)
{
    reel_model model;
    char message[1024];
    memset(&model, 1, sizeof model);
    assert_int_equal(reel_model_open(&model, dir), expected);
    snprintf(message, sizeof message, "%s%s", dir, tail);
    assert_string_equal(reel_error_message(), message);
    reel_model_close(&model); /* legal, for it is zeroed */
}

static void refused(reel_status expected, const char *tail)
{
    refused_in(scratch_dir, expected, tail);
}

/* The index with `from` replaced by `to`. */
static void edit_index(const char *from, const char *to)
{
    char text[2048];
    const char *at = strstr(tiny_model_index, from);
    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - tiny_model_index), tiny_model_index, to,
             at + strlen(from));
    assert_int_equal(tiny_model_save_index(scratch_dir, text), REEL_OK);
}

static void a_whole_model_opens(void **state)
{
    (void)state;
    reel_model model;
    assert_int_equal(reel_model_open(&model, scratch_dir), REEL_OK);
    assert_string_equal(model.name, "tiny 0.1");
    assert_int_equal(model.defaults.steps, 2);
    assert_int_equal(model.geometry.fps_num, 8);
    assert_int_equal(model.geometry.fps_den, 1);
    assert_int_equal(model.geometry.samples_per_latent, 512);
    reel_model_close(&model);
}

static void a_missing_directory_is_not_found(void **state)
{
    (void)state;
    refused_in(scratch_path("none"), REEL_ERR_NOT_FOUND, "/model.json: No such file or directory");
    refused_in(scratch_path("model.json"), REEL_ERR_NOT_FOUND, "/model.json: Not a directory");
}

static void a_damaged_index_is_told_by_its_path(void **state)
{
    (void)state;
    static const struct {
        const char *text, *tail;
    } rows[] = {
        { "", "/model.json: line 1: '[' or '{' expected near end of file" },
        { "[1]", "/model.json: is an array, expected an object" },
        { "{\"name\": \"tiny\"", "/model.json: line 1: '}' expected near end of file" },
        { "{}", "/model.json: parts: expected an object of file names" },
        { "{\"parts\": [\"dit\"]}", "/model.json: parts: expected an object of file names" },
        { "{\"name\": 5, \"parts\": {}}", "/model.json: name: is a number, expected a string" },
        { "{\"parts\": {}}", "/model.json: parts: text_encoder is missing" },
        { "{\"parts\": {\"text_encoder\": 1}}",
          "/model.json: parts: text_encoder: is a number, expected a string" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(tiny_model_save_index(scratch_dir, rows[i].text), REEL_OK);
        refused(REEL_ERR_FORMAT, rows[i].tail);
    }
}

static void a_name_is_taken_whole_or_not_at_all(void **state)
{
    (void)state;
    reel_model model;
    edit_index("\"tiny\"", "\"m\u00efni m\u00efni m\u00efni m\u00efni m\u00efni m\u00efni m\"");
    assert_int_equal(reel_model_open(&model, scratch_dir), REEL_OK);
    assert_string_equal(model.name,
                        "m\u00efni m\u00efni m\u00efni m\u00efni m\u00efni m\u00efni m 0.1");
    reel_model_close(&model);
    edit_index("\"tiny\"", "\"a name of which nobody would ever want to read the end\"");
    refused(REEL_ERR_FORMAT, "/model.json: name: has 54 bytes, expected at most 40");
}

static void defaults_out_of_range_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *tail;
    } rows[] = {
        { "\"steps\": 2", "\"steps\": 0",
          "/model.json: defaults: steps: is 0, expected 1 to 1000" },
        { "\"steps\": 2", "\"steps\": 2.5",
          "/model.json: defaults: steps: is a number, expected an integer" },
        { "\"steps\": 2", "\"stepz\": 2", "/model.json: defaults: stepz: is no known key" },
        { "\"cfg_audio\": 1.5", "\"cfg_audio\": 101",
          "/model.json: defaults: cfg_audio: is 101, expected 0 to 100" },
        { "\"cfg_audio\": 1.5", "\"shift_audio\": 0",
          "/model.json: defaults: shift_audio: is 0, expected 0.01 to 100" },
        { "{\"steps\": 2, \"cfg_video\": 2, \"cfg_audio\": 1.5}", "30",
          "/model.json: defaults: expected an object" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        edit_index(rows[i].from, rows[i].to);
        refused(REEL_ERR_FORMAT, rows[i].tail);
    }
}

static void a_part_lies_in_the_folder_of_its_model(void **state)
{
    (void)state;
    static const char *const names[] = { "../x", "/etc/passwd", "..", ".hidden", "", "a/b" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char to[64], tail[128];
        snprintf(to, sizeof to, "\"%s\"", names[i]);
        snprintf(tail, sizeof tail, "/model.json: parts: dit: \"%s\" is no plain file name",
                 names[i]);
        edit_index("\"dit.safetensors\"", to);
        refused(REEL_ERR_FORMAT, tail);
    }
}

static void a_missing_part_is_not_found(void **state)
{
    (void)state;
    edit_index("\"dit.safetensors\"", "\"none.safetensors\"");
    refused(REEL_ERR_NOT_FOUND, "/none.safetensors: No such file or directory");
}

static void a_part_of_another_kind_is_refused(void **state)
{
    (void)state;
    edit_index("\"dit.safetensors\"", "\"video_vae.safetensors\"");
    refused(REEL_ERR_FORMAT, "/video_vae.safetensors: part: is video_vae, expected dit");
}

static void a_part_cut_anywhere_is_refused(void **state)
{
    (void)state;
    char *bytes;
    size_t size;
    const char *path = scratch_path("dit.safetensors");
    assert_int_equal(reel_file_read(&bytes, &size, path, 1 << 24), REEL_OK);
    const size_t cuts[] = { 0, 4, 8, 100, size / 2, size - 1 };
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        reel_model model;
        assert_int_equal(reel_file_write(path, bytes, cuts[i]), REEL_OK);
        assert_int_equal(reel_model_open(&model, scratch_dir), REEL_ERR_FORMAT);
        assert_ptr_equal(strstr(reel_error_message(), path), reel_error_message());
    }
    free(bytes);
}

static void a_part_without_one_of_its_weights_is_damaged(void **state)
{
    (void)state;
    reel_dit_config narrow = tiny_model_dit();
    narrow.single_blocks = 2;
    assert_int_equal(tiny_model_save_dit(scratch_dir, &narrow), REEL_OK);
    char *bytes, *config;
    size_t size;
    const char *path = scratch_path("dit.safetensors");
    assert_int_equal(reel_file_read(&bytes, &size, path, 1 << 24), REEL_OK);
    config = memmem(bytes, size, "\\\"single_blocks\\\":2", 19);
    assert_non_null(config);
    config[18] = '3';
    assert_int_equal(reel_file_write(path, bytes, size), REEL_OK);
    free(bytes);
    reel_model model;
    assert_int_equal(reel_model_open(&model, scratch_dir), REEL_ERR_FORMAT);
    assert_non_null(strstr(reel_error_message(), "is missing, expected ["));
}

static void parts_that_do_not_fit_together_are_refused(void **state)
{
    (void)state;
    reel_dit_config rows[5];
    for (int i = 0; i < 5; i++) {
        rows[i] = tiny_model_dit();
    }
    rows[0].video_channels = 2;
    rows[1].audio_channels = 4;
    rows[2].temporal_stride = 4;
    rows[3].text_width = 8;
    rows[4].audio_latents_per_second = 16.0;
    static const char *const tails[] = {
        ": dit: video_channels is 2, the other part has 3",
        ": dit: audio_channels is 4, the other part has 3",
        ": dit: temporal_stride is 4, the other part has 2",
        ": dit: text_width is 8, the other part has 24",
        ": dit: audio_latents_per_second is 16, the other part has 15.625",
    };
    for (int i = 0; i < 5; i++) {
        assert_int_equal(tiny_model_save_dit(scratch_dir, &rows[i]), REEL_OK);
        refused(REEL_ERR_FORMAT, tails[i]);
    }
}

static void what_is_no_regular_file_is_refused_without_waiting(void **state)
{
    (void)state;
    assert_int_equal(unlink(scratch_path("model.json")), 0);
    assert_int_equal(mkfifo(scratch_path("model.json"), 0600), 0);
    refused(REEL_ERR_IO, "/model.json: is no regular file");
    assert_int_equal(unlink(scratch_path("model.json")), 0);
    assert_int_equal(mkdir(scratch_path("model.json"), 0700), 0);
    refused(REEL_ERR_IO, "/model.json: is no regular file");
    assert_int_equal(rmdir(scratch_path("model.json")), 0);
}

#define MODEL_TEST(f) cmocka_unit_test_setup_teardown(f, model_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_TEST(a_whole_model_opens),
        MODEL_TEST(a_missing_directory_is_not_found),
        MODEL_TEST(a_damaged_index_is_told_by_its_path),
        MODEL_TEST(a_name_is_taken_whole_or_not_at_all),
        MODEL_TEST(defaults_out_of_range_are_refused),
        MODEL_TEST(a_part_lies_in_the_folder_of_its_model),
        MODEL_TEST(a_missing_part_is_not_found),
        MODEL_TEST(a_part_of_another_kind_is_refused),
        MODEL_TEST(a_part_cut_anywhere_is_refused),
        MODEL_TEST(a_part_without_one_of_its_weights_is_damaged),
        MODEL_TEST(parts_that_do_not_fit_together_are_refused),
        MODEL_TEST(what_is_no_regular_file_is_refused_without_waiting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
