/* Media of a task, found or taken in before it is acknowledged. */
#include "server/inputs.h"

#include "server/stored.h"

#include "base/rng.h"
#include "reel/intake.h"

#define UNKNOWN "0040debb-7f27-4a6e-bc9a-83f01d1c6d59"

static char image_uuid[REEL_UUID_SIZE], film_uuid[REEL_UUID_SIZE], sound_uuid[REEL_UUID_SIZE];
static json_t *image_base64;

static void take(char uuid[REEL_UUID_SIZE], const char *name, int width, int height)
{
    size_t size;
    reel_media media;
    json_t *error;
    reel_media_wish wish = { .key = 1, .parameter = "media", .kinds = REEL_TAKE_ANY };
    char *bytes = stored_make(&size, name, width, height);
    json_t *text = stored_base64("", bytes, size);
    if (!reel_media_take(&media, &error, library, json_string_value(text), &wish)) {
        fail_msg("%s", json_string_value(json_object_get(error, "message")));
    }
    memcpy(uuid, media.uuid, REEL_UUID_SIZE);
    json_decref(text);
    free(bytes);
}

static int setup(void **state)
{
    size_t size;
    stored_limits = (reel_media_limits)REEL_MEDIA_LIMITS_INIT;
    if (stored_setup(state) != 0) {
        return -1;
    }
    take(image_uuid, "a.png", 16, 16);
    take(film_uuid, "a.mp4", 64, 48);
    take(sound_uuid, "a.wav", 16, 16);
    char *bytes = stored_make(&size, "a.png", 16, 16);
    image_base64 = stored_base64("data:image/png;base64,", bytes, size);
    receiver_answer(there, 200, NULL, bytes, size);
    free(bytes);
    return 0;
}

static int teardown(void **state)
{
    json_decref(image_base64);
    return stored_teardown(state);
}

/* Settle a task with these members (with ' for ", %I %F %S %B %U for an image, a film, a sound, an
 * image in base64, an image at a URL); the error, or NULL. Both owned by the caller. */
static json_t *settle(json_t **out, const char *changes)
{
    char text[4096];
    size_t at = 0;
    for (const char *c = changes; *c; c++) {
        const char *word = *c != '%'     ? NULL
                           : c[1] == 'I' ? image_uuid
                           : c[1] == 'F' ? film_uuid
                           : c[1] == 'S' ? sound_uuid
                           : c[1] == 'B' ? json_string_value(image_base64)
                                         : receiver_url(there, "/image");
        at +=
            (size_t)snprintf(text + at, sizeof text - at, "%.*s", word ? 4000 : 1, word ? word : c);
        c += word != NULL;
    }
    json_t *task = request_with(text), *error;
    int is_settled = reel_inputs_settle(&error, task, library, 1);
    assert_true(is_settled == (error == NULL));
    if (out) {
        *out = task;
    } else {
        json_decref(task);
    }
    return error;
}

static void every_form_becomes_the_uuid_of_something_stored(void **state)
{
    (void)state;
    json_t *task;
    reel_media media;
    assert_null(settle(&task, "{'inputs':{'frameImages':['%I',{'image':'%B','frame':'last'},'%U'],"
                              "'audio':'%S'}}"));
    const json_t *inputs = json_object_get(task, "inputs");
    const json_t *frames = json_object_get(inputs, "frameImages");
    assert_string_equal(json_string_value(json_array_get(frames, 0)), image_uuid);
    const char *second = json_string_value(json_object_get(json_array_get(frames, 1), "image"));
    const char *third = json_string_value(json_array_get(frames, 2));
    assert_string_equal(json_string_value(json_object_get(json_array_get(frames, 1), "frame")),
                        "last");
    assert_int_equal(reel_media_use(&media, library, second, 1), REEL_OK);
    assert_int_equal(media.width, 16);
    assert_int_equal(reel_media_use(&media, library, third, 1), REEL_OK);
    assert_int_equal(reel_media_use(&media, library, third, 2), REEL_ERR_NOT_FOUND);
    assert_string_not_equal(second, third);
    assert_string_equal(json_string_value(json_object_get(inputs, "audio")), sound_uuid);
    json_decref(task);
}

