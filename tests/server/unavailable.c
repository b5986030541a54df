/* What this server cannot do yet is refused in so many words; what it can do is not. */
#include "server/unavailable.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/requests.h"
#include "server/video_inference.h"
#include <string.h>

static const char *const done[] = {
    "{}",
    "{'outputFormat':'mp4','outputQuality':95,'safety':{'checkContent':false,'mode':'none'}}",
    "{'seed':7,'steps':4,'CFGScale':3.5,'negativePrompt':'blur','ttl':60,'includeCost':true}",
    "{'settings':{'audio':true,'promptExtend':true},'numberResults':4,'duration':15}",
    "{'inputs':{}}",
};

static const struct {
    const char *changes, *code, *parameter;
} missing[] = {
    { "{'inputs':{'frameImages':['iVBORw0K']}}", "unsupportedParameter", "inputs.frameImages" },
    { "{'frameImages':[{'inputImage':'iVBORw0K'}]}", "unsupportedParameter", "frameImages" },
    { "{'inputs':{'referenceImages':[{'type':'grid','tag':'@place','images':['iVBORw0K']}]}}",
      "unsupportedParameter", "inputs.referenceImages" },
    { "{'inputs':{'referenceVideos':[{'type':'extend','tag':'@place','video':'iVBORw0K'}]}}",
      "unsupportedParameter", "inputs.referenceVideos" },
    { "{'inputs':{'audio':'iVBORw0K'}}", "unsupportedParameter", "inputs.audio" },
    { "{'webhookURL':'https://example.com'}", "unsupportedParameter", "webhookURL" },
    { "{'uploadEndpoint':'https://example.com'}", "unsupportedParameter", "uploadEndpoint" },
    { "{'safety':{'checkContent':true}}", "unsupportedValue", "safety.checkContent" },
    { "{'safety':{'mode':'fast'}}", "unsupportedValue", "safety.mode" },
    { "{'outputFormat':'webm'}", "unsupportedValue", "outputFormat" },
    { "{'outputFormat':'MOV'}", "unsupportedValue", "outputFormat" },
    { "{'outputQuality':80}", "unsupportedValue", "outputQuality" },
};

static void what_the_server_does_is_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof done / sizeof *done; i++) {
        json_t *request = request_with(done[i]), *error;
        if (!reel_video_inference_check(&error, request)) {
            fail_msg("%s: %s", done[i], json_string_value(json_object_get(error, "message")));
        }
        json_decref(request);
    }
}

static void what_it_cannot_do_yet_is_refused_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++) {
        json_t *request = request_with(missing[i].changes), *error;
        if (reel_video_inference_check(&error, request) ||
            strcmp(json_string_value(json_object_get(error, "code")), missing[i].code) != 0 ||
            strcmp(json_string_value(json_object_get(error, "parameter")), missing[i].parameter) !=
                0) {
            fail_msg("%s: expected %s of %s", missing[i].changes, missing[i].code,
                     missing[i].parameter);
        }
        json_decref(error);
        json_decref(request);
    }
}

static void the_value_that_works_is_told_in_its_own_type(void **state)
{
    (void)state;
    json_t *request = request_with("{'outputQuality':80,'resolution':'480p'}"), *error;
    assert_false(reel_check_available(&error, request));
    const json_t *allowed = json_object_get(error, "allowedValues");
    assert_int_equal(json_array_size(allowed), 1);
    assert_int_equal(json_integer_value(json_array_get(allowed, 0)), 95);
    json_decref(error);
    json_decref(request);
    request = request_with("{'safety':{'checkContent':true}}");
    assert_false(reel_check_available(&error, request));
    assert_true(json_is_false(json_array_get(json_object_get(error, "allowedValues"), 0)));
    json_decref(error);
    json_decref(request);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_server_does_is_taken),
        cmocka_unit_test(what_it_cannot_do_yet_is_refused_by_name),
        cmocka_unit_test(the_value_that_works_is_told_in_its_own_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
