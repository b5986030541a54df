/* Writing safetensors: a header padded so that the data is aligned, then the data. */
#include "tensor/safetensors.h"

#include "base/error.h"
#include "base/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH_SIZE = 8, HEADER_LIMIT = 64 << 20, DATA_ALIGN = 64, CHUNK = 4096 };

static const char *const stored_names[] = {
    [REEL_F32] = "F32", [REEL_F16] = "F16", [REEL_BF16] = "BF16",
    [REEL_I32] = "I32", [REEL_U8] = "U8",   [REEL_I8] = "I8",
};

static int is_half(reel_dtype dtype)
{
    return dtype == REEL_F16 || dtype == REEL_BF16;
}

static reel_status check_entry(const reel_safetensors_entry *e)
{
    if (e->stored != e->tensor->dtype && !(e->tensor->dtype == REEL_F32 && is_half(e->stored))) {
        return REEL_FAIL(REEL_ERR_UNSUPPORTED, "%s: is %s and cannot be stored as %s", e->name,
                         reel_shape(e->tensor).text, reel_dtype_name(e->stored));
    }
    if (strcmp(e->name, "__metadata__") == 0) {
        return REEL_FAIL(REEL_ERR_INVALID, "%s: is no name for a tensor", e->name);
    }
    return REEL_OK;
}

static reel_status check_metadata(const json_t *metadata)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)metadata, key, value)
    {
        if (!json_is_string(value)) {
            return REEL_FAIL(REEL_ERR_INVALID, "__metadata__: %s: expected a string", key);
        }
    }
    return REEL_OK;
}

/* Describe one entry; *offset moves past its data. */
static reel_status add_to_header(json_t *header, const reel_safetensors_entry *e, size_t *offset)
{
    if (json_object_get(header, e->name)) {
        return REEL_FAIL(REEL_ERR_INVALID, "%s: is given twice", e->name);
    }
    size_t end = *offset + (size_t)reel_count(e->tensor) * reel_dtype_size(e->stored);
    json_t *shape = json_array();
    int failed = 0;
    for (int i = 0; i < e->tensor->rank; i++) {
        failed |= json_array_append_new(shape, json_integer(e->tensor->dim[i]));
    }
    json_t *item = json_pack("{s:s, s:o, s:[I, I]}", "dtype", stored_names[e->stored], "shape",
                             shape, "data_offsets", (json_int_t)*offset, (json_int_t)end);
    failed |= json_object_set_new(header, e->name, item);
    *offset = end;
    return failed ? REEL_FAIL(REEL_ERR_INVALID, "%s: no memory for it, or no UTF-8", e->name)
                  : REEL_OK;
}

/* The next entry to write at `cursor`, which begins at 0. Wide elements come first, so that every
 * tensor is aligned although the format allows no holes. */
static const reel_safetensors_entry *next_entry(const reel_safetensors_entry *entries, int count,
                                                int *cursor)
{
    while (*cursor < 3 * count) {
        size_t size = (size_t)4 >> (*cursor / count);
        const reel_safetensors_entry *e = &entries[(*cursor)++ % count];
        if (reel_dtype_size(e->stored) == size) {
            return e;
        }
    }
    return NULL;
}

/* The header's text without padding, owned by the caller, released with free(). */
static reel_status make_header(char **out, const reel_safetensors_entry *entries, int count,
                               const json_t *metadata)
{
    *out = NULL;
    REEL_TRY(check_metadata(metadata));
    json_t *header = json_object();
    if (!header) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for the header");
    }
    reel_status status = REEL_OK;
    if (metadata) {
        json_object_set(header, "__metadata__", (json_t *)(uintptr_t)metadata);
    }
    size_t offset = 0;
    int cursor = 0;
    const reel_safetensors_entry *e;
    while ((e = next_entry(entries, count, &cursor))) {
        REEL_TRY_OR_DONE(check_entry(e));
        REEL_TRY_OR_DONE(add_to_header(header, e, &offset));
    }
    *out = json_dumps(header, JSON_COMPACT);
    if (!*out) {
        status = REEL_FAIL(REEL_ERR_MEMORY, "no memory for the header");
    } else if (strlen(*out) > HEADER_LIMIT - DATA_ALIGN) {
        status = REEL_FAIL(REEL_ERR_UNSUPPORTED, "header: has %zu bytes, expected at most %d",
                           strlen(*out), HEADER_LIMIT - DATA_ALIGN);
        free(*out);
        *out = NULL;
    }
done:
    json_decref(header);
    return status;
}

static void write_header(FILE *stream, const char *text)
{
    size_t length = strlen(text);
    size_t padding = (DATA_ALIGN - (LENGTH_SIZE + length) % DATA_ALIGN) % DATA_ALIGN;
    uint64_t total = length + padding;
    fwrite(&total, LENGTH_SIZE, 1, stream);
    fwrite(text, 1, length, stream);
    fprintf(stream, "%*s", (int)padding, "");
}

static reel_status write_as_half(FILE *stream, const reel_safetensors_entry *e)
{
    const float *values = reel_f32(e->tensor);
    int64_t count = reel_count(e->tensor);
    uint16_t chunk[CHUNK];
    for (int64_t i = 0; i < count; i += CHUNK) {
        int64_t n = count - i < CHUNK ? count - i : CHUNK;
        int overflows = 0;
        for (int64_t j = 0; j < n; j++) {
            float x = values[i + j];
            chunk[j] = e->stored == REEL_F16 ? reel_f32_to_f16(x) : reel_f32_to_bf16(x);
            uint16_t infinity = e->stored == REEL_F16 ? 0x7c00 : 0x7f80;
            overflows |= (chunk[j] & 0x7fff) == infinity && isfinite(x);
        }
        if (overflows) {
            return REEL_FAIL(REEL_ERR_INVALID, "%s: has a value that %s cannot hold", e->name,
                             reel_dtype_name(e->stored));
        }
        fwrite(chunk, sizeof *chunk, (size_t)n, stream);
    }
    return REEL_OK;
}

static reel_status write_entries(FILE *stream, const reel_safetensors_entry *entries, int count)
{
    int cursor = 0;
    const reel_safetensors_entry *e;
    while ((e = next_entry(entries, count, &cursor))) {
        if (e->stored != e->tensor->dtype) {
            REEL_TRY(write_as_half(stream, e));
        } else if (reel_size_bytes(e->tensor) > 0) {
            fwrite(e->tensor->data, 1, reel_size_bytes(e->tensor), stream);
        }
    }
    return REEL_OK;
}

reel_status reel_safetensors_write(const char *path, const reel_safetensors_entry *entries,
                                   int count, const struct json_t *metadata)
{
    char *header;
    reel_status status = make_header(&header, entries, count, metadata);
    if (status < 0) {
        return reel_fail_in(status, "%s", path);
    }
    reel_atomic_file file;
    status = reel_atomic_open(&file, path);
    if (status < 0) {
        free(header);
        return status;
    }
    write_header(file.stream, header);
    free(header);
    status = write_entries(file.stream, entries, count);
    if (status < 0) {
        reel_atomic_abort(&file);
        return reel_fail_in(status, "%s", path);
    }
    return reel_atomic_commit(&file); /* finds the stream's error, if any write had one */
}
