/* Every rule of the model page over REST, both ways: what is on the right side of it is accepted,
 * what is on the wrong side is refused with status, code, parameter and wording. */
#include "base/str.h"
#include "server/errors.h"
#include "server/spoken.h"

#define IMAGE(tag)        "{'type':'image','tag':'" tag "','images':['iVBORw0K']}"
#define GRID(tag)         "{'type':'grid','tag':'" tag "','images':['iVBORw0K']}"
#define VIDEO(type)       "{'type':'" type "','tag':'@place','video':'https://example.com/a.mp4'}"
#define SIZE(w, h)        "{'resolution':null,'width':" #w ",'height':" #h "}"
#define INPUT(words)      "{'inputs':{" words "}}"
#define MEDIA_ONLY(words) "{'resolution':null,'inputs':{" words "}}"

/* Accepted, or within the rules and refused for being absent from this server alone. */
static const char *const good[] = {
    /* each parameter at its limits, and each of its values */
    "{}",
    "{'outputType':'URL'}",
    "{'outputFormat':'MP4'}",
    "{'outputFormat':'WEBM'}",
    "{'outputFormat':'MOV'}",
    "{'outputFormat':'mp4'}",
    "{'outputQuality':20}",
    "{'outputQuality':99}",
    "{'deliveryMethod':'async'}",
    "{'webhookURL':'https://example.com/hook?token=a'}",
    "{'uploadEndpoint':'https://example.com/put?signature=b'}",
    "{'safety':{}}",
    "{'safety':{'checkContent':false}}",
    "{'safety':{'checkContent':true}}",
    "{'safety':{'mode':'none'}}",
    "{'safety':{'mode':'fast'}}",
    "{'safety':{'mode':'full'}}",
    "{'ttl':60}",
    "{'ttl':31536000}",
    "{'includeCost':true}",
    "{'includeCost':false}",
    "{'numberResults':1}",
    "{'numberResults':2}",
    "{'numberResults':3}",
    "{'numberResults':4}",
    "{'positivePrompt':'x'}",
    "{'resolution':'480p'}",
    "{'resolution':'720p'}",
    "{'resolution':'1080p'}",
    "{'duration':3}",
    "{'duration':3.5}",
    "{'duration':15}",
    "{'duration':15.0}",
    "{'settings':{}}",
    "{'settings':{'audio':true}}",
    "{'settings':{'audio':false,'promptExtend':false}}",
    "{'settings':{'promptExtend':true}}",
    /* the dimensions of the page */
    SIZE(848, 480),
    SIZE(480, 848),
    SIZE(736, 560),
    SIZE(560, 736),
    SIZE(640, 640),
    SIZE(1280, 720),
    SIZE(720, 1280),
    SIZE(1088, 832),
    SIZE(832, 1088),
    SIZE(960, 960),
    SIZE(1920, 1080),
    SIZE(1080, 1920),
    SIZE(1664, 1248),
    SIZE(1248, 1664),
    SIZE(1440, 1440),
    /* inputs: each form, each type, each count, each allowed company */
    MEDIA_ONLY("'frameImages':['aac49721-1964-481a-ae78-8a4e29b91402']"),
    MEDIA_ONLY("'frameImages':['https://example.com/a.png']"),
    MEDIA_ONLY("'frameImages':['data:image/png;base64,iVBORw0K']"),
    MEDIA_ONLY("'frameImages':['iVBORw0K',{'image':'iVBORw0K','frame':'last'}]"),
    MEDIA_ONLY("'frameImages':[{'image':'iVBORw0K','frame':'first'},'iVBORw0K',"
               "{'image':'iVBORw0K','frame':-1}]"),
    MEDIA_ONLY("'frameImages':[{'image':'iVBORw0K','frame':0}]"),
    INPUT("'frameImages':['iVBORw0K']"),
    INPUT("'referenceImages':[" GRID("@place") "]"),
    INPUT("'referenceImages':[" IMAGE("@place") "]"),
    INPUT("'referenceImages':[" IMAGE("@place") "," IMAGE("@actor1") "]"),
    INPUT("'referenceImages':[" IMAGE("@place") "],'frameImages':['iVBORw0K']"),
    INPUT("'referenceImages':[{'type':'image','tag':'@place','images':['iVBORw0K'],"
          "'audio':'https://example.com/v.mp3'}]"),
    "{'positivePrompt':'@a @b @c','inputs':{'referenceImages':[" IMAGE("@a") "," IMAGE(
        "@b") "," IMAGE("@c") "]}}",
    "{'resolution':null,'width':848,'height':480,'inputs':{'referenceImages':[" IMAGE(
        "@place") "]}}",
    MEDIA_ONLY("'referenceVideos':[" VIDEO("reference") "]"),
    MEDIA_ONLY("'referenceVideos':[" VIDEO("extend") "]"),
    INPUT("'referenceVideos':[" VIDEO("extend") "]"),
    "{'inputs':{'referenceVideos':[" VIDEO("extend") "]},'settings':{'audio':true}}",
    "{'inputs':{'referenceVideos':[" VIDEO("reference") "]},'settings':{'promptExtend':true}}",
};

