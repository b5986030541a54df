/* One table: where media stand in a task, and what they may be. */
#include "server/inputs.h"

#include "base/error.h"
#include "server/errors.h"
#include "server/media_text.h"

#include <stdio.h>
#include <string.h>

enum { PATH_SIZE = 64 };

/* Of the model page. */
#define SECONDS_MAX 15.0
static const int64_t FILM_PIXELS_MIN = 1866240;

/* Strings at `path`: "." enters an object, and arrays are gone through wherever they are met. */
typedef struct {
    const char *path;
    unsigned kinds;
    int has_pixels_min;
} place;

static const place places[] = {
    { "inputs.frameImages", REEL_TAKE_IMAGE, 0 },
    { "inputs.frameImages.image", REEL_TAKE_IMAGE, 0 },
    { "inputs.referenceImages.images", REEL_TAKE_IMAGE, 0 },
    { "inputs.referenceImages.audio", REEL_TAKE_SOUND, 0 },
    { "inputs.referenceVideos.video", REEL_TAKE_FILM, 1 },
    { "inputs.mask", REEL_TAKE_IMAGE | REEL_TAKE_FILM, 0 },
    { "inputs.audio", REEL_TAKE_SOUND | REEL_TAKE_FILM, 0 },
    { "frameImages.inputImage", REEL_TAKE_IMAGE, 0 },
};

typedef struct {
    json_t **error;
    reel_media_library *library;
    int64_t key;
    const place *place;
} settling;

int reel_inputs_are_given(const json_t *task)
{
    return json_object_size(json_object_get(task, "inputs")) > 0 ||
           json_object_get(task, "frameImages") != NULL;
}

static int refuse_bound(const settling *s, const char *code, const char *bound)
{
    *s->error = reel_error_new(code, s->place->path, "Invalid value for '%s' parameter: %s.",
                               s->place->path, bound);
    return 0;
}

/* What is not known (of films that were made here) is not held against them. */
static int check_bounds(const settling *s, const reel_media *media)
{
    int64_t pixels = (int64_t)media->width * media->height;
    if (media->seconds > SECONDS_MAX + 0.5) {
        return refuse_bound(s, "valueTooLarge", "it is longer than 15 seconds");
    }
    if (s->place->has_pixels_min && pixels > 0 && pixels < FILM_PIXELS_MIN) {
        return refuse_bound(s, "valueTooSmall", "its pictures have fewer than 1866240 pixels");
    }
    return 1;
}

static int find(reel_media *out, const settling *s, const char *uuid)
{
    static const unsigned bits[] = { [REEL_MEDIA_IMAGE] = REEL_TAKE_IMAGE,
                                     [REEL_MEDIA_FILM] = REEL_TAKE_FILM,
                                     [REEL_MEDIA_SOUND] = REEL_TAKE_SOUND };
    reel_status status = reel_media_use(out, s->library, uuid, s->key);
    if (status == REEL_ERR_NOT_FOUND) {
        *s->error = reel_error_new("mediaNotFound", s->place->path,
                                   "There is no such media of yours: '%s'.", uuid);
        return 0;
    }
    if (status < 0) {
        *s->error = reel_error_internal("inputs");
        return 0;
    }
    if (!(s->place->kinds & bits[out->kind])) {
        static const char *const names[] = { "an image", "a film", "a sound" };
        char text[64];
        snprintf(text, sizeof text, "it is %s", names[out->kind]);
        return refuse_bound(s, "invalidValue", text);
    }
    return 1;
}

/* One input; *replacement is the string to put in its place, or NULL. */
static int settle_text(json_t **replacement, const settling *s, const char *text)
{
    reel_media media;
    *replacement = NULL;
    if (reel_media_text_classify(NULL, text) == REEL_MEDIA_TEXT_UUID) {
        return find(&media, s, text) && check_bounds(s, &media);
    }
    reel_media_wish wish = { .key = s->key, .parameter = s->place->path, .kinds = s->place->kinds };
    if (!reel_media_take(&media, s->error, s->library, text, &wish) || !check_bounds(s, &media)) {
        return 0;
    }
    *replacement = json_string(media.uuid);
    return *replacement != NULL;
}

/* Go on along the rest of a path from `value`; strings at its end are settled. */
static int settle_along(json_t *value, const settling *s, const char *rest);

static int settle_member(json_t *object, const settling *s, const char *rest)
{
    char name[PATH_SIZE];
    size_t length = strcspn(rest, ".");
    snprintf(name, sizeof name, "%.*s", (int)length, rest);
    json_t *member = json_object_get(object, name), *replacement;
    rest += length + (rest[length] == '.');
    if (!json_is_string(member) || *rest) {
        return settle_along(member, s, rest);
    }
    return settle_text(&replacement, s, json_string_value(member)) &&
           (!replacement || json_object_set_new(object, name, replacement) == 0);
}

static int settle_along(json_t *value, const settling *s, const char *rest)
{
    if (json_is_object(value)) {
        return !*rest || settle_member(value, s, rest);
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        json_t *element = json_array_get(value, i), *replacement;
        if (!json_is_string(element)) {
            if (!settle_along(element, s, rest)) {
                return 0;
            }
        } else if (!*rest && (!settle_text(&replacement, s, json_string_value(element)) ||
                              (replacement && json_array_set_new(value, i, replacement) != 0))) {
            return 0;
        }
    }
    return 1;
}

int reel_inputs_settle(json_t **error, json_t *task, reel_media_library *library, int64_t key)
{
    *error = NULL;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        settling s = { error, library, key, &places[i] };
        if (!settle_along(task, &s, places[i].path)) {
            return 0;
        }
    }
    return 1;
}
