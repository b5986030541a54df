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
    "{'outputFormat':'webm','outputQuality':20,'safety':{'checkContent':false,'mode':'none'}}",
    "{'seed':7,'steps':4,'CFGScale':3.5,'negativePrompt':'blur','ttl':60,'includeCost':true}",
    "{'settings':{'audio':true,'promptExtend':true},'numberResults':4,'duration':15}",
    "{'inputs':{}}",
    "{'webhookURL':'https://example.com','uploadEndpoint':'https://example.com/film'}",
    "{'safety':{'checkContent':true,'mode':'full'}}",
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_server_does_is_taken),
        cmocka_unit_test(what_it_cannot_do_yet_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