static const struct {
    const char *changes, *code, *parameter; /* several parameters are separated by spaces */
    const char *words;                      /* in the message */
} bad[] = {
    /* required, and of its type */
    { "{'taskUUID':null}", "missingTaskUUID", "taskUUID", "Missing required parameter 'taskUUID'" },
    { "{'taskUUID':'1'}", "invalidTaskUUID", "taskUUID", "must be a UUID v4" },
    { "{'model':null}", "missingModel", "model", "Missing required parameter 'model'" },
    { "{'model':'klingai:5@3'}", "invalidModel", "model", "'skywork:skyreels@v4'" },
    { "{'positivePrompt':null}", "missingPositivePrompt", "positivePrompt", "Missing required" },
    { "{'positivePrompt':''}", "invalidPositivePromptLength", "positivePrompt", "1 and 5120" },
    { "{'positivePrompt':1}", "invalidPositivePrompt", "positivePrompt", "must be a string" },
    { "{'outputType':'base64Data'}", "invalidOutputType", "outputType", "supported values: 'URL'" },
    { "{'outputFormat':'GIF'}", "invalidOutputFormat", "outputFormat", "'MP4', 'WEBM', 'MOV'" },
    { "{'outputFormat':true}", "invalidOutputFormat", "outputFormat", "Invalid value for" },
    { "{'outputQuality':19}", "valueTooSmall", "outputQuality", "between 20 and 99" },
    { "{'outputQuality':100}", "valueTooLarge", "outputQuality", "between 20 and 99" },
    { "{'outputQuality':'95'}", "invalidOutputQuality", "outputQuality", "must be an integer" },
    { "{'webhookURL':'example.com'}", "invalidWebhookURL", "webhookURL", "http:// or https://" },
    { "{'webhookURL':7}", "invalidWebhookURL", "webhookURL", "Invalid value for 'webhookURL'" },
    { "{'deliveryMethod':'sync'}", "invalidDeliveryMethod", "deliveryMethod", "'async'" },
    { "{'deliveryMethod':'stream'}", "invalidDeliveryMethod", "deliveryMethod", "'async'" },
    { "{'uploadEndpoint':'ftp://a/b'}", "invalidUploadEndpoint", "uploadEndpoint", "http:// or" },
    { "{'safety':'fast'}", "invalidSafety", "safety", "must be an object" },
    { "{'safety':{'checkContent':'true'}}", "invalidCheckContent", "safety.checkContent",
      "must be a boolean" },
    { "{'safety':{'mode':'strict'}}", "invalidMode", "safety.mode", "'none', 'fast', 'full'" },
    { "{'ttl':59}", "valueTooSmall", "ttl", "60" },
    { "{'ttl':60.5}", "invalidTtl", "ttl", "must be an integer" },
    { "{'includeCost':1}", "invalidIncludeCost", "includeCost", "must be a boolean" },
    { "{'numberResults':0}", "valueTooSmall", "numberResults", "between 1 and 4" },
    { "{'numberResults':5}", "valueTooLarge", "numberResults", "between 1 and 4" },
    { "{'numberResults':'2'}", "invalidNumberResults", "numberResults", "must be an integer" },
    { "{'resolution':'360p'}", "invalidResolution", "resolution", "'480p', '720p', '1080p'" },
    { "{'resolution':480}", "invalidResolution", "resolution", "Invalid value for 'resolution'" },
    { "{'duration':2}", "unsupportedDuration", "duration", "between 3 and 15" },
    { "{'duration':2.999}", "unsupportedDuration", "duration", "between 3 and 15" },
    { "{'duration':15.001}", "unsupportedDuration", "duration", "between 3 and 15" },
    { "{'duration':'5'}", "invalidDuration", "duration", "Invalid value for 'duration'" },
    { "{'settings':true}", "invalidSettings", "settings", "must be an object" },
    { "{'settings':{'audio':1}}", "invalidAudio", "settings.audio", "must be a boolean" },
    { "{'settings':{'promptExtend':'no'}}", "invalidPromptExtend", "settings.promptExtend",
      "must be a boolean" },
    /* nothing that the page does not have */
    { "{'fps':24}", "unsupportedParameter", "fps", "Unsupported use of 'fps' parameter" },
    { "{'scheduler':'x'}", "unsupportedParameter", "scheduler", "Allowed values are:" },
    { "{'settings':{'sound':true}}", "unsupportedParameter", "settings.sound", "'audio'" },
    { "{'safety':{'level':1}}", "unsupportedParameter", "safety.level", "'checkContent', 'mode'" },
    { "{'inputs':{'frames':[]}}", "unsupportedParameter", "inputs.frames", "'frameImages'" },
    /* a shape has to come from somewhere, and from one place */
    { "{'resolution':null}", "missingParameter",
      "width height resolution inputs.frameImages inputs.referenceVideos",
      "Either provide 'inputs.frameImages' or 'inputs.referenceVideos', or specify" },
    { "{'width':848,'height':480}", "incompatibleParameters", "resolution width height",
      "Parameter 'resolution' and Parameter 'width' cannot be used together" },
    { "{'resolution':null,'width':848}", "missingHeight", "height", "must be used together" },
    { "{'resolution':null,'height':480}", "missingWidth", "width", "must be used together" },
    { SIZE(480, 480), "unsupportedModelResolution", "width height",
      "Unsupported width/height combination for this model architecture." },
    { SIZE(848, 848), "unsupportedModelResolution", "width height", "Unsupported width/height" },
    { SIZE(0, 0), "unsupportedModelResolution", "width height", "Unsupported width/height" },
    { "{'resolution':null,'width':848.5,'height':480}", "invalidWidth", "width", "an integer" },
    { "{'resolution':null,'width':848,'height':480,'inputs':{'frameImages':['iVBORw0K']}}",
      "incompatibleParameters", "width height inputs.frameImages",
      "Parameter 'width' and Parameter 'inputs.frameImages' cannot be used together" },
    { "{'resolution':null,'width':848,'height':480,'inputs':{'referenceVideos':[" VIDEO(
          "extend") "]}}",
      "incompatibleParameters", "width height inputs.referenceVideos", "cannot be used together" },
    /* inputs */
    { "{'inputs':[]}", "invalidInputs", "inputs", "must be an object" },
    { INPUT("'frameImages':[]"), "arrayTooSmall", "inputs.frameImages", "number of elements" },
    { INPUT("'frameImages':'iVBORw0K'"), "invalidFrameImages", "inputs.frameImages", "an array" },
    { INPUT("'frameImages':['no media']"), "invalidFrameImages", "inputs.frameImages",
      "a UUID v4, a URL, a data URI or base64" },
    { INPUT("'frameImages':[{'frame':'first'}]"), "missingImage", "inputs.frameImages.image",
      "Missing required" },
    { INPUT("'frameImages':[{'image':'iVBORw0K','frame':'middle'}]"), "invalidFrame",
      "inputs.frameImages.frame", "'first', 'last'" },
    { INPUT("'frameImages':[{'image':'iVBORw0K','frame':-2}]"), "invalidFrame",
      "inputs.frameImages.frame", "-1 for the last frame" },
    { INPUT("'referenceImages':[{'tag':'@place','images':['iVBORw0K']}]"), "missingType",
      "inputs.referenceImages.type", "Missing required" },
    { INPUT("'referenceImages':[{'type':'style','tag':'@place','images':['iVBORw0K']}]"),
      "invalidType", "inputs.referenceImages.type", "'grid', 'image'" },
    { INPUT("'referenceImages':[{'type':'image','images':['iVBORw0K']}]"), "missingTag",
      "inputs.referenceImages.tag", "Missing required" },
    { INPUT("'referenceImages':[{'type':'image','tag':'place','images':['iVBORw0K']}]"),
      "invalidTag", "inputs.referenceImages.tag", "@" },
    { INPUT("'referenceImages':[" IMAGE("@nobody") "]"), "invalidTag", "inputs.referenceImages.tag",
      "does not mention the tag '@nobody'" },
    { INPUT("'referenceImages':[" IMAGE("@place") "," IMAGE("@place") "]"), "invalidTag",
      "inputs.referenceImages.tag", "used twice" },
    { INPUT("'referenceImages':[{'type':'image','tag':'@place'}]"), "missingImages",
      "inputs.referenceImages.images", "Missing required" },
    { INPUT("'referenceImages':[" GRID("@place") "," GRID("@actor1") "]"), "arrayTooLarge",
      "inputs.referenceImages", "between 1 and 1" },
    { INPUT("'referenceImages':[" GRID("@place") "," IMAGE("@actor1") "]"), "invalidType",
      "inputs.referenceImages.type", "All items must share the same type" },
    { "{'positivePrompt':'@a @b @c @d','inputs':{'referenceImages':[" IMAGE("@a") "," IMAGE(
          "@b") "," IMAGE("@c") "," IMAGE("@d") "]}}",
      "arrayTooLarge", "inputs.referenceImages", "between 1 and 3" },
    { INPUT("'referenceVideos':[" VIDEO("motion") "]"), "invalidType",
      "inputs.referenceVideos.type", "'reference', 'extend'" },
    { INPUT("'referenceVideos':[{'type':'extend','tag':'@place'}]"), "missingVideo",
      "inputs.referenceVideos.video", "Missing required" },
    { INPUT("'referenceVideos':[" VIDEO("extend") "],'referenceImages':[" IMAGE("@actor1") "]"),
      "incompatibleParameters", "inputs.referenceImages inputs.referenceVideos",
      "Parameter 'inputs.referenceImages' and Parameter 'inputs.referenceVideos' cannot be used" },
    { "{'inputs':{'referenceVideos':[" VIDEO("reference") "]},'settings':{'audio':false}}",
      "incompatibleParameters", "inputs.referenceVideos settings.audio",
      "Parameter 'inputs.referenceVideos' and Parameter 'settings.audio' cannot be used together" },
};

