/* Loading a weight set from a safetensors file, and saving it. */
#include "base/error.h"
#include "tensor/int8_matrix.h"
#include "tensor/safetensors.h"

#include <assert.h>
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCALE ".scale"

/* The scales of a weight that is stored in 8 bits lie beside it. */
static const reel_tensor *find_scale(const reel_safetensors *file, const char *name)
{
    char text[128];
    return snprintf(text, sizeof text, "%s%s", name, SCALE) < (int)sizeof text
               ? reel_safetensors_find(file, text)
               : NULL;
}

static reel_status check_scale(const reel_weight *w, const reel_tensor *scale)
{
    const int64_t out = w->tensor->dim[0];
    if (!scale || scale->dtype != REEL_F32 || scale->rank != 1 || scale->dim[0] != out) {
        return REEL_FAIL(REEL_ERR_SHAPE, "%s" SCALE ": is %s, expected [%lld] f32", w->name,
                         scale ? reel_shape(scale).text : "absent", (long long)out);
    }
    for (int64_t o = 0; o < out; o++) {
        const float value = reel_f32(scale)[o];
        if (!(value >= 0.0f && value <= FLT_MAX)) {
            return REEL_FAIL(REEL_ERR_FORMAT, "%s" SCALE ": is %g at %lld, expected 0 or more",
                             w->name, (double)value, (long long)o);
        }
    }
    return REEL_OK;
}

static reel_status check_weight(const reel_weight *w, reel_weights_form form,
                                const reel_safetensors *file)
{
    const reel_tensor *found = reel_safetensors_find(file, w->name);
    reel_tensor expected = *w->tensor;
    expected.dtype = REEL_F32;
    if (!found) {
        return REEL_FAIL(REEL_ERR_NOT_FOUND, "%s: is missing, expected %s", w->name,
                         reel_shape(&expected).text);
    }
    int is_float =
        found->dtype == REEL_F32 || found->dtype == REEL_F16 || found->dtype == REEL_BF16;
    int is_bytes =
        found->dtype == REEL_I8 && reel_weight_has_form(w) && form != REEL_WEIGHTS_STORED;
    if (!(is_float || is_bytes) || !reel_same_shape(found, w->tensor)) {
        return REEL_FAIL(REEL_ERR_SHAPE, "%s: is %s, expected %s", w->name, reel_shape(found).text,
                         reel_shape(&expected).text);
    }
    return is_bytes ? check_scale(w, find_scale(file, w->name)) : REEL_OK;
}

