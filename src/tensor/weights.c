/* Declaring weights and giving them memory. */
#include "tensor/weights.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/rng.h"
#include "tensor/int8_matrix.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OFFSET_ALIGN = 16 };

void reel_weights_init_set(reel_weights *set)
{
    *set = (reel_weights){ 0 };
}

void reel_weights_deinit(reel_weights *set)
{
    for (int i = 0; i < set->count; i++) {
        free(set->items[i].tensor->grad);
        free(set->items[i].tensor);
    }
    free(set->items);
    if (set->device) {
        set->device->ops->release(set->device, set->values);
        set->device->ops->release(set->device, set->grads);
        set->device->ops->release(set->device, set->matrices);
    }
    reel_file_unmap(&set->mapping);
    *set = (reel_weights){ 0 };
}

void reel_weights_push(reel_weights *set, const char *format, ...)
{
    size_t length = strlen(set->prefix);
    va_list args;
    va_start(args, format);
    int added = vsnprintf(set->prefix + length, sizeof set->prefix - length - 1, format, args);
    va_end(args);
    if (set->depth == (int)sizeof set->scope || added < 0 ||
        length + (size_t)added + 2 > sizeof set->prefix) {
        set->status = REEL_FAIL(REEL_ERR_INTERNAL, "weights: the scope %s is too long or too deep",
                                set->prefix);
        set->prefix[length] = 0;
        return;
    }
    memcpy(set->prefix + length + added, ".", 2);
    set->scope[set->depth++] = (uint8_t)length;
}

void reel_weights_pop(reel_weights *set)
{
    if (set->depth > 0) { /* 0 after a push that did not fit */
        set->prefix[set->scope[--set->depth]] = 0;
    }
}

static reel_weight *new_item(reel_weights *set)
{
    if (set->count == set->capacity) {
        int capacity = set->capacity ? 2 * set->capacity : 64;
        reel_weight *items = realloc(set->items, (size_t)capacity * sizeof *items);
        if (!items) {
            return NULL;
        }
        set->items = items;
        set->capacity = capacity;
    }
    return &set->items[set->count];
}

static size_t padded_count(const reel_tensor *t)
{
    return ((size_t)reel_count(t) + OFFSET_ALIGN - 1) / OFFSET_ALIGN * OFFSET_ALIGN;
}

void reel_weights_declare(reel_weights *set, reel_tensor **tensor, const char *name, reel_init init,
                          reel_weight_group group, int rank, const int64_t *dim)
{
    *tensor = NULL;
    reel_weight *item = set->status == REEL_OK ? new_item(set) : NULL;
    reel_tensor *t = item ? calloc(1, sizeof *t) : NULL;
    if (!t) {
        if (set->status == REEL_OK) {
            set->status = REEL_FAIL(REEL_ERR_MEMORY, "weights: no memory for %s", name);
        }
        return;
    }
    *item = (reel_weight){ .tensor = t, .init = init, .group = group, .offset = set->elements };
    int length = snprintf(item->name, sizeof item->name, "%s%s", set->prefix, name);
    if (length >= (int)sizeof item->name) {
        set->status =
            REEL_FAIL(REEL_ERR_INTERNAL, "weights: the name %s%s is too long", set->prefix, name);
    }
    t->dtype = REEL_F32;
    t->rank = rank;
    memcpy(t->dim, dim, (size_t)rank * sizeof *dim);
    set->elements += padded_count(t);
    set->count++;
    *tensor = t;
}

/* Both buffers of a set are on one device, whichever is selected when the second is made. */
static reel_status alloc_buffer(float **out, reel_weights *set)
{
    size_t count = set->elements ? set->elements : OFFSET_ALIGN;
    size_t size = reel_size_mul(count, sizeof(float));
    void *memory;
    set->device = set->device ? set->device : reel_device_current();
    reel_status status = set->device->ops->allocate(set->device, &memory, size, 1);
    if (status < 0) {
        return reel_fail_in(status, "weights: %zu elements", set->elements);
    }
    *out = memory;
    return REEL_OK;
}

int reel_weight_has_form(const reel_weight *w)
{
    return w->group == REEL_GROUP_MATRIX && w->tensor->rank == 2 &&
           w->tensor->dim[1] <= REEL_INT8_IN_MAX;
}

/* The places of what is f32 when the matrices are not. */
static void place_the_rest(reel_weights *set)
{
    set->elements = 0;
    for (int i = 0; i < set->count; i++) {
        reel_weight *w = &set->items[i];
        if (reel_weight_has_form(w)) {
            w->offset = 0;
        } else {
            w->offset = set->elements;
            set->elements += padded_count(w->tensor);
        }
    }
}

static size_t int8_bytes(const reel_weight *w)
{
    return reel_int8_matrix_bytes(w->tensor->dim[0], w->tensor->dim[1]);
}

static reel_status alloc_matrices(reel_weights *set)
{
    size_t bytes = 0;
    for (int i = 0; i < set->count; i++) {
        bytes += reel_weight_has_form(&set->items[i]) ? int8_bytes(&set->items[i]) : 0;
    }
    void *memory;
    REEL_TRY(set->device->ops->allocate(set->device, &memory, bytes, 1));
    char *at = set->matrices = memory;
    for (int i = 0; i < set->count; i++) {
        const reel_weight *w = &set->items[i];
        if (reel_weight_has_form(w)) {
            w->tensor->dtype = REEL_I8;
            w->tensor->data = at;
            at += int8_bytes(w);
        }
    }
    return REEL_OK;
}

