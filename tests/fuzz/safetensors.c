/* Fuzz target: any bytes as a safetensors file. What is accepted must be readable to the end. */
#include "tensor/safetensors.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Reading every element finds a range that leaves the file. */
static double sum_of(const reel_tensor *t)
{
    double sum = 0;
    int64_t count = reel_count(t);
    for (int64_t i = 0; i < count; i++) {
        switch (t->dtype) {
        case REEL_F32:
            sum += ((const float *)t->data)[i];
            break;
        case REEL_F16:
            sum += reel_f16_to_f32(((const uint16_t *)t->data)[i]);
            break;
        case REEL_BF16:
            sum += reel_bf16_to_f32(((const uint16_t *)t->data)[i]);
            break;
        case REEL_I32:
            sum += ((const int32_t *)t->data)[i];
            break;
        case REEL_U8:
            sum += ((const uint8_t *)t->data)[i];
            break;
        case REEL_I8:
            sum += ((const int8_t *)t->data)[i];
            break;
        }
    }
    return sum;
}

static volatile double sink; /* keeps the reads */

static void check_accepted(const reel_safetensors *file)
{
    for (int i = 0; i < file->count; i++) {
        const reel_safetensor *item = &file->items[i];
        if (reel_safetensors_find(file, item->name) != &item->tensor ||
            reel_shape(&item->tensor).text[0] != '[') {
            abort();
        }
        sink = sum_of(&item->tensor);
    }
    const char *key;
    json_t *value;
    json_object_foreach(file->metadata, key, value)
    {
        if (!reel_safetensors_meta(file, key)) {
            abort();
        }
    }
}

static void load_into_a_small_model(reel_safetensors *file, reel_weights_form form)
{
    reel_weights set;
    reel_tensor *t;
    reel_weights_init_set(&set);
    REEL_WEIGHT(&set, &t, "a", REEL_INIT_ZERO, REEL_GROUP_MATRIX, 2, 3);
    REEL_WEIGHT(&set, &t, "b", REEL_INIT_ZERO, REEL_GROUP_PLAIN, 4);
    if (reel_weights_alloc_as(&set, form) == REEL_OK) {
        reel_weights_load(&set, file);
    }
    reel_weights_deinit(&set);
}

/* An input that begins with 'H' is a header's text with a byte that says how much data follows, so
 * that the fuzzer need not guess the length field; any other is the file itself. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    int is_header = size >= 2 && bytes[0] == 'H';
    size_t data = is_header ? bytes[1] : 0, text = is_header ? size - 2 : size;
    size_t padded = is_header ? (text + 63) / 64 * 64 - 8 + 64 : 0;
    size_t total = is_header ? 8 + padded + data : size;
    unsigned char *copy = malloc(total ? total : 1); /* its end is the end of what may be read */
    if (!copy) {
        return 0;
    }
    if (is_header) {
        uint64_t length = padded;
        memset(copy, ' ', total);
        memcpy(copy, &length, 8);
        memcpy(copy + 8, bytes + 2, text);
    } else if (size) {
        memcpy(copy, bytes, size);
    }
    reel_safetensors file;
    if (reel_safetensors_parse(&file, copy, total) == REEL_OK) {
        check_accepted(&file);
        load_into_a_small_model(&file, REEL_WEIGHTS_F32);
        load_into_a_small_model(&file, REEL_WEIGHTS_STORED);
        load_into_a_small_model(&file, REEL_WEIGHTS_INT8);
        reel_safetensors_close(&file);
    }
    free(copy);
    return 0;
}
