/* Loading a weight set from a safetensors file, and saving it. */
#include "base/error.h"
#include "tensor/safetensors.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static reel_status check_weight(const reel_weight *w, const reel_tensor *found)
{
    if (!found) {
        return REEL_FAIL(REEL_ERR_NOT_FOUND, "%s: is missing, expected %s", w->name,
                         reel_shape(w->tensor).text);
    }
    int is_float =
        found->dtype == REEL_F32 || found->dtype == REEL_F16 || found->dtype == REEL_BF16;
    if (!is_float || !reel_same_shape(found, w->tensor)) {
        return REEL_FAIL(REEL_ERR_SHAPE, "%s: is %s, expected %s", w->name, reel_shape(found).text,
                         reel_shape(w->tensor).text);
    }
    return REEL_OK;
}

static int is_declared(const reel_weights *set, const char *name)
{
    for (int i = 0; i < set->count; i++) {
        if (strcmp(set->items[i].name, name) == 0) {
            return 1;
        }
    }
    return 0;
}

static void widen(float *out, const reel_tensor *found)
{
    int64_t count = reel_count(found);
    const uint16_t *half = found->data;
    for (int64_t i = 0; i < count; i++) {
        out[i] = found->dtype == REEL_F16 ? reel_f16_to_f32(half[i]) : reel_bf16_to_f32(half[i]);
    }
}

static reel_status take_values(const reel_weights *set, const reel_weight *w,
                               const reel_tensor *found)
{
    if (found->dtype == REEL_F32) {
        return reel_weight_set(set, w->tensor, found->data);
    }
    float *values = malloc((size_t)reel_count(found) * sizeof *values + 1);
    if (!values) {
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory to widen it in", w->name);
    }
    widen(values, found);
    reel_status status = reel_weight_set(set, w->tensor, values);
    free(values);
    return status;
}

reel_status reel_weights_load(reel_weights *set, const reel_safetensors *file)
{
    REEL_TRY(set->status);
    assert(set->values);
    for (int i = 0; i < set->count; i++) { /* all is checked before anything is overwritten */
        const reel_weight *w = &set->items[i];
        REEL_TRY(check_weight(w, reel_safetensors_find(file, w->name)));
    }
    for (int i = 0; i < file->count && file->count != set->count; i++) {
        const reel_safetensor *item = &file->items[i];
        if (!is_declared(set, item->name)) {
            return REEL_FAIL(REEL_ERR_FORMAT, "%s: is %s, the model has no such weight", item->name,
                             reel_shape(&item->tensor).text);
        }
    }
    for (int i = 0; i < set->count; i++) {
        const reel_weight *w = &set->items[i];
        REEL_TRY(take_values(set, w, reel_safetensors_find(file, w->name)));
    }
    return REEL_OK;
}

/* `from` as the host can read it: itself, or a copy to be freed. */
static reel_status bring_out(const float **out, float **copy, const reel_weights *set,
                             const float *from)
{
    size_t size = set->elements * sizeof *from;
    *out = from;
    *copy = NULL;
    if (set->device->host_can_read) {
        return REEL_OK;
    }
    *out = *copy = malloc(size + 1);
    return *copy ? set->device->ops->copy_out(set->device, *copy, from, size)
                 : REEL_FAIL(REEL_ERR_MEMORY, "no memory for %zu weights", set->elements);
}

static reel_status save(const reel_weights *set, const float *from, const char *path,
                        reel_dtype stored, const struct json_t *metadata)
{
    size_t count = set->count ? (size_t)set->count : 1;
    reel_safetensors_entry *entries = calloc(count, sizeof *entries);
    reel_tensor *tensors = calloc(count, sizeof *tensors);
    reel_status status = REEL_OK;
    if (!entries || !tensors) {
        status = REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for %d entries", path, set->count);
        goto done;
    }
    for (int i = 0; i < set->count; i++) {
        const reel_weight *w = &set->items[i];
        tensors[i] = *w->tensor;
        tensors[i].data = (void *)(uintptr_t)(from + w->offset);
        entries[i] = (reel_safetensors_entry){ w->name, &tensors[i], stored };
    }
    status = reel_safetensors_write(path, entries, set->count, metadata);
done:
    free(tensors);
    free(entries);
    return status;
}

reel_status reel_weights_save(const reel_weights *set, const float *values, const char *path,
                              reel_dtype stored, const struct json_t *metadata)
{
    REEL_TRY(set->status);
    assert(values || set->values);
    const float *from;
    float *copy;
    reel_status status = bring_out(&from, &copy, set, values ? values : set->values);
    if (status == REEL_OK) {
        status = save(set, from, path, stored, metadata);
    }
    free(copy);
    return status;
}
