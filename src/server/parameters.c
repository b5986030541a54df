/* The table of parameters. Errors say what it says; docs and tests are read from it. */
#include "server/parameters.h"

#include "server/model_names.h"

#include <stdint.h>
#include <string.h>

enum { FRAME_IMAGES_MAX = 32, GROUP_IMAGES_MAX = 5 }; /* [own]; the page gives no number */

#define ROW(name, kind, ...)                                                                       \
    {                                                                                              \
        .path = (name), .type = REEL_PARAMETER_##kind, __VA_ARGS__                                 \
    }

static const reel_parameter video_rows[] = {
    /* what every task has */
    ROW("taskType", STRING, .is_required = 1, .values = "videoInference",
        .about = "Says what is asked for."),
    ROW("taskUUID", STRING, .is_required = 1, .format = REEL_FORMAT_UUID,
        .about = "Names the task in every answer; unique for ever."),
    /* the model page: delivery */
    ROW("outputType", STRING, .values = "URL", .preset = "URL",
        .about = "How the film is handed over."),
    ROW("outputFormat", STRING, .values = "MP4 WEBM MOV", .any_case = 1, .preset = "MP4",
        .about = "Container and codecs: MP4 (H.264, AAC), WEBM (VP9, Opus) or MOV."),
    ROW("outputQuality", INTEGER, .min = 20, .max = 99, .preset = "95",
        .about = "Quality of the encoder; higher is better and larger."),
    ROW("webhookURL", STRING, .format = REEL_FORMAT_URL,
        .about = "Receives the result by POST, one call for each film."),
    ROW("deliveryMethod", STRING, .values = "async", .preset = "async",
        .about = "The answer is an acknowledgement; getResponse tells the rest."),
    ROW("uploadEndpoint", STRING, .format = REEL_FORMAT_URL,
        .about = "Receives the bytes of the film by PUT."),
    ROW("safety", OBJECT, .about = "Checking of what the film shows."),
    ROW("safety.checkContent", BOOLEAN, .preset = "false", .about = "The same as the mode fast."),
    ROW("safety.mode", STRING, .values = "none fast full", .preset = "none",
        .about = "Checks nothing, key frames or every frame; wins over checkContent."),
    ROW("ttl", INTEGER, .min = 60, .max = INT32_MAX,
        .about = "Seconds for which the film is kept; without it as long as the server is set to."),
    ROW("includeCost", BOOLEAN, .preset = "false",
        .about = "Puts the cost of each film, in USD, into the result."),
    ROW("numberResults", INTEGER, .min = 1, .max = 4, .preset = "1",
        .about = "How many films, each with a seed of its own."),
    /* the model page: inputs */
    ROW("inputs", OBJECT, .about = "Media to work from."),
    ROW("inputs.frameImages", ARRAY, .elements = REEL_ELEMENT_STRING | REEL_ELEMENT_OBJECT,
        .format = REEL_FORMAT_MEDIA, .min = 1, .max = FRAME_IMAGES_MAX,
        .about = "Images that frames of the film must show: one is the first frame, two are first "
                 "and last, more are spread evenly."),
    ROW("inputs.frameImages.image", STRING, .is_required = 1, .format = REEL_FORMAT_MEDIA,
        .about = "The image: UUID, URL, data URI or base64."),
    ROW("inputs.frameImages.frame", FRAME,
        .about = "Where it stands: first, last, or an index from 0 (-1 is the last)."),
    ROW("inputs.referenceImages", ARRAY, .elements = REEL_ELEMENT_OBJECT, .min = 1, .max = 3,
        .about = "Groups of images of what the film shall show; all of one type."),
    ROW("inputs.referenceImages.type", STRING, .is_required = 1, .values = "grid image",
        .about = "A single collage, or images of a subject, a scene or a style."),
    ROW("inputs.referenceImages.tag", STRING, .is_required = 1, .format = REEL_FORMAT_TAG,
        .about = "The name by which the prompt mentions the group."),
    ROW("inputs.referenceImages.images", ARRAY, .is_required = 1, .elements = REEL_ELEMENT_STRING,
        .format = REEL_FORMAT_MEDIA, .min = 1, .max = GROUP_IMAGES_MAX,
        .about = "The images: UUID, URL, data URI or base64."),
    ROW("inputs.referenceImages.audio", STRING, .format = REEL_FORMAT_MEDIA,
        .about = "A voice for the subject, up to 15 seconds."),
    ROW("inputs.referenceVideos", ARRAY, .elements = REEL_ELEMENT_OBJECT, .min = 1, .max = 1,
        .about = "A film to follow, edit or extend."),
    ROW("inputs.referenceVideos.type", STRING, .is_required = 1, .values = "reference extend",
        .about = "Follows or edits the film, or goes on where it ends."),
    ROW("inputs.referenceVideos.tag", STRING, .is_required = 1, .format = REEL_FORMAT_TAG,
        .about = "The name by which the prompt mentions the film."),
    ROW("inputs.referenceVideos.video", STRING, .is_required = 1, .format = REEL_FORMAT_MEDIA,
        .about = "The film, up to 15 seconds."),
    /* the model page: generation and settings */
    ROW("model", STRING, .is_required = 1, .values = REEL_MODEL_AIR " " REEL_MODEL_SLUG,
        .about = "The one model that this server has, by either name."),
    ROW("positivePrompt", STRING, .is_required = 1, .min = 1, .max = 5120,
        .about = "What is to be seen and heard."),
    ROW("width", INTEGER, .about = "Width in pixels, with height one of the listed pairs."),
    ROW("height", INTEGER, .about = "Height in pixels, with width one of the listed pairs."),
    ROW("resolution", STRING, .values = "480p 720p 1080p", .preset = "1080p",
        .about = "Size of the film by name, 16:9 or as the input media have it."),
    ROW("duration", FLOAT, .min = 3, .max = 15, .range_code = "unsupportedDuration", .preset = "5",
        .about = "Seconds of film."),
    ROW("settings", OBJECT, .about = "Settings of the model."),
    ROW("settings.audio", BOOLEAN, .preset = "false", .about = "Makes the sound of the film, too."),
    ROW("settings.promptExtend", BOOLEAN, .preset = "true",
        .about = "Allows the server to put the prompt into the words that the model learnt."),
    /* what this server has beyond the page */
    ROW("seed", INTEGER, .min = 0, .max = UINT32_MAX,
        .about = "Beyond the page: same seed, same film; result n adds n - 1."),
    ROW("negativePrompt", STRING, .min = 0, .max = 5120,
        .about = "Beyond the page: what is not to be seen and heard."),
    ROW("steps", INTEGER, .min = 1, .max = 100,
        .about = "Beyond the page: denoising steps; without it as many as the model wants."),
    ROW("CFGScale", FLOAT, .min = 0, .max = 50,
        .about = "Beyond the page: guidance; without it as strong as the model wants."),
    ROW("inputs.mask", STRING, .format = REEL_FORMAT_MEDIA,
        .about = "Beyond the page: what of the reference video is made new (white)."),
    ROW("inputs.audio", STRING, .format = REEL_FORMAT_MEDIA,
        .about = "Beyond the page: a sound that the picture follows."),
    /* the older spelling of inputs.frameImages */
    ROW("frameImages", ARRAY, .elements = REEL_ELEMENT_OBJECT, .min = 1, .max = FRAME_IMAGES_MAX,
        .about = "The older spelling of inputs.frameImages."),
    ROW("frameImages.inputImage", STRING, .is_required = 1, .format = REEL_FORMAT_MEDIA,
        .about = "As inputs.frameImages.image."),
    ROW("frameImages.frame", FRAME, .about = "As inputs.frameImages.frame."),
};

const reel_parameter_table reel_video_parameters = { video_rows,
                                                     sizeof video_rows / sizeof *video_rows };

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

const reel_parameter *reel_parameter_find(const reel_parameter_table *table, const char *path,
                                          const char *name)
{
    for (int i = 0; i < table->count; i++) {
        const reel_parameter *p = &table->rows[i];
        if (reel_parameter_is_member(p, path) && strcmp(reel_parameter_name(p->path), name) == 0) {
            return p;
        }
    }
    return NULL;
}

json_t *reel_parameter_names(const reel_parameter_table *table, const char *path)
{
    json_t *names = json_array();
    for (int i = 0; i < table->count; i++) {
        const reel_parameter *p = &table->rows[i];
        if (reel_parameter_is_member(p, path) &&
            json_array_append_new(names, json_string(reel_parameter_name(p->path))) != 0) {
            json_decref(names);
            return NULL;
        }
    }
    return names;
}
