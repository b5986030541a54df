/* Every parameter of the model page, each for itself: what it takes, and what it refuses how. */
#include "server/check_parameters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/parameters.h"
#include "server/requests.h"
#include <string.h>

static const char *const good[] = {
    "{}",
    "{'outputType':'URL'}",
    "{'outputFormat':'MP4'}",
    "{'outputFormat':'mp4'}",
    "{'outputFormat':'WebM'}",
    "{'outputFormat':'MOV'}",
    "{'outputQuality':20}",
    "{'outputQuality':99}",
    "{'webhookURL':'https://example.com/hook?token=1'}",
    "{'deliveryMethod':'async'}",
    "{'uploadEndpoint':'http://example.com/put'}",
    "{'safety':{}}",
    "{'safety':{'checkContent':true,'mode':'full'}}",
    "{'safety':{'mode':'none'}}",
    "{'ttl':60}",
    "{'includeCost':true}",
    "{'numberResults':1}",
    "{'numberResults':4}",
    "{'model':'skywork-skyreels-v4'}",
    "{'positivePrompt':'x'}",
    "{'width':848,'height':480}",
    "{'resolution':'480p'}",
    "{'resolution':'720p'}",
    "{'resolution':'1080p'}",
    "{'duration':3}",
    "{'duration':15}",
    "{'duration':3.5}",
    "{'settings':{}}",
    "{'settings':{'audio':false,'promptExtend':true}}",
    "{'seed':0}",
    "{'seed':4294967295}",
    "{'negativePrompt':''}",
    "{'steps':1}",
    "{'steps':100}",
    "{'CFGScale':0}",
    "{'CFGScale':7.5}",
    "{'inputs':{}}",
    "{'inputs':{'frameImages':['aac49721-1964-481a-ae78-8a4e29b91402']}}",
    "{'inputs':{'frameImages':['https://example.com/a.png',{'image':'iVBORw0K','frame':'last'}]}}",
    "{'inputs':{'frameImages':[{'image':'data:image/png;base64,iVBORw0K','frame':-1}]}}",
    "{'inputs':{'frameImages':[{'image':'iVBORw0K','frame':12}]}}",
    "{'inputs':{'frameImages':['iVBORw==','iVBORwA=','HTTP://example.com/a.png']}}",
    "{'inputs':{'referenceImages':[{'type':'image','tag':'@actor1','images':['iVBORw0K'],"
    "'audio':'https://example.com/v.mp3'}]}}",
    "{'inputs':{'referenceImages':[{'type':'grid','tag':'@place','images':['iVBORw0K']}]}}",
    "{'inputs':{'referenceVideos':[{'type':'extend','tag':'@place',"
    "'video':'b7db282d-2943-4f12-992f-77df3ad3ec71'}]}}",
    "{'inputs':{'mask':'iVBORw0K','audio':'https://example.com/v.mp3'}}",
    "{'frameImages':[{'inputImage':'iVBORw0K','frame':'first'}]}",
};