static void every_place_of_the_table_is_looked_at(void **state)
{
    (void)state;
    static const char *const places[] = {
        "{'inputs':{'frameImages':['" UNKNOWN "']}}",
        "{'inputs':{'frameImages':[{'image':'" UNKNOWN "'}]}}",
        "{'inputs':{'referenceImages':[{'images':['%I','" UNKNOWN "']}]}}",
        "{'inputs':{'referenceImages':[{'images':['%I']},{'images':['%I'],'audio':'" UNKNOWN
        "'}]}}",
        "{'inputs':{'referenceVideos':[{'video':'" UNKNOWN "'}]}}",
        "{'inputs':{'mask':'" UNKNOWN "'}}",
        "{'inputs':{'audio':'" UNKNOWN "'}}",
        "{'frameImages':[{'inputImage':'" UNKNOWN "'}]}",
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        json_t *error = settle(NULL, places[i]);
        if (!error) {
            fail_msg("%s", places[i]);
        }
        assert_string_equal(json_string_value(json_object_get(error, "code")), "mediaNotFound");
        assert_non_null(strstr(json_string_value(json_object_get(error, "message")), UNKNOWN));
        json_decref(error);
    }
}

static void what_does_not_fit_its_place_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *changes, *code, *parameter, *message;
    } cases[] = {
        { "{'inputs':{'frameImages':['%S']}}", "invalidValue", "inputs.frameImages", "a sound" },
        { "{'inputs':{'audio':'%I'}}", "invalidValue", "inputs.audio", "an image" },
        { "{'inputs':{'referenceVideos':[{'video':'%F'}]}}", "valueTooSmall",
          "inputs.referenceVideos.video", "1866240 pixels" },
        { "{'inputs':{'referenceVideos':[{'video':'%B'}]}}", "invalidVideo",
          "inputs.referenceVideos.video", "is no film" },
        { "{'inputs':{'mask':'AAAA'}}", "invalidMask", "inputs.mask", "no known media file" },
        { "{'inputs':{'mask':'http://127.0.0.2/'}}", "downloadFailed", "inputs.mask",
          "not public" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *error = settle(NULL, cases[i].changes);
        if (!error) {
            fail_msg("%s", cases[i].changes);
        }
        assert_string_equal(json_string_value(json_object_get(error, "code")), cases[i].code);
        assert_string_equal(json_string_value(json_object_get(error, "parameter")),
                            cases[i].parameter);
        if (!strstr(json_string_value(json_object_get(error, "message")), cases[i].message)) {
            fail_msg("%s", json_string_value(json_object_get(error, "message")));
        }
        json_decref(error);
    }
}

static void a_film_that_was_made_here_is_an_input(void **state)
{
    (void)state;
    reel_task task = { .key = 1,
                       .uuid = "24cd5dff-cb81-4db5-8506-b72a9425f9d1",
                       .type = "videoInference",
                       .request = json_object(),
                       .job = json_object(),
                       .result_count = 1,
                       .results = { { .video_uuid = "aac49721-1964-481a-ae78-8a4e29b91402" } } };
    reel_submit_outcome outcome;
    assert_int_equal(reel_queue_submit(&outcome, queue, &task), REEL_OK);
    reel_task_deinit(&task);
    static const char changes[] =
        "{'inputs':{'referenceVideos':[{'video':'AAC49721-1964-481A-AE78-8A4E29B91402'}]}}";
    json_t *error = settle(NULL, changes);
    assert_non_null(error); /* it is not made yet */
    json_decref(error);
    assert_int_equal(reel_queue_claim(&task, queue), REEL_OK);
    assert_int_equal(
        reel_queue_result(queue, &task, 0, "aac49721-1964-481a-ae78-8a4e29b91402.mp4", -1),
        REEL_OK);
    reel_task_deinit(&task);
    assert_null(settle(NULL, changes));
}

/* As references, damaged files are refused as uploads are: the same door. */
static void damaged_references_are_refused(void **state)
{
    (void)state;
    reel_rng rng = reel_rng_at(4, 4);
    size_t size;
    char *bytes = stored_make(&size, "a.png", 64, 48);
    for (int i = 0; i < 20; i++) {
        json_t *text = stored_base64("", bytes, (size_t)reel_rng_below(&rng, (int)size - 20) + 1);
        json_t *task = request_with("{}"), *error;
        json_object_set_new(task, "inputs", json_pack("{s:[O]}", "frameImages", text));
        assert_false(reel_inputs_settle(&error, task, library, 1));
        assert_string_equal(json_string_value(json_object_get(error, "code")),
                            "invalidFrameImages");
        json_decref(error);
        json_decref(task);
        json_decref(text);
    }
    assert_int_equal(stored_count(), 3);
    free(bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "intake") == 0) {
        return reel_intake_child();
    }
    const struct CMUnitTest tests[] = {
        TEST(every_form_becomes_the_uuid_of_something_stored),
        TEST(every_place_of_the_table_is_looked_at),
        TEST(what_does_not_fit_its_place_is_refused),
        TEST(a_film_that_was_made_here_is_an_input),
        TEST(damaged_references_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