/* A request that nobody sent before. */
static json_t *new_request(const char *changes)
{
    static unsigned count;
    char uuid[REEL_UUID_SIZE];
    json_t *request = request_with(changes);
    snprintf(uuid, sizeof uuid, "24cd5dff-cb81-4db5-8506-%012x", ++count);
    json_object_set_new(request, "taskUUID", json_string(uuid));
    return request;
}

static void what_the_page_allows_is_accepted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int http_status;
        json_t *request = new_request(good[i]);
        json_t *answer = spoken_send(json_incref(request), &http_status);
        const json_t *error = spoken_error(answer);
        const char *message = json_string_value(json_object_get(error, "message"));
        if (error && !strstr(message, " yet") && !strstr(message, "no content checker")) {
            fail_msg("%s: %s", good[i], message);
        }
        if (!error) {
            const json_t *item = json_array_get(json_object_get(answer, "data"), 0);
            assert_int_equal(http_status, 200);
            assert_true(json_equal(json_object_get(item, "taskUUID"),
                                   json_object_get(request, "taskUUID")));
            assert_int_equal(json_object_size(item), 2); /* clients take more for the end */
        }
        json_decref(answer);
        json_decref(request);
    }
}

static int names_parameter(const json_t *parameter, const char *wanted)
{
    json_t *list = reel_words_to_array(wanted);
    int result = json_array_size(list) == 1 ? json_equal(json_array_get(list, 0), parameter)
                                            : json_equal(list, parameter);
    json_decref(list);
    return result;
}

