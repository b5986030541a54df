/* The table of parameters. Errors say what it says; docs and tests are read from it. */
#include "server/parameters.h"

#include <stdint.h>
#include <string.h>

enum { FRAME_IMAGES_MAX = 32, GROUP_IMAGES_MAX = 5 }; /* [own]; the page gives no number */

#define ROW(name, kind, ...)                                                                       \
    {                                                                                              \
        .path = (name), .type = REEL_PARAMETER_##kind, __VA_ARGS__                                 \
    }

const reel_parameter reel_video_parameters[] = {
    /* what every task has */
    ROW("taskType", STRING, .is_required = 1, .values = "videoInference"),
    ROW("taskUUID", STRING, .is_required = 1, .format = REEL_FORMAT_UUID),
    /* the model page: delivery */
    ROW("outputType", STRING, .values = "URL"),
    ROW("outputFormat", STRING, .values = "MP4 WEBM MOV", .any_case = 1),
    ROW("outputQuality", INTEGER, .min = 20, .max = 99),
    ROW("webhookURL", STRING, .format = REEL_FORMAT_URL),
    ROW("deliveryMethod", STRING, .values = "async"),
    ROW("uploadEndpoint", STRING, .format = REEL_FORMAT_URL),
    ROW("safety", OBJECT, 0),
    ROW("safety.checkContent", BOOLEAN, 0),
    ROW("safety.mode", STRING, .values = "none fast full"),
    ROW("ttl", INTEGER, .min = 60, .max = INT32_MAX),
    ROW("includeCost", BOOLEAN, 0),
    ROW("numberResults", INTEGER, .min = 1, .max = 4),
    /* the model page: inputs */
    ROW("inputs", OBJECT, 0),
    ROW("inputs.frameImages", ARRAY, .elements = REEL_ELEMENT_STRING | REEL_ELEMENT_OBJECT,
        .format = REEL_FORMAT_MEDIA, .min = 1, .max = FRAME_IMAGES_MAX),
    ROW("inputs.frameImages.image", STRING, .is_required = 1, .format = REEL_FORMAT_MEDIA),
    ROW("inputs.frameImages.frame", FRAME, 0),
    ROW("inputs.referenceImages", ARRAY, .elements = REEL_ELEMENT_OBJECT, .min = 1, .max = 3),
    ROW("inputs.referenceImages.type", STRING, .is_required = 1, .values = "grid image"),
    ROW("inputs.referenceImages.tag", STRING, .is_required = 1, .format = REEL_FORMAT_TAG),
    ROW("inputs.referenceImages.images", ARRAY, .is_required = 1, .elements = REEL_ELEMENT_STRING,
        .format = REEL_FORMAT_MEDIA, .min = 1, .max = GROUP_IMAGES_MAX),
    ROW("inputs.referenceImages.audio", STRING, .format = REEL_FORMAT_MEDIA),
    ROW("inputs.referenceVideos", ARRAY, .elements = REEL_ELEMENT_OBJECT, .min = 1, .max = 1),
    ROW("inputs.referenceVideos.type", STRING, .is_required = 1, .values = "reference extend"),
    ROW("inputs.referenceVideos.tag", STRING, .is_required = 1, .format = REEL_FORMAT_TAG),
    ROW("inputs.referenceVideos.video", STRING, .is_required = 1, .format = REEL_FORMAT_MEDIA),
    /* the model page: generation and settings */
    ROW("model", STRING, .is_required = 1, .values = "skywork:skyreels@v4 skywork-skyreels-v4"),
    ROW("positivePrompt", STRING, .is_required = 1, .min = 1, .max = 5120),
    ROW("width", INTEGER, 0),
    ROW("height", INTEGER, 0),
    ROW("resolution", STRING, .values = "480p 720p 1080p"),
    ROW("duration", FLOAT, .min = 3, .max = 15, .range_code = "unsupportedDuration"),
    ROW("settings", OBJECT, 0),
    ROW("settings.audio", BOOLEAN, 0),
    ROW("settings.promptExtend", BOOLEAN, 0),
    /* what this server has beyond the page */
    ROW("seed", INTEGER, .min = 0, .max = UINT32_MAX),
    ROW("negativePrompt", STRING, .min = 0, .max = 5120),
    ROW("steps", INTEGER, .min = 1, .max = 100),
    ROW("CFGScale", FLOAT, .min = 0, .max = 50),
    ROW("inputs.mask", STRING, .format = REEL_FORMAT_MEDIA),
    ROW("inputs.audio", STRING, .format = REEL_FORMAT_MEDIA),
    /* the older spelling of inputs.frameImages */
    ROW("frameImages", ARRAY, .elements = REEL_ELEMENT_OBJECT, .min = 1, .max = FRAME_IMAGES_MAX),
    ROW("frameImages.inputImage", STRING, .is_required = 1, .format = REEL_FORMAT_MEDIA),
    ROW("frameImages.frame", FRAME, 0),
};

const int reel_video_parameter_count = sizeof reel_video_parameters / sizeof *reel_video_parameters;

const char *reel_parameter_type_name(reel_parameter_type type)
{
    static const char *const names[] = {
        [REEL_PARAMETER_BOOLEAN] = "boolean",
        [REEL_PARAMETER_INTEGER] = "integer",
        [REEL_PARAMETER_FLOAT] = "float",
        [REEL_PARAMETER_STRING] = "string",
        [REEL_PARAMETER_FRAME] = "string or integer",
        [REEL_PARAMETER_OBJECT] = "object",
        [REEL_PARAMETER_ARRAY] = "array",
    };
    return names[type];
}

const char *reel_parameter_name(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot ? dot + 1 : path;
}

int reel_parameter_is_member(const reel_parameter *parameter, const char *path)
{
    size_t length = strlen(path);
    const char *name = reel_parameter_name(parameter->path);
    if (length == 0) {
        return name == parameter->path;
    }
    return (size_t)(name - parameter->path) == length + 1 &&
           strncmp(parameter->path, path, length) == 0;
}

const reel_parameter *reel_parameter_find(const char *path, const char *name)
{
    for (int i = 0; i < reel_video_parameter_count; i++) {
        const reel_parameter *p = &reel_video_parameters[i];
        if (reel_parameter_is_member(p, path) && strcmp(reel_parameter_name(p->path), name) == 0) {
            return p;
        }
    }
    return NULL;
}

json_t *reel_parameter_names(const char *path)
{
    json_t *names = json_array();
    for (int i = 0; i < reel_video_parameter_count; i++) {
        const reel_parameter *p = &reel_video_parameters[i];
        if (reel_parameter_is_member(p, path) &&
            json_array_append_new(names, json_string(reel_parameter_name(p->path))) != 0) {
            json_decref(names);
            return NULL;
        }
    }
    return names;
}