reel_status reel_weights_alloc_as(reel_weights *set, reel_weights_form form)
{
    REEL_TRY(set->status);
    const reel_device *device = reel_device_current();
    if (form != REEL_WEIGHTS_F32 && device->kind != REEL_DEVICE_CPU) {
        return REEL_FAIL(REEL_ERR_UNSUPPORTED, "weights: stored or int8 on %s, expected f32",
                         device->name);
    }
    set->form = form;
    if (form != REEL_WEIGHTS_F32) {
        place_the_rest(set);
    }
    REEL_TRY(alloc_buffer(&set->values, set));
    if (form == REEL_WEIGHTS_INT8) {
        REEL_TRY(alloc_matrices(set));
    }
    for (int i = 0; i < set->count; i++) {
        const reel_weight *w = &set->items[i];
        if (form == REEL_WEIGHTS_F32 || !reel_weight_has_form(w)) {
            w->tensor->data = set->values + w->offset;
        }
    }
    return REEL_OK;
}

reel_status reel_weights_alloc(reel_weights *set)
{
    return reel_weights_alloc_as(set, REEL_WEIGHTS_F32);
}

reel_status reel_weights_alloc_grads(reel_weights *set)
{
    REEL_TRY(alloc_buffer(&set->grads, set));
    for (int i = 0; i < set->count; i++) {
        reel_tensor *t = set->items[i].tensor, *grad = malloc(sizeof *grad);
        if (!grad) {
            return REEL_FAIL(REEL_ERR_MEMORY, "weights: no memory for %s", set->items[i].name);
        }
        *grad = *t;
        grad->grad = NULL;
        grad->data = set->grads + set->items[i].offset;
        t->grad = grad;
        t->wants_grad = set->items[i].group != REEL_GROUP_CONSTANT;
    }
    return REEL_OK;
}

reel_status reel_weights_zero_grads(reel_weights *set)
{
    return set->device->ops->zero(set->device, set->grads, set->elements * sizeof(float));
}

int reel_weights_want_grads(reel_weights *set, const char *prefix, int wanted)
{
    int matched = 0;
    for (int i = 0; i < set->count; i++) {
        const reel_weight *w = &set->items[i];
        if (w->group != REEL_GROUP_CONSTANT && strncmp(w->name, prefix, strlen(prefix)) == 0) {
            w->tensor->wants_grad = wanted;
            matched++;
        }
    }
    return matched;
}

static double init_std(const reel_weight *w)
{
    double fan_in = w->tensor->dim[0] ? (double)(reel_count(w->tensor) / w->tensor->dim[0]) : 1.0;
    switch (w->init) {
    case REEL_INIT_LINEAR:
        return 1.0 / sqrt(fan_in);
    case REEL_INIT_HE:
        return sqrt(2.0 / fan_in);
    case REEL_INIT_EMBEDDING:
        return 0.02;
    case REEL_INIT_UNIT:
        return 1.0;
    case REEL_INIT_ZERO:
    case REEL_INIT_ONE:
    case REEL_INIT_IDENTITY:
        break;
    }
    return 0.0;
}

static uint64_t hash_name(const char *name)
{
    uint64_t h = 0;
    for (; *name; name++) {
        h = reel_rng_mix(h, (uint64_t)(unsigned char)*name);
    }
    return h;
}

reel_status reel_weight_set(const reel_weights *set, const reel_tensor *w, const float *values)
{
    return set->device->ops->copy_in(set->device, w->data, values, reel_size_bytes(w));
}

reel_status reel_weight_get(float *values, const reel_weights *set, const reel_tensor *w)
{
    return set->device->ops->copy_out(set->device, values, w->data, reel_size_bytes(w));
}

/* Element `index` of a start that is not random. */
static float fixed_start(const reel_weight *w, int64_t index)
{
    int64_t columns = reel_width(w->tensor);
    int is_one = w->init == REEL_INIT_ONE ||
                 (w->init == REEL_INIT_IDENTITY && index / columns == index % columns);
    return is_one ? 1.0f : 0.0f;
}

static void randomise(float *value, const reel_weight *w, uint64_t seed)
{
    int64_t count = reel_count(w->tensor);
    float std = (float)init_std(w);
    if (std > 0) {
        reel_rng_fill_normal(value, (size_t)count, seed, hash_name(w->name));
    }
    for (int64_t j = 0; j < count; j++) {
        value[j] = std > 0 ? value[j] * std : fixed_start(w, j);
    }
}

reel_status reel_weights_randomise(reel_weights *set, uint64_t seed)
{
    reel_status status = REEL_OK;
    for (int i = 0; i < set->count && status == REEL_OK; i++) {
        const reel_weight *w = &set->items[i];
        float *values = malloc(reel_size_bytes(w->tensor) + 1);
        if (!values) {
            return REEL_FAIL(REEL_ERR_MEMORY, "weights: no memory for %s", w->name);
        }
        randomise(values, w, seed);
        status = reel_weight_set(set, w->tensor, values);
        free(values);
    }
    return status;
}

int64_t reel_weights_count(const reel_weights *set)
{
    int64_t count = 0;
    for (int i = 0; i < set->count; i++) {
        count += reel_count(set->items[i].tensor);
    }
    return count;
}

size_t reel_weights_bytes(const reel_weights *set)
{
    size_t bytes = set->elements * sizeof(float);
    for (int i = 0; i < set->count && set->form != REEL_WEIGHTS_F32; i++) {
        const reel_weight *w = &set->items[i];
        if (reel_weight_has_form(w)) {
            bytes += w->tensor->dtype == REEL_I8 ? int8_bytes(w) : reel_size_bytes(w->tensor);
        }
    }
    return bytes;
}