static const struct {
    const char *changes, *code, *parameter;
} bad[] = {
    { "{'fps':24}", "unsupportedParameter", "fps" },
    { "{'settings':{'volume':1}}", "unsupportedParameter", "settings.volume" },
    { "{'safety':{'level':1}}", "unsupportedParameter", "safety.level" },
    { "{'inputs':{'images':[]}}", "unsupportedParameter", "inputs.images" },
    { "{'inputs':{'frameImages':[{'inputImage':'iVBORw0K'}]}}", "unsupportedParameter",
      "inputs.frameImages.inputImage" },
    { "{'taskUUID':null}", "missingTaskUUID", "taskUUID" },
    { "{'taskUUID':7}", "invalidTaskUUID", "taskUUID" },
    { "{'taskUUID':'24cd5dff-cb81-1db5-8506-b72a9425f9d1'}", "invalidTaskUUID", "taskUUID" },
    { "{'outputType':'base64Data'}", "invalidOutputType", "outputType" },
    { "{'outputType':'url'}", "invalidOutputType", "outputType" },
    { "{'outputFormat':'GIF'}", "invalidOutputFormat", "outputFormat" },
    { "{'outputFormat':1}", "invalidOutputFormat", "outputFormat" },
    { "{'outputQuality':19}", "valueTooSmall", "outputQuality" },
    { "{'outputQuality':100}", "valueTooLarge", "outputQuality" },
    { "{'outputQuality':95.5}", "invalidOutputQuality", "outputQuality" },
    { "{'webhookURL':'ftp://example.com'}", "invalidWebhookURL", "webhookURL" },
    { "{'webhookURL':'https://'}", "invalidWebhookURL", "webhookURL" },
    { "{'uploadEndpoint':'https://a b'}", "invalidUploadEndpoint", "uploadEndpoint" },
    { "{'deliveryMethod':'sync'}", "invalidDeliveryMethod", "deliveryMethod" },
    { "{'safety':true}", "invalidSafety", "safety" },
    { "{'safety':{'checkContent':1}}", "invalidCheckContent", "safety.checkContent" },
    { "{'safety':{'mode':'slow'}}", "invalidMode", "safety.mode" },
    { "{'ttl':59}", "valueTooSmall", "ttl" },
    { "{'ttl':'60'}", "invalidTtl", "ttl" },
    { "{'includeCost':'yes'}", "invalidIncludeCost", "includeCost" },
    { "{'numberResults':0}", "valueTooSmall", "numberResults" },
    { "{'numberResults':5}", "valueTooLarge", "numberResults" },
    { "{'model':null}", "missingModel", "model" },
    { "{'model':'skywork:skyreels@v3'}", "invalidModel", "model" },
    { "{'positivePrompt':null}", "missingPositivePrompt", "positivePrompt" },
    { "{'positivePrompt':''}", "invalidPositivePromptLength", "positivePrompt" },
    { "{'positivePrompt':['a']}", "invalidPositivePrompt", "positivePrompt" },
    { "{'width':'848','height':480}", "invalidWidth", "width" },
    { "{'width':848,'height':480.5}", "invalidHeight", "height" },
    { "{'resolution':'768p'}", "invalidResolution", "resolution" },
    { "{'resolution':''}", "invalidResolution", "resolution" },
    { "{'duration':2.99}", "unsupportedDuration", "duration" },
    { "{'duration':15.01}", "unsupportedDuration", "duration" },
    { "{'duration':'5'}", "invalidDuration", "duration" },
    { "{'settings':[]}", "invalidSettings", "settings" },
    { "{'settings':{'audio':'on'}}", "invalidAudio", "settings.audio" },
    { "{'settings':{'promptExtend':0}}", "invalidPromptExtend", "settings.promptExtend" },
    { "{'seed':-1}", "valueTooSmall", "seed" },
    { "{'seed':4294967296}", "valueTooLarge", "seed" },
    { "{'seed':1.5}", "invalidSeed", "seed" },
    { "{'negativePrompt':1}", "invalidNegativePrompt", "negativePrompt" },
    { "{'steps':0}", "valueTooSmall", "steps" },
    { "{'steps':101}", "valueTooLarge", "steps" },
    { "{'CFGScale':-0.1}", "valueTooSmall", "CFGScale" },
    { "{'CFGScale':51}", "valueTooLarge", "CFGScale" },
    { "{'inputs':[]}", "invalidInputs", "inputs" },
    { "{'inputs':{'frameImages':'iVBORw0K'}}", "invalidFrameImages", "inputs.frameImages" },
    { "{'inputs':{'frameImages':[]}}", "arrayTooSmall", "inputs.frameImages" },
    { "{'inputs':{'frameImages':[1]}}", "invalidFrameImages", "inputs.frameImages" },
    { "{'inputs':{'frameImages':['not a picture']}}", "invalidFrameImages", "inputs.frameImages" },
    { "{'inputs':{'frameImages':['iVBORw0']}}", "invalidFrameImages", "inputs.frameImages" },
    { "{'inputs':{'frameImages':['iV==ORw0']}}", "invalidFrameImages", "inputs.frameImages" },
    { "{'inputs':{'frameImages':['====']}}", "invalidFrameImages", "inputs.frameImages" },
    { "{'inputs':{'frameImages':['']}}", "invalidFrameImages", "inputs.frameImages" },
    { "{'inputs':{'frameImages':['data:image/png,iVBORw0K']}}", "invalidFrameImages",
      "inputs.frameImages" },
    { "{'inputs':{'frameImages':[{'frame':'first'}]}}", "missingImage",
      "inputs.frameImages.image" },
    { "{'inputs':{'frameImages':[{'image':'iVBORw0K','frame':'middle'}]}}", "invalidFrame",
      "inputs.frameImages.frame" },
    { "{'inputs':{'frameImages':[{'image':'iVBORw0K','frame':-2}]}}", "invalidFrame",
      "inputs.frameImages.frame" },
    { "{'inputs':{'frameImages':[{'image':'iVBORw0K','frame':1.5}]}}", "invalidFrame",
      "inputs.frameImages.frame" },
    { "{'inputs':{'referenceImages':['iVBORw0K']}}", "invalidReferenceImages",
      "inputs.referenceImages" },
    { "{'inputs':{'referenceImages':[{},{},{},{}]}}", "arrayTooLarge", "inputs.referenceImages" },
    { "{'inputs':{'referenceImages':[{'tag':'@place','images':['iVBORw0K']}]}}", "missingType",
      "inputs.referenceImages.type" },
    { "{'inputs':{'referenceImages':[{'type':'style','tag':'@place','images':['iVBORw0K']}]}}",
      "invalidType", "inputs.referenceImages.type" },
    { "{'inputs':{'referenceImages':[{'type':'grid','images':['iVBORw0K']}]}}", "missingTag",
      "inputs.referenceImages.tag" },
    { "{'inputs':{'referenceImages':[{'type':'grid','tag':'place','images':['iVBORw0K']}]}}",
      "invalidTag", "inputs.referenceImages.tag" },
    { "{'inputs':{'referenceImages':[{'type':'grid','tag':'@','images':['iVBORw0K']}]}}",
      "invalidTag", "inputs.referenceImages.tag" },
    { "{'inputs':{'referenceImages':[{'type':'grid','tag':'@place'}]}}", "missingImages",
      "inputs.referenceImages.images" },
    { "{'inputs':{'referenceImages':[{'type':'grid','tag':'@place','images':[]}]}}",
      "arrayTooSmall", "inputs.referenceImages.images" },
    { "{'inputs':{'referenceImages':[{'type':'grid','tag':'@place','images':[{}]}]}}",
      "invalidImages", "inputs.referenceImages.images" },
    { "{'inputs':{'referenceImages':[{'type':'image','tag':'@place','images':['iVBORw0K'],"
      "'audio':'a voice'}]}}",
      "invalidAudio", "inputs.referenceImages.audio" },
    { "{'inputs':{'referenceVideos':[{},{}]}}", "arrayTooLarge", "inputs.referenceVideos" },
    { "{'inputs':{'referenceVideos':[{'type':'image','tag':'@place','video':'iVBORw0K'}]}}",
      "invalidType", "inputs.referenceVideos.type" },
    { "{'inputs':{'referenceVideos':[{'type':'extend','video':'iVBORw0K'}]}}", "missingTag",
      "inputs.referenceVideos.tag" },
    { "{'inputs':{'referenceVideos':[{'type':'extend','tag':'@place'}]}}", "missingVideo",
      "inputs.referenceVideos.video" },
    { "{'inputs':{'mask':['iVBORw0K']}}", "invalidMask", "inputs.mask" },
    { "{'frameImages':[{'frame':'first'}]}", "missingInputImage", "frameImages.inputImage" },
};

