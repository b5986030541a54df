/* Bodies of /v1/videos as tasks: each field, each default, each refusal in its own words. */
#include "server/video_fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/check_parameters.h"
#include "server/compatibility.h"
#include "server/requests.h"
#include <string.h>

#define FILM "b7db282d-2943-4f12-992f-77df3ad3ec71"

/* The task of a body; it must pass the checks of POST /v1. */
static json_t *task_of(const char *body, reel_video_work work)
{
    const reel_parameter_table *table =
        work == REEL_VIDEO_FROM_WORDS ? &reel_video_create_fields : &reel_video_edit_fields;
    json_t *fields = request_parse(body), *error = NULL;
    assert_true(reel_video_fields_normalise(fields, table));
    if (!reel_check_object(&error, fields, table)) {
        fail_msg("%s: %s", body, json_string_value(json_object_get(error, "message")));
    }
    json_t *task = reel_video_fields_task(&error, fields, work, FILM);
    assert_non_null(task);
    assert_true(reel_check_parameters(&error, task));
    assert_true(reel_check_compatibility(&error, task));
    json_decref(fields);
    return task;
}

/* The task's members are those of `expected`, beside its taskUUID. */
static void assert_task(const char *body, reel_video_work work, const char *expected)
{
    json_t *task = task_of(body, work), *wanted = request_parse(expected);
    assert_int_equal(json_object_del(task, "taskUUID"), 0);
    if (!json_equal(task, wanted)) {
        fail_msg("%s\n  became %s", body, json_dumps(task, 0));
    }
    json_decref(task);
    json_decref(wanted);
}

#define HEAD "{'taskType':'videoInference','model':'skywork:skyreels@v4',"

static void a_body_becomes_a_task(void **state)
{
    (void)state;
    assert_task("{'prompt':'a ball'}", REEL_VIDEO_FROM_WORDS,
                HEAD "'positivePrompt':'a ball','duration':4.0,'width':720,'height':1280,"
                     "'settings':{'audio':true}}");
    assert_task("{'prompt':'a ball','seconds':'8','size':'1280x720','seed':'7',"
                "'negative_prompt':'fog','num_inference_steps':'9','guidance_scale':'2.5'}",
                REEL_VIDEO_FROM_WORDS,
                HEAD "'positivePrompt':'a ball','duration':8.0,'width':1280,'height':720,"
                     "'settings':{'audio':true},'seed':7,'negativePrompt':'fog','steps':9,"
                     "'CFGScale':2.5}");
    assert_task("{'prompt':'a ball','seconds':3.5,'seed':0}", REEL_VIDEO_FROM_WORDS,
                HEAD "'positivePrompt':'a ball','duration':3.5,'width':720,'height':1280,"
                     "'settings':{'audio':true},'seed':0}");
    assert_task("{'prompt':'a ball','size':'848x480','input_reference':'iVBORw0K'}",
                REEL_VIDEO_FROM_WORDS,
                HEAD "'positivePrompt':'a ball','duration':4.0,'resolution':'480p',"
                     "'settings':{'audio':true},'inputs':{'frameImages':['iVBORw0K']}}");
    assert_task("{'prompt':'a ball','input_reference':{'file_id':'" FILM "'}}",
                REEL_VIDEO_FROM_WORDS,
                HEAD "'positivePrompt':'a ball','duration':4.0,'resolution':'720p',"
                     "'settings':{'audio':true},'inputs':{'frameImages':['" FILM "']}}");
}

static void edits_and_extensions_name_their_film(void **state)
{
    (void)state;
    assert_task("{'prompt':'make it blue','video':{'id':'video_1'}}", REEL_VIDEO_EDIT,
                HEAD "'positivePrompt':'@video make it blue','duration':4.0,'inputs':"
                     "{'referenceVideos':[{'type':'reference','tag':'@video','video':'" FILM
                     "'}]}}");
    assert_task("{'prompt':'and on','video':'" FILM "','seconds':'6'}", REEL_VIDEO_EXTENSION,
                HEAD "'positivePrompt':'@video and on','duration':6.0,'settings':{'audio':true},"
                     "'inputs':{'referenceVideos':[{'type':'extend','tag':'@video','video':'" FILM
                     "'}]}}");
}