static void what_the_page_forbids_is_refused_in_its_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int http_status;
        json_t *answer = spoken_send(request_with(bad[i].changes), &http_status);
        const json_t *error = spoken_error(answer);
        const char *code = json_string_value(json_object_get(error, "code"));
        const char *message = json_string_value(json_object_get(error, "message"));
        if (!code || strcmp(code, bad[i].code) != 0 || !strstr(message, bad[i].words) ||
            !names_parameter(json_object_get(error, "parameter"), bad[i].parameter)) {
            char *text = json_dumps(answer, 0);
            fail_msg("%s: expected %s of %s, \"%s\": is %s", bad[i].changes, bad[i].code,
                     bad[i].parameter, bad[i].words, text);
        }
        assert_int_equal(http_status, 400);
        assert_null(json_object_get(answer, "data"));
        assert_int_equal(json_array_size(json_object_get(answer, "errors")), 1);
        assert_string_equal(json_string_value(json_object_get(error, "taskType")),
                            "videoInference");
        json_decref(answer);
    }
}

/* A prompt of `count` characters of two bytes. */
static json_t *request_of_length(int count)
{
    reel_str text;
    reel_str_init(&text, 20000);
    for (int i = 0; i < count; i++) {
        reel_str_append(&text, "\xc3\xa9");
    }
    json_t *request = new_request("{}");
    json_object_set_new(request, "positivePrompt", json_string(text.text));
    reel_str_deinit(&text);
    return request;
}

