/* What is said of parts, models, films and memory. */
#include "reel/inspect.h"

#include "base/file.h"
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tiny_engine.h"

static json_t *parse(char *text)
{
    json_t *object = json_loads(text, 0, NULL);
    assert_true(json_is_object(object));
    free(text);
    return object;
}

static json_t *inspect(const char *path)
{
    char *text;
    if (reel_inspect(&text, path) != REEL_OK) {
        fail_msg("%s", reel_error_message());
    }
    return parse(text);
}

static const char *string_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    assert_non_null(text);
    return text;
}

static int64_t integer_of(const json_t *object, const char *key)
{
    assert_true(json_is_integer(json_object_get(object, key)));
    return json_integer_value(json_object_get(object, key));
}

static int64_t size_of_file(const char *path)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    return info.st_size;
}

static void a_part_tells_its_config_and_tensors(void **state)
{
    (void)state;
    const char *path = scratch_path("video_vae.safetensors");
    json_t *part = inspect(path);
    assert_string_equal(string_of(part, "kind"), "part");
    assert_string_equal(string_of(part, "path"), path);
    assert_string_equal(string_of(part, "part"), "video_vae");
    assert_int_equal(integer_of(json_object_get(part, "config"), "spatial_stride"), 4);
    assert_int_equal(integer_of(part, "bytes"), size_of_file(path));

    reel_video_vae vae;
    assert_int_equal(reel_video_vae_open(&vae, path), REEL_OK);
    const json_t *tensors = json_object_get(part, "tensors");
    assert_int_equal(json_array_size(tensors), vae.weights.count);
    assert_int_equal(integer_of(part, "parameters"), reel_weights_count(&vae.weights));
    reel_video_vae_deinit(&vae);

    size_t index;
    json_t *tensor, *mean = NULL;
    json_array_foreach(tensors, index, tensor)
    {
        mean = strcmp(string_of(tensor, "name"), "latent_mean") == 0 ? tensor : mean;
    }
    assert_string_equal(string_of(mean, "dtype"), "f32");
    assert_int_equal(json_array_size(json_object_get(mean, "shape")), 1);
    assert_int_equal(json_integer_value(json_array_get(json_object_get(mean, "shape"), 0)), 3);
    json_decref(part);
}

static void a_model_tells_its_parts_and_what_people_wrote_about_it(void **state)
{
    (void)state;
    static const char *const parts[] = { "text_encoder", "dit", "video_vae", "audio_vae" };
    json_t *model = inspect(scratch_dir);
    assert_string_equal(string_of(model, "kind"), "model");
    assert_string_equal(string_of(model, "name"), "tiny");
    assert_string_equal(string_of(model, "version"), "0.1");
    assert_int_equal(integer_of(json_object_get(model, "defaults"), "steps"), 2);
    const json_t *about = json_object_get(model, "about");
    assert_int_equal(json_object_size(about), 2);
    assert_string_equal(string_of(about, "licence"), "Apache-2.0");
    assert_non_null(json_object_get(json_object_get(about, "scores"), "sync"));

    int64_t parameters = 0, bytes = 0;
    assert_int_equal(json_array_size(json_object_get(model, "parts")), 4);
    for (size_t i = 0; i < 4; i++) {
        const json_t *row = json_array_get(json_object_get(model, "parts"), i);
        json_t *part = inspect(scratch_path(string_of(row, "file")));
        assert_string_equal(string_of(row, "part"), parts[i]);
        assert_string_equal(string_of(part, "part"), parts[i]);
        assert_int_equal(integer_of(row, "parameters"), integer_of(part, "parameters"));
        assert_int_equal(integer_of(row, "bytes"), integer_of(part, "bytes"));
        parameters += integer_of(part, "parameters");
        bytes += integer_of(part, "bytes");
        json_decref(part);
    }
    assert_int_equal(integer_of(model, "parameters"), parameters);
    assert_int_equal(integer_of(model, "bytes"), bytes);
    json_decref(model);
}

static void a_film_tells_its_tracks_and_its_origin(void **state)
{
    (void)state;
    reel_clip clip;
    reel_request r = engine_request();
    const char *path = scratch_path("film.mp4");
    const reel_provenance origin = { .model = "tiny 0.1", .prompt = r.prompt, .seed = r.seed };
    assert_int_equal(reel_generate(&clip, engine, &r, NULL, NULL), REEL_OK);
    assert_int_equal(reel_clip_write(&clip, path, 0, &origin), REEL_OK);
    reel_clip_free(&clip);
    json_t *film = inspect(path);
    assert_string_equal(string_of(film, "kind"), "film");
    assert_int_equal(integer_of(film, "tracks"), 2);
    assert_true(json_number_value(json_object_get(film, "seconds")) > 2.9);
    assert_true(json_number_value(json_object_get(film, "seconds")) < 3.2);
    const json_t *video = json_object_get(film, "video"), *audio = json_object_get(film, "audio");
    assert_string_equal(string_of(video, "codec"), "h264");
    assert_int_equal(integer_of(video, "width"), 72);
    assert_int_equal(integer_of(video, "height"), 40);
    assert_int_equal(integer_of(video, "frames"), 24);
    assert_true(json_real_value(json_object_get(video, "fps")) == 8.0);
    assert_string_equal(string_of(audio, "codec"), "aac");
    assert_int_equal(integer_of(audio, "channels"), 2);
    assert_int_equal(integer_of(audio, "sampleRate"), 8000);
    const json_t *tags = json_object_get(film, "tags");
    assert_string_equal(string_of(tags, "title"), "a red ball bounces");
    assert_string_equal(string_of(tags, "comment"), "made by OpenReels, model tiny 0.1, seed 7");
    json_decref(film);
}

