/* Describing parts, models and films as JSON, from their headers alone. */
#include "reel/inspect.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "media/probe.h"
#include "pipeline/model.h"
#include "tensor/safetensors.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static reel_status finish(char **out, json_t *object, const char *path, reel_status status)
{
    *out = NULL;
    if (status == REEL_OK) {
        *out = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
        status = *out ? REEL_OK : REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for the JSON", path);
    }
    json_decref(object);
    return status;
}

/* A name on disk may be any bytes; one that is no UTF-8 is left out. */
static json_t *begin(const char *kind, const char *path)
{
    return json_pack("{s:s, s:o*}", "kind", kind, "path", json_string(path));
}

/* --- parts ----------------------------------------------------------------------------------- */

static int64_t parameters_of(const reel_safetensors *file)
{
    int64_t count = 0;
    for (int i = 0; i < file->count; i++) {
        count += reel_count(&file->items[i].tensor);
    }
    return count;
}

static json_t *tensor_list(const reel_safetensors *file)
{
    json_t *list = json_array();
    for (int i = 0; i < file->count; i++) {
        const reel_tensor *t = &file->items[i].tensor;
        json_t *shape = json_array();
        for (int d = 0; d < t->rank; d++) {
            json_array_append_new(shape, json_integer(t->dim[d]));
        }
        json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "name", file->items[i].name,
                                              "dtype", reel_dtype_name(t->dtype), "shape", shape));
    }
    return list;
}

/* "part" and "config" of the metadata; a file of anybody else's has neither. */
static reel_status add_config(json_t *object, const reel_safetensors *file, const char *path)
{
    const char *part = reel_safetensors_meta(file, "part");
    const char *text = reel_safetensors_meta(file, "config");
    json_t *config;
    if (part) {
        json_object_set_new(object, "part", json_string(part));
    }
    if (text) {
        reel_status status = reel_json_parse(&config, text, strlen(text), "config");
        if (status < 0) {
            return reel_fail_in(status, "%s", path);
        }
        json_object_set_new(object, "config", config);
    }
    return REEL_OK;
}

static reel_status inspect_part(char **out, const char *path)
{
    reel_safetensors file;
    REEL_TRY(reel_safetensors_open(&file, path));
    json_t *object = begin("part", path);
    reel_status status = add_config(object, &file, path);
    json_object_set_new(object, "parameters", json_integer(parameters_of(&file)));
    json_object_set_new(object, "bytes", json_integer((json_int_t)file.mapping.size));
    json_object_set_new(object, "tensors", tensor_list(&file));
    reel_safetensors_close(&file);
    return finish(out, object, path, status);
}

/* --- models ---------------------------------------------------------------------------------- */

typedef struct {
    json_int_t parameters, bytes;
} totals;

static reel_status add_part(json_t *list, totals *sum, const char *dir, const char *part,
                            const char *name)
{
    reel_safetensors file;
    char *path = reel_path_join(dir, name);
    if (!path) {
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for a path", dir);
    }
    reel_status status = reel_safetensors_open(&file, path);
    free(path);
    REEL_TRY(status);
    const json_int_t parameters = parameters_of(&file), bytes = (json_int_t)file.mapping.size;
    reel_safetensors_close(&file);
    json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:I}", "part", part, "file", name,
                                          "parameters", parameters, "bytes", bytes));
    sum->parameters += parameters;
    sum->bytes += bytes;
    return REEL_OK;
}

static reel_status list_parts(json_t *list, totals *sum, const char *dir,
                              const reel_model_index *index)
{
    for (int i = 0; i < REEL_PARTS; i++) {
        REEL_TRY(add_part(list, sum, dir, reel_part_names[i], index->file[i]));
    }
    return REEL_OK;
}

/* What model.json says and the program does not read. */
static json_t *about(const json_t *document)
{
    static const char *const read[] = { "name", "version", "parts", "defaults" };
    json_t *rest = json_copy((json_t *)(uintptr_t)document);
    for (size_t i = 0; i < sizeof read / sizeof *read; i++) {
        json_object_del(rest, read[i]);
    }
    return rest;
}

