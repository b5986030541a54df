/* Parts of a model as files: weights with their config in the metadata. */
#include "model/part.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static reel_status read_config(json_t **out, const reel_safetensors *file, const char *part)
{
    const char *name = reel_safetensors_meta(file, "part");
    if (!name || strcmp(name, part) != 0) {
        return REEL_FAIL(REEL_ERR_FORMAT, "part: is %.64s, expected %s", name ? name : "absent",
                         part);
    }
    const char *text = reel_safetensors_meta(file, "config");
    if (!text) {
        return REEL_FAIL(REEL_ERR_FORMAT, "config: is absent from the metadata");
    }
    return reel_json_parse(out, text, strlen(text), "config");
}

reel_status reel_part_open(reel_safetensors *file, json_t **config, const char *path,
                           const char *part)
{
    REEL_TRY(reel_safetensors_open(file, path));
    reel_status status = read_config(config, file, part);
    if (status < 0) {
        reel_safetensors_close(file);
        return reel_fail_in(status, "%s", path);
    }
    return REEL_OK;
}

reel_status reel_part_load_as(reel_weights *set, reel_safetensors *file, reel_weights_form form)
{
    REEL_TRY(set->status);
    const int64_t wanted = reel_weights_count(set);
    if ((uint64_t)wanted > file->mapping.size) { /* a weight takes a byte or more */
        return REEL_FAIL(REEL_ERR_FORMAT, "config: describes %lld weights, the file has %zu bytes",
                         (long long)wanted, file->mapping.size);
    }
    REEL_TRY(reel_weights_alloc_as(set, form));
    return reel_weights_load(set, file);
}

reel_status reel_part_load(reel_weights *set, reel_safetensors *file)
{
    return reel_part_load_as(set, file, REEL_WEIGHTS_F32);
}

reel_status reel_part_save(const reel_weights *set, const char *path, const char *part,
                           json_t *config, reel_dtype stored)
{
    char *text = config ? json_dumps(config, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_t *metadata = text ? json_pack("{s:s, s:s}", "part", part, "config", text) : NULL;
    reel_status status = metadata
                             ? reel_weights_save(set, NULL, path, stored, metadata)
                             : REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for the config", path);
    json_decref(metadata);
    free(text);
    json_decref(config);
    return status;
}
