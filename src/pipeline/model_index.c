/* Reading model.json. */
#include "pipeline/model_index.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const reel_part_names[REEL_PARTS] = {
    [REEL_TEXT_ENCODER] = "text_encoder",
    [REEL_DIT] = "dit",
    [REEL_VIDEO_VAE] = "video_vae",
    [REEL_AUDIO_VAE] = "audio_vae",
};

/* A whole name or none: cut in the middle of a character it would be no UTF-8 any more. */
static reel_status read_name(const char **out, const json_t *document, const char *key, int most)
{
    REEL_TRY(reel_json_string(out, document, key));
    return strlen(*out) <= (size_t)most
               ? REEL_OK
               : REEL_FAIL(REEL_ERR_FORMAT, "%s: has %zu bytes, expected at most %d", key,
                           strlen(*out), most);
}

static reel_status read_part(const char **out, const json_t *parts, const char *part)
{
    const char *file = NULL;
    REEL_TRY(reel_json_string(&file, parts, part));
    if (!file) {
        return REEL_FAIL(REEL_ERR_FORMAT, "%s is missing", part);
    }
    if (!*file || file[0] == '.' || strchr(file, '/')) {
        return REEL_FAIL(REEL_ERR_FORMAT, "%s: \"%s\" is no plain file name", part, file);
    }
    *out = file;
    return REEL_OK;
}

static reel_status read_parts(reel_model_index *out, const json_t *parts)
{
    if (!json_is_object(parts)) {
        return REEL_FAIL(REEL_ERR_FORMAT, "expected an object of file names");
    }
    for (int i = 0; i < REEL_PARTS; i++) {
        REEL_TRY(read_part(&out->file[i], parts, reel_part_names[i]));
    }
    return REEL_OK;
}

static reel_status read_defaults(reel_model_defaults *d, const json_t *object)
{
    *d = (reel_model_defaults){ .steps = 30, .guidance = { 3, 2 }, .shift = { 1, 1 } };
    if (!object) {
        return REEL_OK;
    }
    static const char *const keys[] = { "steps",       "cfg_video",   "cfg_audio",
                                        "shift_video", "shift_audio", NULL };
    if (!json_is_object(object)) {
        return REEL_FAIL(REEL_ERR_FORMAT, "expected an object");
    }
    REEL_TRY(reel_json_only(object, keys));
    REEL_TRY(reel_json_int(&d->steps, object, "steps", 1, 1000));
    REEL_TRY(reel_json_float(&d->guidance[0], object, "cfg_video", 0, 100));
    REEL_TRY(reel_json_float(&d->guidance[1], object, "cfg_audio", 0, 100));
    REEL_TRY(reel_json_double(&d->shift[0], object, "shift_video", 0.01, 100));
    return reel_json_double(&d->shift[1], object, "shift_audio", 0.01, 100);
}

static reel_status read_document(reel_model_index *out)
{
    const char *name = "model", *version = "";
    REEL_TRY(read_name(&name, out->document, "name", 40));
    REEL_TRY(read_name(&version, out->document, "version", 20));
    snprintf(out->name, sizeof out->name, "%s%s%s", name, *version ? " " : "", version);
    reel_status status = read_parts(out, json_object_get(out->document, "parts"));
    if (status < 0) {
        return reel_fail_in(status, "parts");
    }
    status = read_defaults(&out->defaults, json_object_get(out->document, "defaults"));
    return status < 0 ? reel_fail_in(status, "defaults") : REEL_OK;
}

reel_status reel_model_index_open(reel_model_index *out, const char *dir)
{
    *out = (reel_model_index){ 0 };
    char *path = reel_path_join(dir, "model.json");
    if (!path) {
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for a path", dir);
    }
    reel_status status = reel_json_load(&out->document, path);
    if (status == REEL_OK) {
        status = read_document(out);
        if (status < 0) {
            reel_fail_in(status, "%s", path);
            reel_model_index_close(out);
        }
    }
    free(path);
    return status;
}

void reel_model_index_close(reel_model_index *index)
{
    json_decref(index->document);
    *index = (reel_model_index){ 0 };
}
