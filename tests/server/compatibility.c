/* Which parameters go together: every sentence of the page's section, both ways. */
#include "server/compatibility.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/check_parameters.h"
#include "server/dimensions.h"
#include "server/requests.h"
#include <string.h>

#define IMAGE(tag)  "{'type':'image','tag':'" tag "','images':['iVBORw0K']}"
#define GRID(tag)   "{'type':'grid','tag':'" tag "','images':['iVBORw0K']}"
#define VIDEO(type) "{'type':'" type "','tag':'@place','video':'iVBORw0K'}"

static const char *const good[] = {
    "{}",
    "{'width':1280,'height':720,'resolution':null}",
    "{'resolution':null,'inputs':{'frameImages':['iVBORw0K']}}",
    "{'resolution':null,'frameImages':[{'inputImage':'iVBORw0K'}]}",
    "{'resolution':'720p','inputs':{'frameImages':['iVBORw0K']}}",
    "{'resolution':null,'inputs':{'referenceVideos':[" VIDEO("extend") "]}}",
    "{'resolution':null,'inputs':{'referenceVideos':[" VIDEO("reference") "]}}",
    "{'inputs':{'referenceVideos':[" VIDEO("extend") "]},'settings':{'audio':true}}",
    "{'inputs':{'referenceVideos':[" VIDEO("reference") "]},'settings':{'promptExtend':false}}",
    "{'inputs':{'referenceVideos':[" VIDEO("reference") "],'mask':'iVBORw0K'}}",
    "{'inputs':{'referenceImages':[" GRID("@place") "]}}",
    "{'inputs':{'referenceImages':[" IMAGE("@actor1") "," IMAGE("@place") "]}}",
    "{'inputs':{'referenceImages':[" IMAGE("@place") "],'frameImages':['iVBORw0K']}}",
    "{'width':1280,'height':720,'resolution':null,'inputs':{'referenceImages':[" IMAGE(
        "@place") "]}}",
    "{'positivePrompt':'@a, @b and @c','inputs':{'referenceImages':[" IMAGE("@a") "," IMAGE(
        "@b") "," IMAGE("@c") "]}}",
};

static const struct {
    const char *changes, *code, *first; /* parameter, or the first of them */
} bad[] = {
    { "{'resolution':null}", "missingParameter", "width" },
    { "{'resolution':null,'inputs':{'referenceImages':[" IMAGE("@place") "]}}", "missingParameter",
      "width" },
    { "{'resolution':null,'width':848}", "missingHeight", "height" },
    { "{'resolution':null,'height':480}", "missingWidth", "width" },
    { "{'width':848,'height':480}", "incompatibleParameters", "resolution" },
    { "{'resolution':null,'width':848,'height':481}", "unsupportedModelResolution", "width" },
    { "{'resolution':null,'width':480,'height':640}", "unsupportedModelResolution", "width" },
    { "{'resolution':null,'width':-848,'height':-480}", "unsupportedModelResolution", "width" },
    { "{'resolution':null,'width':848,'height':480,'inputs':{'frameImages':['iVBORw0K']}}",
      "incompatibleParameters", "width" },
    { "{'resolution':null,'width':848,'height':480,'frameImages':[{'inputImage':'iVBORw0K'}]}",
      "incompatibleParameters", "width" },
    { "{'resolution':null,'width':848,'height':480,'inputs':{'referenceVideos':[" VIDEO(
          "extend") "]}}",
      "incompatibleParameters", "width" },
    { "{'frameImages':[{'inputImage':'iVBORw0K'}],'inputs':{'frameImages':['iVBORw0K']}}",
      "incompatibleParameters", "inputs.frameImages" },
    { "{'inputs':{'referenceImages':[" IMAGE("@place") "],'referenceVideos':[" VIDEO(
          "extend") "]}}",
      "incompatibleParameters", "inputs.referenceImages" },
    { "{'inputs':{'referenceVideos':[" VIDEO("reference") "]},'settings':{'audio':false}}",
      "incompatibleParameters", "inputs.referenceVideos" },
    { "{'inputs':{'mask':'iVBORw0K'}}", "missingReferenceVideos", "inputs.referenceVideos" },
    { "{'inputs':{'referenceImages':[" GRID("@place") "," GRID("@actor1") "]}}", "arrayTooLarge",
      "inputs.referenceImages" },
    { "{'inputs':{'referenceImages':[" GRID("@place") "," IMAGE("@actor1") "]}}", "invalidType",
      "inputs.referenceImages.type" },
    { "{'inputs':{'referenceImages':[" IMAGE("@nobody") "]}}", "invalidTag",
      "inputs.referenceImages.tag" },
    { "{'inputs':{'referenceImages':[" IMAGE("@actor") "]}}", "invalidTag",
      "inputs.referenceImages.tag" },
    { "{'inputs':{'referenceImages':[" IMAGE("@place") "," IMAGE("@place") "]}}", "invalidTag",
      "inputs.referenceImages.tag" },
    { "{'positivePrompt':'x','inputs':{'referenceVideos':[" VIDEO("extend") "]}}", "invalidTag",
      "inputs.referenceVideos.tag" },
};