static reel_status describe_model(json_t **out, totals *sum, const char *dir)
{
    reel_model_index index;
    *out = NULL;
    REEL_TRY(reel_model_index_open(&index, dir));
    json_t *list = json_array(), *object = begin("model", dir);
    reel_status status = list_parts(list, sum, dir, &index);
    json_object_set(object, "name", json_object_get(index.document, "name"));
    json_object_set(object, "version", json_object_get(index.document, "version"));
    json_object_set_new(object, "parts", list);
    json_object_set_new(object, "parameters", json_integer(sum->parameters));
    json_object_set_new(object, "bytes", json_integer(sum->bytes));
    json_object_set(object, "defaults", json_object_get(index.document, "defaults"));
    json_object_set_new(object, "about", about(index.document));
    reel_model_index_close(&index);
    *out = object;
    return status;
}

/* --- films ----------------------------------------------------------------------------------- */

static void add_video(json_t *object, const reel_media_info *info, int is_still)
{
    json_t *video = json_pack("{s:s, s:i, s:i}", "codec", info->video_codec, "width", info->width,
                              "height", info->height);
    if (!is_still && info->fps_num > 0 && info->fps_den > 0) {
        json_object_set_new(video, "fps", json_real((double)info->fps_num / info->fps_den));
    }
    if (!is_still && info->frames > 0) {
        json_object_set_new(video, "frames", json_integer(info->frames));
    }
    json_object_set_new(object, "video", video);
}

/* What reel_clip_write() leaves in a film: the words it was made from, and by what. */
static void add_tags(json_t *object, const char *path)
{
    static const char *const keys[] = { "title", "comment" };
    json_t *tags = json_object();
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        char *value;
        if (reel_media_read_tag(&value, path, keys[i]) == REEL_OK) {
            json_object_set_new(tags, keys[i], json_string(value)); /* set if it is UTF-8 */
            free(value);
        }
    }
    if (json_object_size(tags) > 0) {
        json_object_set(object, "tags", tags);
    }
    json_decref(tags);
}

static reel_status inspect_media(char **out, const char *path)
{
    reel_media_info info;
    REEL_TRY(reel_media_probe(&info, path));
    const int is_still = strstr(info.container, "_pipe") != NULL;
    json_t *object = begin(is_still ? "image" : info.video_tracks ? "film" : "sound", path);
    json_object_set_new(object, "container", json_string(info.container));
    if (info.seconds > 0 && !is_still) {
        json_object_set_new(object, "seconds", json_real(info.seconds));
    }
    json_object_set_new(object, "tracks", json_integer(info.video_tracks + info.audio_tracks));
    if (info.video_tracks) {
        add_video(object, &info, is_still);
    }
    if (info.audio_tracks) {
        json_object_set_new(object, "audio",
                            json_pack("{s:s, s:i, s:i}", "codec", info.audio_codec, "channels",
                                      info.channels, "sampleRate", info.sample_rate));
    }
    add_tags(object, path);
    return finish(out, object, path, REEL_OK);
}

/* --- entry points ---------------------------------------------------------------------------- */

static int has_extension(const char *path, const char *extension)
{
    const size_t length = strlen(path), end = strlen(extension);
    return length > end && strcmp(path + length - end, extension) == 0;
}

reel_status reel_inspect(char **out, const char *path)
{
    struct stat info;
    *out = NULL;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        json_t *object;
        totals sum = { 0 };
        reel_status status = describe_model(&object, &sum, path);
        return finish(out, object, path, status);
    }
    return has_extension(path, ".safetensors") ? inspect_part(out, path) : inspect_media(out, path);
}

reel_status reel_inspect_memory(char **out, const char *model_dir, const reel_request *request)
{
    reel_engine *engine;
    json_t *model = NULL, *object = NULL;
    totals sum = { 0 };
    *out = NULL;
    REEL_TRY(reel_engine_open(&engine, model_dir, NULL, NULL));
    reel_status status = describe_model(&model, &sum, model_dir);
    const json_int_t request_bytes = (json_int_t)reel_engine_memory(engine, request);
    if (status == REEL_OK && request_bytes == 0) {
        status = REEL_ERR_INVALID;
    }
    if (status == REEL_OK) {
        /* weights are computed with as f32, however they are stored */
        const json_int_t weights = sum.parameters * (json_int_t)sizeof(float);
        object = json_pack("{s:s, s:s, s:f, s:s, s:s, s:b, s:I, s:I, s:I}", "kind", "memory",
                           "model", reel_engine_name(engine), "seconds", request->seconds, "aspect",
                           request->aspect, "resolution", request->resolution, "audio",
                           request->audio != 0, "weightBytes", weights, "requestBytes",
                           request_bytes, "bytes", weights + request_bytes);
    }
    json_decref(model);
    reel_engine_close(engine);
    return finish(out, object, model_dir, status);
}