static json_t *refusal_of(const char *changes)
{
    json_t *request = request_with(changes), *error;
    if (reel_check_parameters(&error, request)) {
        fail_msg("%s: is good, expected a refusal", changes);
    }
    json_decref(request);
    assert_non_null(error);
    return error;
}

static const char *text_of(const json_t *error, const char *name)
{
    const char *text = json_string_value(json_object_get(error, name));
    return text ? text : "(none)";
}

static void what_the_page_allows_is_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        json_t *request = request_with(good[i]), *error;
        if (!reel_check_parameters(&error, request)) {
            fail_msg("%s: %s", good[i], text_of(error, "message"));
        }
        json_decref(request);
    }
}

static void what_the_page_forbids_is_refused_by_its_code_and_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        json_t *error = refusal_of(bad[i].changes);
        if (strcmp(text_of(error, "code"), bad[i].code) != 0 ||
            strcmp(text_of(error, "parameter"), bad[i].parameter) != 0) {
            fail_msg("%s: is %s of %s, expected %s of %s", bad[i].changes, text_of(error, "code"),
                     text_of(error, "parameter"), bad[i].code, bad[i].parameter);
        }
        json_decref(error);
    }
}

/* A row that no test touches is a rule that may be wrong. */
static void every_row_of_the_table_is_refused_by_some_test(void **state)
{
    (void)state;
    for (int i = 0; i < reel_video_parameters.count; i++) {
        const char *path = reel_video_parameters.rows[i].path;
        int is_tested = strcmp(path, "taskType") == 0 || strcmp(path, "inputs.audio") == 0 ||
                        strncmp(path, "frameImages", 11) == 0;
        for (size_t j = 0; j < sizeof bad / sizeof *bad && !is_tested; j++) {
            is_tested = strcmp(bad[j].parameter, path) == 0;
        }
        if (!is_tested) {
            fail_msg("%s: no test refuses it", path);
        }
    }
}