static void a_prompt_has_up_to_5120_characters(void **state)
{
    (void)state;
    int http_status;
    json_decref(spoken_send(request_of_length(5120), &http_status));
    assert_int_equal(http_status, 200);
    json_t *answer = spoken_send(request_of_length(5121), &http_status);
    assert_int_equal(http_status, 400);
    assert_string_equal(json_string_value(json_object_get(spoken_error(answer), "code")),
                        "invalidPositivePromptLength");
    json_decref(answer);
}

static void a_task_uuid_is_accepted_once(void **state)
{
    (void)state;
    int http_status;
    json_t *request = new_request("{}");
    json_decref(spoken_send(json_incref(request), &http_status));
    assert_int_equal(http_status, 200);
    json_t *answer = spoken_send(request, &http_status);
    assert_int_equal(http_status, 400);
    assert_string_equal(json_string_value(json_object_get(spoken_error(answer), "code")),
                        "conflictTaskUUID");
    json_decref(answer);
}

/* The prices of the page: USD for a second of film from words. */
static void cost_is_what_the_page_says(void **state)
{
    (void)state;
    static const struct {
        const char *changes;
        double cost;
    } rows[] = {
        { "{'includeCost':true,'resolution':'480p','duration':10}", 1.1 },
        { "{'includeCost':true,'resolution':'720p','duration':10}", 1.4 },
        { "{'includeCost':true,'resolution':'1080p','duration':10}", 3.5 },
        { "{'includeCost':true,'resolution':null,'width':1440,'height':1440,'duration':10}", 3.5 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int http_status;
        reel_task task;
        json_t *request = new_request(rows[i].changes);
        const char *uuid = json_string_value(json_object_get(request, "taskUUID"));
        json_decref(spoken_send(json_incref(request), &http_status));
        assert_int_equal(reel_queue_find(&task, queue, uuid, REEL_KEY_ANY), REEL_OK);
        assert_true(task.results[0].cost == rows[i].cost);
        reel_task_deinit(&task);
        json_decref(request);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_page_allows_is_accepted),
        cmocka_unit_test(what_the_page_forbids_is_refused_in_its_words),
        cmocka_unit_test(a_prompt_has_up_to_5120_characters),
        cmocka_unit_test(a_task_uuid_is_accepted_once),
        cmocka_unit_test(cost_is_what_the_page_says),
    };
    return cmocka_run_group_tests(tests, spoken_setup, spoken_teardown);
}
