/* Latents in a safetensors file that says which model and request they belong to. */
#include "pipeline/kept_latents.h"

#include "base/error.h"
#include "tensor/safetensors.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[REEL_MODALITIES] = { "video", "audio" };

/* Everything that latents depend on, as one text. Owned by the caller, released with free(). */
static char *identify(const char *model_name, const reel_request *r)
{
    json_t *identity = json_pack(
        "{s:s, s:s, s:s?, s:s, s:s, s:f, s:i, s:f, s:f, s:s, s:b, s:I, s:i}", "model", model_name,
        "prompt", r->prompt, "negativePrompt", r->negative_prompt, "aspect", r->aspect,
        "resolution", r->resolution, "seconds", r->seconds, "steps", r->steps, "cfgVideo",
        (double)r->cfg_video, "cfgAudio", (double)r->cfg_audio, "solver", r->solver, "audio",
        r->audio != 0, "seed", (json_int_t)r->seed, "stepCache", r->step_cache);
    char *text = identity ? json_dumps(identity, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(identity);
    return text;
}

static reel_status copy(reel_latents *latents, const reel_safetensors *file, const char *identity)
{
    const char *found = reel_safetensors_meta(file, "request");
    if (!found || strcmp(found, identity) != 0) {
        return REEL_FAIL(REEL_ERR_FORMAT, "are of another request");
    }
    for (int m = 0; m < REEL_MODALITIES; m++) {
        const reel_tensor *t = reel_safetensors_find(file, names[m]);
        size_t count = t && t->dtype == REEL_F32 ? (size_t)reel_count(t) : 0;
        if (count != latents->count[m]) {
            return REEL_FAIL(REEL_ERR_FORMAT, "%s: has %zu values, expected %zu", names[m], count,
                             latents->count[m]);
        }
        if (count > 0) {
            memcpy(latents->values[m], t->data, count * sizeof(float));
        }
    }
    return REEL_OK;
}

reel_status reel_kept_latents_read(reel_latents *latents, const char *model_name,
                                   const reel_request *request)
{
    const char *path = request->latents_path;
    reel_safetensors file;
    if (!reel_file_exists(path)) {
        return REEL_FAIL(REEL_ERR_NOT_FOUND, "%s: no such file", path);
    }
    REEL_TRY(reel_safetensors_open(&file, path));
    char *identity = identify(model_name, request);
    reel_status status = identity ? copy(latents, &file, identity)
                                  : REEL_FAIL(REEL_ERR_MEMORY, "no memory for a description");
    free(identity);
    reel_safetensors_close(&file);
    return status < 0 ? reel_fail_in(status, "%s", path) : REEL_OK;
}

reel_status reel_kept_latents_write(const reel_latents *latents, const char *model_name,
                                    const reel_request *request)
{
    reel_tensor tensors[REEL_MODALITIES];
    reel_safetensors_entry entries[REEL_MODALITIES];
    int count = 0;
    for (int m = 0; m < REEL_MODALITIES; m++) {
        if (latents->count[m] > 0) {
            tensors[count] = (reel_tensor){ .dtype = REEL_F32,
                                            .rank = 1,
                                            .dim = { (int64_t)latents->count[m] },
                                            .data = latents->values[m] };
            entries[count] = (reel_safetensors_entry){ names[m], &tensors[count], REEL_F32 };
            count++;
        }
    }
    char *identity = identify(model_name, request);
    json_t *metadata = identity ? json_pack("{s:s}", "request", identity) : NULL;
    reel_status status =
        metadata ? reel_safetensors_write(request->latents_path, entries, count, metadata)
                 : REEL_FAIL(REEL_ERR_MEMORY, "no memory for a description");
    json_decref(metadata);
    free(identity);
    return status;
}