static void an_unknown_parameter_is_told_which_there_are(void **state)
{
    (void)state;
    json_t *error = refusal_of("{'scheduler':'x'}");
    const json_t *allowed = json_object_get(error, "allowedValues");
    assert_int_equal(json_array_size(allowed), 25);
    assert_string_equal(json_string_value(json_array_get(allowed, 0)), "taskType");
    assert_memory_equal(text_of(error, "message"),
                        "Unsupported use of 'scheduler' parameter. This parameter is not supported "
                        "for the selected model. Allowed values are: 'taskType', 'taskUUID', ",
                        130);
    json_decref(error);
}

static void a_value_out_of_range_is_told_its_bounds(void **state)
{
    (void)state;
    json_t *error = refusal_of("{'duration':20}");
    assert_string_equal(text_of(error, "type"), "float");
    assert_true(json_is_real(json_object_get(error, "min")));
    assert_float_equal(json_number_value(json_object_get(error, "min")), 3, 0);
    assert_float_equal(json_number_value(json_object_get(error, "max")), 15, 0);
    json_decref(error);
    error = refusal_of("{'numberResults':9}");
    assert_string_equal(text_of(error, "type"), "integer");
    assert_int_equal(json_integer_value(json_object_get(error, "max")), 4);
    assert_string_equal(text_of(error, "message"),
                        "Invalid value for 'numberResults' parameter. The numberResults must be "
                        "between 1 and 4.");
    json_decref(error);
}

static void a_value_off_the_list_is_told_the_list(void **state)
{
    (void)state;
    json_t *error = refusal_of("{'resolution':'768p'}");
    const json_t *allowed = json_object_get(error, "allowedValues");
    assert_int_equal(json_array_size(allowed), 3);
    assert_string_equal(json_string_value(json_array_get(allowed, 2)), "1080p");
    assert_string_equal(text_of(error, "message"),
                        "Invalid value for 'resolution' parameter. The resolution must be a string "
                        "value with one of the following supported values: '480p', '720p', "
                        "'1080p'.");
    json_decref(error);
}

static void a_prompt_is_measured_in_characters(void **state)
{
    (void)state;
    for (int extra = 0; extra < 2; extra++) {
        json_t *request = request_with("{}"), *error;
        char *prompt = malloc(2 * 5121 + 1);
        int count = 5120 + extra;
        for (int i = 0; i < count; i++) {
            memcpy(prompt + 2 * i, "\xc3\xa9", 2);
        }
        prompt[2 * count] = '\0';
        json_object_set_new(request, "positivePrompt", json_string(prompt));
        assert_int_equal(reel_check_parameters(&error, request), !extra);
        if (extra) {
            assert_string_equal(text_of(error, "code"), "invalidPositivePromptLength");
        }
        json_decref(error);
        json_decref(request);
        free(prompt);
    }
}

static void a_long_strange_name_is_clipped_between_characters(void **state)
{
    (void)state;
    char changes[600] = "{'";
    for (int i = 0; i < 200; i++) {
        strcat(changes, "\xc3\xa9");
    }
    strcat(changes, "':1}");
    json_t *error = refusal_of(changes);
    assert_string_equal(text_of(error, "code"), "unsupportedParameter");
    assert_int_equal(strlen(text_of(error, "parameter")), 67);
    json_decref(error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_page_allows_is_taken),
        cmocka_unit_test(what_the_page_forbids_is_refused_by_its_code_and_name),
        cmocka_unit_test(every_row_of_the_table_is_refused_by_some_test),
        cmocka_unit_test(an_unknown_parameter_is_told_which_there_are),
        cmocka_unit_test(a_value_out_of_range_is_told_its_bounds),
        cmocka_unit_test(a_value_off_the_list_is_told_the_list),
        cmocka_unit_test(a_prompt_is_measured_in_characters),
        cmocka_unit_test(a_long_strange_name_is_clipped_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