/* The refusal, or NULL. Owned by the caller. */
static json_t *check(const char *changes)
{
    json_t *request = request_with(changes), *error;
    if (!reel_check_parameters(&error, request)) {
        fail_msg("%s: no good test: %s", changes,
                 json_string_value(json_object_get(error, "message")));
    }
    int is_good = reel_check_compatibility(&error, request);
    assert_int_equal(is_good, error == NULL);
    json_decref(request);
    return error;
}

static void what_goes_together_is_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        json_t *error = check(good[i]);
        if (error) {
            fail_msg("%s: %s", good[i], json_string_value(json_object_get(error, "message")));
        }
    }
}

static void what_does_not_is_refused_by_its_code_and_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        json_t *error = check(bad[i].changes);
        if (!error) {
            fail_msg("%s: is good, expected %s", bad[i].changes, bad[i].code);
        }
        const json_t *parameter = json_object_get(error, "parameter");
        if (json_is_array(parameter)) {
            parameter = json_array_get(parameter, 0);
        }
        if (strcmp(json_string_value(json_object_get(error, "code")), bad[i].code) != 0 ||
            strcmp(json_string_value(parameter), bad[i].first) != 0) {
            fail_msg("%s: is %s of %s, expected %s of %s", bad[i].changes,
                     json_string_value(json_object_get(error, "code")),
                     json_string_value(parameter), bad[i].code, bad[i].first);
        }
        json_decref(error);
    }
}

static void two_parameters_at_odds_are_told_in_the_words_that_clients_parse(void **state)
{
    (void)state;
    json_t *error = check("{'resolution':null,'width':848,'height':480,"
                          "'inputs':{'frameImages':['iVBORw0K']}}");
    assert_string_equal(
        json_string_value(json_object_get(error, "message")),
        "Parameter 'width' and Parameter 'inputs.frameImages' cannot be used together");
    json_decref(error);
}

static void every_pair_of_the_page_is_taken_and_told(void **state)
{
    (void)state;
    json_t *refusal = check("{'resolution':null,'width':1,'height':1}"), *pair;
    const json_t *allowed = json_object_get(refusal, "allowedValues");
    size_t i;
    assert_int_equal(json_array_size(allowed), 15);
    json_array_foreach(allowed, i, pair)
    {
        int width, height;
        char changes[100];
        assert_int_equal(sscanf(json_string_value(pair), "%dx%d", &width, &height), 2);
        snprintf(changes, sizeof changes, "{'resolution':null,'width':%d,'height':%d}", width,
                 height);
        assert_null(check(changes));
        assert_non_null(reel_dimensions_find(width, height));
    }
    json_decref(refusal);
    assert_string_equal(reel_dimensions_find(1088, 832)->aspect, "4:3");
    assert_string_equal(reel_dimensions_find(1440, 1440)->resolution, "1080p");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_together_is_taken),
        cmocka_unit_test(what_does_not_is_refused_by_its_code_and_names),
        cmocka_unit_test(two_parameters_at_odds_are_told_in_the_words_that_clients_parse),
        cmocka_unit_test(every_pair_of_the_page_is_taken_and_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
