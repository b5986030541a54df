/* Reading safetensors: the header is believed only after every claim in it was checked. */
#include "tensor/safetensors.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the format is little-endian");

enum { LENGTH_SIZE = 8, HEADER_LIMIT = 64 << 20 };

static const struct {
    const char *name;
    reel_dtype dtype;
} stored_types[] = {
    { "F32", REEL_F32 }, { "F16", REEL_F16 }, { "BF16", REEL_BF16 },
    { "I32", REEL_I32 }, { "U8", REEL_U8 },   { "I8", REEL_I8 },
};

static reel_status read_dtype(reel_dtype *out, const json_t *entry)
{
    const char *name = NULL;
    REEL_TRY(reel_json_string(&name, entry, "dtype"));
    if (!name) {
        return REEL_FAIL(REEL_ERR_FORMAT, "dtype is missing");
    }
    for (size_t i = 0; i < sizeof stored_types / sizeof *stored_types; i++) {
        if (strcmp(name, stored_types[i].name) == 0) {
            *out = stored_types[i].dtype;
            return REEL_OK;
        }
    }
    return REEL_FAIL(REEL_ERR_UNSUPPORTED, "dtype is %.16s, expected F32, F16, BF16, I32, U8 or I8",
                     name);
}

/* Rank, dimensions and, in *size, the bytes they ask for. */
static reel_status read_shape(reel_tensor *t, size_t *size, const json_t *entry)
{
    const json_t *shape = json_object_get(entry, "shape");
    if (!json_is_array(shape)) {
        return REEL_FAIL(REEL_ERR_FORMAT, "shape: expected an array of integers");
    }
    size_t rank = json_array_size(shape);
    if (rank > REEL_MAX_RANK) {
        return REEL_FAIL(REEL_ERR_UNSUPPORTED, "shape: has %zu dimensions, expected at most %d",
                         rank, REEL_MAX_RANK);
    }
    t->rank = (int)rank;
    /* a dimension of 0 must not hide that the others cannot be multiplied */
    size_t bound = reel_dtype_size(t->dtype);
    int is_empty = 0;
    for (int i = 0; i < t->rank; i++) {
        const json_t *item = json_array_get(shape, (size_t)i);
        t->dim[i] = json_integer_value(item);
        if (!json_is_integer(item) || t->dim[i] < 0) {
            return REEL_FAIL(REEL_ERR_FORMAT, "shape[%d]: expected an integer from 0", i);
        }
        is_empty |= t->dim[i] == 0;
        bound = reel_size_mul(bound, t->dim[i] ? (size_t)t->dim[i] : 1);
    }
    if (bound > PTRDIFF_MAX) {
        return REEL_FAIL(REEL_ERR_FORMAT, "shape: %s is too large", reel_shape(t).text);
    }
    *size = is_empty ? 0 : bound;
    return REEL_OK;
}

static reel_status read_offsets(size_t offset[2], const json_t *entry, size_t data_size)
{
    const json_t *pair = json_object_get(entry, "data_offsets");
    if (!json_is_array(pair) || json_array_size(pair) != 2) {
        return REEL_FAIL(REEL_ERR_FORMAT, "data_offsets: expected an array of 2 integers");
    }
    for (size_t i = 0; i < 2; i++) {
        const json_t *item = json_array_get(pair, i);
        json_int_t value = json_integer_value(item);
        if (!json_is_integer(item) || value < 0 || (uint64_t)value > data_size) {
            return REEL_FAIL(REEL_ERR_FORMAT,
                             "data_offsets[%zu]: expected an integer from 0 to %zu", i, data_size);
        }
        offset[i] = (size_t)value;
    }
    if (offset[0] > offset[1]) {
        return REEL_FAIL(REEL_ERR_FORMAT, "data_offsets: [%zu, %zu] runs backward", offset[0],
                         offset[1]);
    }
    return REEL_OK;
}

static reel_status read_tensor(reel_tensor *out, const json_t *entry, const unsigned char *data,
                               size_t data_size)
{
    static const char *const keys[] = { "dtype", "shape", "data_offsets", NULL };
    size_t size = 0, offset[2];
    if (!json_is_object(entry)) {
        return REEL_FAIL(REEL_ERR_FORMAT, "expected an object");
    }
    REEL_TRY(reel_json_only(entry, keys));
    REEL_TRY(read_dtype(&out->dtype, entry));
    REEL_TRY(read_shape(out, &size, entry));
    REEL_TRY(read_offsets(offset, entry, data_size));
    if (offset[1] - offset[0] != size) {
        return REEL_FAIL(REEL_ERR_FORMAT, "data_offsets: holds %zu bytes, %s needs %zu",
                         offset[1] - offset[0], reel_shape(out).text, size);
    }
    out->data = (void *)(uintptr_t)(data + offset[0]);
    if ((uintptr_t)out->data % reel_dtype_size(out->dtype) != 0) {
        return REEL_FAIL(REEL_ERR_UNSUPPORTED, "data_offsets: %zu is not aligned for %s", offset[0],
                         reel_dtype_name(out->dtype));
    }
    return REEL_OK;
}