static void an_image_has_a_size_and_no_time(void **state)
{
    (void)state;
    reel_clip clip;
    reel_request r = engine_request();
    const char *path = scratch_path("film.png");
    assert_int_equal(reel_generate(&clip, engine, &r, NULL, NULL), REEL_OK);
    assert_int_equal(reel_clip_write(&clip, path, 0, NULL), REEL_OK);
    reel_clip_free(&clip);
    json_t *image = inspect(path);
    assert_string_equal(string_of(image, "kind"), "image");
    assert_null(json_object_get(image, "seconds"));
    assert_null(json_object_get(image, "audio"));
    assert_int_equal(integer_of(json_object_get(image, "video"), "width"), 72);
    assert_null(json_object_get(json_object_get(image, "video"), "fps"));
    json_decref(image);
}

static void memory_is_that_of_the_engine_and_the_weights(void **state)
{
    (void)state;
    char *text;
    reel_request r = engine_request();
    r.prompt = NULL;
    assert_int_equal(reel_inspect_memory(&text, scratch_dir, &r), REEL_OK);
    json_t *memory = parse(text), *model = inspect(scratch_dir);
    assert_string_equal(string_of(memory, "model"), "tiny 0.1");
    assert_string_equal(string_of(memory, "resolution"), "base");
    assert_int_equal(integer_of(memory, "requestBytes"), reel_engine_memory(engine, &r));
    assert_int_equal(integer_of(memory, "weightBytes"), 4 * integer_of(model, "parameters"));
    assert_int_equal(integer_of(memory, "bytes"),
                     integer_of(memory, "requestBytes") + integer_of(memory, "weightBytes"));
    json_decref(memory);
    json_decref(model);
}

static void what_cannot_be_read_is_an_error(void **state)
{
    (void)state;
    char message[600], *text;
    reel_request r = engine_request();
    r.aspect = "2:1";
    assert_int_equal(reel_inspect_memory(&text, scratch_dir, &r), REEL_ERR_INVALID);
    assert_null(text);
    assert_string_equal(reel_error_message(),
                        "aspect: is \"2:1\", expected 16:9, 9:16, 4:3, 3:4 or 1:1");
    const char *path = scratch_path("none.mp4");
    assert_int_equal(reel_inspect(&text, path), REEL_ERR_NOT_FOUND);
    snprintf(message, sizeof message, "%s: No such file or directory", path);
    assert_string_equal(reel_error_message(), message);

    path = scratch_path("bad.safetensors");
    assert_int_equal(reel_file_write(path, "abc", 3), REEL_OK);
    assert_int_equal(reel_inspect(&text, path), REEL_ERR_FORMAT);
    assert_null(text);
    path = scratch_path("bad.mp4");
    assert_int_equal(reel_file_write(path, "abc", 3), REEL_OK);
    assert_int_equal(reel_inspect(&text, path), REEL_ERR_FORMAT);
    assert_null(text);
}

static void a_model_with_a_missing_part_names_it(void **state)
{
    (void)state;
    char message[600], *text;
    assert_int_equal(unlink(scratch_path("dit.safetensors")), 0);
    assert_int_equal(reel_inspect(&text, scratch_dir), REEL_ERR_NOT_FOUND);
    snprintf(message, sizeof message, "%s: No such file or directory",
             scratch_path("dit.safetensors"));
    assert_string_equal(reel_error_message(), message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_tells_its_config_and_tensors),
        cmocka_unit_test(a_model_tells_its_parts_and_what_people_wrote_about_it),
        cmocka_unit_test(a_film_tells_its_tracks_and_its_origin),
        cmocka_unit_test(an_image_has_a_size_and_no_time),
        cmocka_unit_test(memory_is_that_of_the_engine_and_the_weights),
        cmocka_unit_test(what_cannot_be_read_is_an_error),
        cmocka_unit_test(a_model_with_a_missing_part_names_it),
    };
    return cmocka_run_group_tests(tests, engine_setup, engine_teardown);
}