static void a_video_shows_the_words_of_its_client(void **state)
{
    (void)state;
    json_t *edit = task_of("{'prompt':'make it blue','video':'" FILM "'}", REEL_VIDEO_EDIT);
    assert_string_equal(reel_video_fields_prompt(edit), "make it blue");
    json_decref(edit);
    json_t *plain = task_of("{'prompt':'@video make it blue'}", REEL_VIDEO_FROM_WORDS);
    assert_string_equal(reel_video_fields_prompt(plain), "@video make it blue");
    json_decref(plain);
}

static void what_is_no_number_stays_text_and_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *body, *parameter, *code;
    } cases[] = {
        { "{}", "prompt", "missingPrompt" },
        { "{'prompt':''}", "prompt", "invalidPromptLength" },
        { "{'prompt':'a','seconds':'two'}", "seconds", "invalidSeconds" },
        { "{'prompt':'a','seconds':'nan'}", "seconds", "invalidSeconds" },
        { "{'prompt':'a','seconds':'99'}", "seconds", "valueTooLarge" },
        { "{'prompt':'a','seed':'1.5'}", "seed", "invalidSeed" },
        { "{'prompt':'a','seed':'99999999999999999999'}", "seed", "valueTooLarge" },
        { "{'prompt':'a','model':'sora-2'}", "model", "invalidModel" },
        { "{'prompt':'a','n':2}", "n", "unsupportedParameter" },
        { "{'prompt':'a','input_reference':{'image_url':'?'}}", "input_reference.image_url",
          "invalidImage_url" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *fields = request_parse(cases[i].body), *error = NULL;
        assert_true(reel_video_fields_normalise(fields, &reel_video_create_fields));
        assert_false(reel_check_object(&error, fields, &reel_video_create_fields));
        assert_string_equal(json_string_value(json_object_get(error, "parameter")),
                            cases[i].parameter);
        assert_string_equal(json_string_value(json_object_get(error, "code")), cases[i].code);
        json_decref(error);
        json_decref(fields);
    }
}

static void a_size_that_the_model_lacks_is_refused_with_those_it_has(void **state)
{
    (void)state;
    static const char *const sizes[] = { "1024x1792", "1280",         "x", "1280x720x3", "-848x480",
                                         "848x480 ",  "99999999999x1" };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        json_t *fields = json_pack("{s:s, s:s}", "prompt", "a", "size", sizes[i]), *error;
        assert_null(reel_video_fields_task(&error, fields, REEL_VIDEO_FROM_WORDS, NULL));
        assert_string_equal(json_string_value(json_object_get(error, "parameter")), "size");
        assert_int_equal(json_array_size(json_object_get(error, "allowedValues")), 15);
        json_decref(error);
        json_decref(fields);
    }
}

static void errors_of_the_task_are_told_in_the_words_of_the_body(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "{'parameter':'positivePrompt'}", "{'parameter':'prompt'}" },
        { "{'parameter':'duration'}", "{'parameter':'seconds'}" },
        { "{'parameter':['width','height']}", "{'parameter':'size'}" },
        { "{'parameter':'inputs.frameImages.image'}", "{'parameter':'input_reference'}" },
        { "{'parameter':'inputs.referenceVideos'}", "{'parameter':'video'}" },
        { "{'parameter':'inputs.frameImagesX'}", "{'parameter':'inputs.frameImagesX'}" },
        { "{'code':'x'}", "{'code':'x'}" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *error = request_parse(cases[i][0]), *wanted = request_parse(cases[i][1]);
        reel_video_fields_translate(error);
        assert_true(json_equal(error, wanted));
        json_decref(error);
        json_decref(wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_becomes_a_task),
        cmocka_unit_test(edits_and_extensions_name_their_film),
        cmocka_unit_test(a_video_shows_the_words_of_its_client),
        cmocka_unit_test(what_is_no_number_stays_text_and_is_refused),
        cmocka_unit_test(a_size_that_the_model_lacks_is_refused_with_those_it_has),
        cmocka_unit_test(errors_of_the_task_are_told_in_the_words_of_the_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