static int by_position(const void *left, const void *right)
{
    const reel_tensor *a = &((const reel_safetensor *)left)->tensor;
    const reel_tensor *b = &((const reel_safetensor *)right)->tensor;
    uintptr_t begin_a = (uintptr_t)a->data, begin_b = (uintptr_t)b->data;
    if (begin_a != begin_b) {
        return begin_a < begin_b ? -1 : 1;
    }
    size_t size_a = reel_size_bytes(a), size_b = reel_size_bytes(b);
    return (size_a > size_b) - (size_a < size_b); /* an empty tensor comes before its neighbour */
}

/* Laid end to end in the order of their positions, the tensors must fill the data exactly. */
static reel_status check_layout(const reel_safetensors *file, const unsigned char *data,
                                size_t data_size)
{
    size_t end = 0;
    for (int i = 0; i < file->count; i++) {
        const reel_tensor *t = &file->items[i].tensor;
        size_t begin = (size_t)((const unsigned char *)t->data - data);
        if (begin != end) {
            return REEL_FAIL(REEL_ERR_FORMAT, "%s: begins at byte %zu, the one before ends at %zu",
                             file->items[i].name, begin, end);
        }
        end = begin + reel_size_bytes(t);
    }
    if (end != data_size) {
        return REEL_FAIL(REEL_ERR_FORMAT, "has %zu bytes of data, its tensors need %zu", data_size,
                         end);
    }
    return REEL_OK;
}

static reel_status take_metadata(reel_safetensors *out, json_t *header)
{
    json_t *metadata = json_object_get(header, "__metadata__");
    if (!metadata) {
        out->metadata = json_object();
        return out->metadata ? REEL_OK : REEL_FAIL(REEL_ERR_MEMORY, "no memory for the metadata");
    }
    if (!json_is_object(metadata)) {
        return REEL_FAIL(REEL_ERR_FORMAT, "__metadata__: expected an object of strings");
    }
    const char *key;
    json_t *value;
    json_object_foreach(metadata, key, value)
    {
        if (!json_is_string(value)) {
            return REEL_FAIL(REEL_ERR_FORMAT, "__metadata__: %s: expected a string", key);
        }
    }
    out->metadata = json_incref(metadata);
    json_object_del(header, "__metadata__");
    return REEL_OK;
}

static reel_status read_entries(reel_safetensors *out, json_t *header, const unsigned char *data,
                                size_t data_size)
{
    REEL_TRY(take_metadata(out, header));
    size_t count = json_object_size(header);
    out->items = calloc(count ? count : 1, sizeof *out->items);
    if (!out->items) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for %zu tensors", count);
    }
    const char *name;
    json_t *entry;
    json_object_foreach(header, name, entry)
    {
        reel_safetensor *item = &out->items[out->count];
        item->name = strdup(name);
        if (!item->name) {
            return REEL_FAIL(REEL_ERR_MEMORY, "no memory for the name of a tensor");
        }
        out->count++;
        reel_status status = read_tensor(&item->tensor, entry, data, data_size);
        if (status < 0) {
            return reel_fail_in(status, "%s", name);
        }
    }
    qsort(out->items, count, sizeof *out->items, by_position);
    return check_layout(out, data, data_size);
}

reel_status reel_safetensors_parse(reel_safetensors *out, const unsigned char *bytes, size_t size)
{
    *out = (reel_safetensors){ 0 };
    if (size < LENGTH_SIZE) {
        return REEL_FAIL(REEL_ERR_FORMAT, "has %zu bytes, a safetensors file has at least %d", size,
                         LENGTH_SIZE);
    }
    uint64_t length;
    memcpy(&length, bytes, sizeof length);
    if (length > HEADER_LIMIT || length > size - LENGTH_SIZE) {
        return REEL_FAIL(REEL_ERR_FORMAT, "header: has %llu bytes, expected at most %zu",
                         (unsigned long long)length,
                         size - LENGTH_SIZE < HEADER_LIMIT ? size - LENGTH_SIZE
                                                           : (size_t)HEADER_LIMIT);
    }
    const unsigned char *data = bytes + LENGTH_SIZE + length;
    json_t *header;
    REEL_TRY(reel_json_parse(&header, (const char *)bytes + LENGTH_SIZE, (size_t)length, "header"));
    reel_status status = read_entries(out, header, data, size - LENGTH_SIZE - (size_t)length);
    json_decref(header);
    if (status < 0) {
        reel_safetensors_close(out);
    }
    return status;
}

reel_status reel_safetensors_open(reel_safetensors *out, const char *path)
{
    reel_mapping mapping;
    *out = (reel_safetensors){ 0 };
    REEL_TRY(reel_file_map(&mapping, path));
    reel_status status = reel_safetensors_parse(out, mapping.data, mapping.size);
    if (status < 0) {
        reel_file_unmap(&mapping);
        return reel_fail_in(status, "%s", path);
    }
    out->mapping = mapping;
    return REEL_OK;
}

void reel_safetensors_close(reel_safetensors *file)
{
    for (int i = 0; i < file->count; i++) {
        free(file->items[i].name);
    }
    free(file->items);
    json_decref(file->metadata);
    reel_file_unmap(&file->mapping);
    *file = (reel_safetensors){ 0 };
}

const reel_tensor *reel_safetensors_find(const reel_safetensors *file, const char *name)
{
    for (int i = 0; i < file->count; i++) {
        if (strcmp(file->items[i].name, name) == 0) {
            return &file->items[i].tensor;
        }
    }
    return NULL;
}

const char *reel_safetensors_meta(const reel_safetensors *file, const char *key)
{
    return json_string_value(json_object_get(file->metadata, key));
}
