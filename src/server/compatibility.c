/* The rules between parameters, one function each, in the order in which they are told. */
#include "server/compatibility.h"

#include "server/dimensions.h"
#include "server/errors.h"

#include <string.h>

static const json_t *input(const json_t *task, const char *name)
{
    return json_object_get(json_object_get(task, "inputs"), name);
}

const json_t *reel_frame_images_of(const json_t *task)
{
    const json_t *images = input(task, "frameImages");
    return images ? images : json_object_get(task, "frameImages");
}

/* `a` and `b` are paths as the client wrote them. */
static json_t *refuse_both(const char *parameters, const char *a, const char *b)
{
    return reel_error_new_between("incompatibleParameters", parameters,
                                  "Parameter '%s' and Parameter '%s' cannot be used together", a,
                                  b);
}

static int check_pair(json_t **error, const json_t *task)
{
    const json_t *width = json_object_get(task, "width"), *height = json_object_get(task, "height");
    if (!width && !height) {
        return 1;
    }
    if (!width || !height) {
        *error =
            reel_error_new(width ? "missingHeight" : "missingWidth", width ? "height" : "width",
                           "Parameter 'width' and Parameter 'height' must be used together");
        return 0;
    }
    if (json_object_get(task, "resolution")) {
        *error = refuse_both("resolution width height", "resolution", "width");
        return 0;
    }
    if (reel_dimensions_find(json_integer_value(width), json_integer_value(height))) {
        return 1;
    }
    *error = reel_error_new_between("unsupportedModelResolution", "width height",
                                    "Unsupported width/height combination for this model "
                                    "architecture.");
    if (json_object_set_new(*error, "allowedValues", reel_dimensions_list()) != 0) {
        json_decref(*error);
        *error = NULL;
    }
    return 0;
}

/* Input media bring their shape with them. */
static int check_shape_of_inputs(json_t **error, const json_t *task)
{
    int has_pair = json_object_get(task, "width") != NULL;
    const json_t *frames = reel_frame_images_of(task), *videos = input(task, "referenceVideos");
    if (has_pair && frames) {
        *error = refuse_both("width height inputs.frameImages", "width", "inputs.frameImages");
        return 0;
    }
    if (has_pair && videos) {
        *error =
            refuse_both("width height inputs.referenceVideos", "width", "inputs.referenceVideos");
        return 0;
    }
    if (!has_pair && !frames && !videos && !json_object_get(task, "resolution")) {
        *error = reel_error_new_between("missingParameter",
                                        "width height resolution inputs.frameImages "
                                        "inputs.referenceVideos",
                                        "Either provide 'inputs.frameImages' or "
                                        "'inputs.referenceVideos', or specify 'width'/'height' or "
                                        "'resolution'.");
        return 0;
    }
    return 1;
}

static int check_exclusive_inputs(json_t **error, const json_t *task)
{
    const json_t *videos = input(task, "referenceVideos");
    if (input(task, "frameImages") && json_object_get(task, "frameImages")) {
        *error = refuse_both("inputs.frameImages frameImages", "inputs.frameImages", "frameImages");
        return 0;
    }
    if (videos && input(task, "referenceImages")) {
        *error = refuse_both("inputs.referenceImages inputs.referenceVideos",
                             "inputs.referenceImages", "inputs.referenceVideos");
        return 0;
    }
    const char *type = json_string_value(json_object_get(json_array_get(videos, 0), "type"));
    if (type && strcmp(type, "reference") == 0 &&
        json_object_get(json_object_get(task, "settings"), "audio")) {
        *error = refuse_both("inputs.referenceVideos settings.audio", "inputs.referenceVideos",
                             "settings.audio");
        return 0;
    }
    if (input(task, "mask") && !videos) {
        *error = reel_error_new("missingReferenceVideos", "inputs.referenceVideos",
                                "Parameter 'inputs.mask' needs a video in "
                                "'inputs.referenceVideos' that it covers.");
        return 0;
    }
    return 1;
}

/* One grid, or up to three images; never both. */
static int check_reference_types(json_t **error, const json_t *task)
{
    const json_t *groups = input(task, "referenceImages");
    const char *first = json_string_value(json_object_get(json_array_get(groups, 0), "type"));
    for (size_t i = 1; i < json_array_size(groups); i++) {
        const char *type = json_string_value(json_object_get(json_array_get(groups, i), "type"));
        if (strcmp(type, first) != 0) {
            *error = reel_error_new("invalidType", "inputs.referenceImages.type",
                                    "Invalid value for 'inputs.referenceImages.type' parameter. "
                                    "All items must share the same type.");
            return 0;
        }
    }
    if (first && strcmp(first, "grid") == 0 && json_array_size(groups) > 1) {
        *error = reel_error_new("arrayTooLarge", "inputs.referenceImages",
                                "Invalid number of elements for 'inputs.referenceImages' "
                                "parameter. References of type grid must contain between 1 and 1 "
                                "elements.");
        if (json_object_set_new(*error, "max", json_integer(1)) != 0) {
            json_decref(*error);
            *error = NULL;
        }
        return 0;
    }
    return 1;
}

static int is_tag_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || (c & 0x80);
}

/* "@actor1" is not mentioned by "@actor10". */
static int is_mentioned(const char *prompt, const char *tag)
{
    size_t length = strlen(tag);
    for (const char *at = strstr(prompt, tag); at; at = strstr(at + 1, tag)) {
        if (!is_tag_byte(at[length])) {
            return 1;
        }
    }
    return 0;
}

static int check_tags(json_t **error, const json_t *task, const char *path, const json_t *items)
{
    const char *prompt = json_string_value(json_object_get(task, "positivePrompt"));
    for (size_t i = 0; i < json_array_size(items); i++) {
        const char *tag = json_string_value(json_object_get(json_array_get(items, i), "tag"));
        if (!is_mentioned(prompt, tag)) {
            *error = reel_error_new("invalidTag", path,
                                    "Invalid value for '%s' parameter. The prompt does not mention "
                                    "the tag '%s'.",
                                    path, tag);
            return 0;
        }
        for (size_t j = 0; j < i; j++) {
            const json_t *other = json_object_get(json_array_get(items, j), "tag");
            if (strcmp(json_string_value(other), tag) == 0) {
                *error = reel_error_new("invalidTag", path,
                                        "Invalid value for '%s' parameter. The tag '%s' is used "
                                        "twice.",
                                        path, tag);
                return 0;
            }
        }
    }
    return 1;
}

int reel_check_compatibility(json_t **error, const json_t *task)
{
    *error = NULL;
    return check_pair(error, task) && check_exclusive_inputs(error, task) &&
           check_shape_of_inputs(error, task) && check_reference_types(error, task) &&
           check_tags(error, task, "inputs.referenceImages.tag", input(task, "referenceImages")) &&
           check_tags(error, task, "inputs.referenceVideos.tag", input(task, "referenceVideos"));
}