static int is_declared(const reel_weights *set, const char *name, size_t length)
{
    for (int i = 0; i < set->count; i++) {
        if (strlen(set->items[i].name) == length && memcmp(set->items[i].name, name, length) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Whether a tensor of the file has a use: as a weight, or as the scales of one. */
static int is_used(const reel_weights *set, const char *name)
{
    const size_t length = strlen(name), end = strlen(SCALE);
    return is_declared(set, name, length) ||
           (length > end && strcmp(name + length - end, SCALE) == 0 &&
            is_declared(set, name, length - end));
}

/* `count` values of a tensor from `first` on, as f32. */
static void copy_values(float *out, const reel_tensor *found, int64_t first, int64_t count)
{
    const uint16_t *half = (const uint16_t *)found->data + first;
    switch (found->dtype) {
    case REEL_F16:
        for (int64_t i = 0; i < count; i++) {
            out[i] = reel_f16_to_f32(half[i]);
        }
        break;
    case REEL_BF16:
        for (int64_t i = 0; i < count; i++) {
            out[i] = reel_bf16_to_f32(half[i]);
        }
        break;
    default:
        memcpy(out, (const float *)found->data + first, (size_t)count * sizeof *out);
    }
}

static void dequantise(float *out, const reel_tensor *found, const float *scale, int64_t first,
                       int64_t count)
{
    const int64_t in = found->dim[1];
    const int8_t *bytes = found->data;
    for (int64_t i = first; i < first + count; i++) {
        *out++ = scale[i / in] * (float)(bytes[i] < -127 ? -127 : bytes[i]);
    }
}

/* Piece by piece through `row`, since the device's memory may be out of the host's reach. */
static reel_status widen(const reel_weights *set, const reel_tensor *out, const reel_tensor *found,
                         const float *scale, float *row)
{
    const int64_t count = reel_count(found);
    for (int64_t first = 0; first < count; first += REEL_INT8_IN_MAX) {
        const int64_t left = count - first;
        const int64_t piece = left < REEL_INT8_IN_MAX ? left : (int64_t)REEL_INT8_IN_MAX;
        if (scale) {
            dequantise(row, found, scale, first, piece);
        } else {
            copy_values(row, found, first, piece);
        }
        REEL_TRY(set->device->ops->copy_in(set->device, reel_f32(out) + first, row,
                                           (size_t)piece * sizeof *row));
    }
    return REEL_OK;
}

/* Row by row through one row of f32. */
static void quantise(const reel_tensor *out, const reel_tensor *found, const float *scale,
                     float *row)
{
    const int64_t in = out->dim[1];
    const reel_int8_matrix m = reel_int8_matrix_view(out->data, out->dim[0], in);
    for (int64_t r = 0; r < out->dim[0]; r++) {
        if (found->dtype == REEL_I8) {
            reel_int8_matrix_set_bytes(&m, r, (const int8_t *)found->data + r * in, scale[r]);
        } else {
            copy_values(row, found, r * in, in);
            reel_int8_matrix_set_row(&m, r, row);
        }
    }
}

/* `row` has room for REEL_INT8_IN_MAX values. */
static reel_status load_weight(const reel_weights *set, const reel_weight *w,
                               const reel_safetensors *file, float *row)
{
    const int is_mapped = set->form == REEL_WEIGHTS_STORED && reel_weight_has_form(w);
    const reel_tensor *found = reel_safetensors_find(file, w->name);
    const float *scale = found->dtype == REEL_I8 ? reel_f32(find_scale(file, w->name)) : NULL;
    if (w->tensor->dtype == REEL_I8) {
        quantise(w->tensor, found, scale, row);
    } else if (is_mapped) {
        w->tensor->dtype = found->dtype;
        w->tensor->data = found->data;
    } else if (found->dtype == REEL_F32) {
        return reel_weight_set(set, w->tensor, found->data);
    } else {
        return widen(set, w->tensor, found, scale, row);
    }
    return REEL_OK;
}

reel_status reel_weights_load(reel_weights *set, reel_safetensors *file)
{
    REEL_TRY(set->status);
    assert(set->values);
    for (int i = 0; i < set->count; i++) { /* all is checked before anything is overwritten */
        REEL_TRY(check_weight(&set->items[i], set->form, file));
    }
    for (int i = 0; i < file->count && file->count != set->count; i++) {
        const reel_safetensor *item = &file->items[i];
        if (!is_used(set, item->name)) {
            return REEL_FAIL(REEL_ERR_FORMAT, "%s: is %s, the model has no such weight", item->name,
                             reel_shape(&item->tensor).text);
        }
    }
    float *row = malloc(REEL_INT8_IN_MAX * sizeof *row);
    if (!row) {
        return REEL_FAIL(REEL_ERR_MEMORY, "weights: no memory for a row");
    }
    reel_status status = REEL_OK;
    for (int i = 0; i < set->count && status == REEL_OK; i++) {
        status = load_weight(set, &set->items[i], file, row);
    }
    free(row);
    if (set->form == REEL_WEIGHTS_STORED) {
        set->mapping = file->mapping;
        file->mapping = (reel_mapping){ 0 };
    }
    return status;
}

/* --- saving ---------------------------------------------------------------------------------- */

/* What is written: a tensor for every weight, and after them one for the scales of every weight in
 * 8 bits. */
typedef struct {
    reel_safetensors_entry *entries;
    reel_tensor *tensors;
    char (*names)[128]; /* of the scales */
    void **owned;       /* of each weight: its scales, then its bytes */
    int count;
} listing;

static reel_status listing_init(listing *l, int weights)
{
    const size_t count = 2 * (size_t)weights + 1;
    *l = (listing){ .entries = calloc(count, sizeof *l->entries),
                    .tensors = calloc(count, sizeof *l->tensors),
                    .names = calloc(count, sizeof *l->names),
                    .owned = calloc(count, sizeof *l->owned) };
    return l->entries && l->tensors && l->names && l->owned
               ? REEL_OK
               : REEL_FAIL(REEL_ERR_MEMORY, "no memory for %d entries", weights);
}

static void listing_deinit(listing *l, int weights)
{
    for (int i = 0; l->owned && i < weights; i++) {
        free(l->owned[i]);
    }
    free(l->owned);
    free(l->names);
    free(l->tensors);
    free(l->entries);
}

static void add_entry(listing *l, const char *name, reel_tensor tensor, reel_dtype stored)
{
    l->tensors[l->count] = tensor;
    l->entries[l->count] = (reel_safetensors_entry){ name, &l->tensors[l->count], stored };
    l->count++;
}

/* A matrix as bytes with their scales; values are NULL where it is held so already. */
static reel_status add_bytes(listing *l, int index, const reel_weight *w, const float *values)
{
    const int64_t out = w->tensor->dim[0], in = w->tensor->dim[1];
    const size_t matrix_bytes = values ? reel_int8_matrix_bytes(out, in) : 0;
    float *scale = calloc(1, (size_t)out * sizeof *scale + (size_t)(out * in));
    void *memory = values ? aligned_alloc(64, matrix_bytes) : w->tensor->data;
    l->owned[index] = scale;
    if (!scale || !memory) {
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for its bytes", w->name);
    }
    const reel_int8_matrix m = reel_int8_matrix_view(memory, out, in);
    int8_t *bytes = (int8_t *)(scale + out);
    for (int64_t r = 0; r < out; r++) {
        if (values) {
            reel_int8_matrix_set_row(&m, r, values + r * in);
        }
        scale[r] = reel_int8_matrix_get_bytes(bytes + r * in, &m, r);
    }
    if (values) {
        free(memory);
    }
    snprintf(l->names[index], sizeof *l->names, "%s" SCALE, w->name);
    add_entry(l, w->name,
              (reel_tensor){ .dtype = REEL_I8, .rank = 2, .dim = { out, in }, .data = bytes },
              REEL_I8);
    add_entry(l, l->names[index],
              (reel_tensor){ .dtype = REEL_F32, .rank = 1, .dim = { out }, .data = scale },
              REEL_F32);
    return REEL_OK;
}

static reel_status list_weights(listing *l, const reel_weights *set, const float *values,
                                reel_dtype stored)
{
    const reel_dtype rest = stored == REEL_I8 ? REEL_F16 : stored;
    for (int i = 0; i < set->count; i++) {
        const reel_weight *w = &set->items[i];
        const int is_quantised = w->tensor->dtype == REEL_I8;
        const int is_f32 = w->tensor->dtype == REEL_F32;
        if (stored == REEL_I8 && reel_weight_has_form(w) && (is_quantised || is_f32)) {
            REEL_TRY(add_bytes(l, i, w, is_quantised ? NULL : values + w->offset));
            continue;
        }
        if (!is_f32) {
            return REEL_FAIL(REEL_ERR_UNSUPPORTED, "%s: is %s and cannot be stored as %s", w->name,
                             reel_shape(w->tensor).text, reel_dtype_name(stored));
        }
        reel_tensor tensor = *w->tensor;
        tensor.data = (void *)(uintptr_t)(values + w->offset);
        add_entry(l, w->name, tensor, w->group == REEL_GROUP_CONSTANT ? REEL_F32 : rest);
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
    listing l;
    reel_status status = listing_init(&l, set->count);
    if (status == REEL_OK) {
        status = list_weights(&l, set, from, stored);
    }
    if (status < 0) {
        listing_deinit(&l, set->count);
        return reel_fail_in(status, "%s", path);
    }
    status = reel_safetensors_write(path, l.entries, l.count, metadata);
    listing_deinit(&l, set->count);
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
