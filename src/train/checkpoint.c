/* Saving and restoring a run. */
#include "train/checkpoint.h"

#include "base/error.h"
#include "base/log.h"
#include "tensor/safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char FORMAT[] = "reel-checkpoint-1";

enum { BUFFERS = 4, NAME_SIZE = 128 };

typedef struct {
    const char *prefix;
    float *values; /* [elements], NULL: not kept */
} buffer;

static void buffers_of(buffer out[BUFFERS], const reel_checkpoint *c)
{
    out[0] = (buffer){ "weights", c->optimiser->weights->values };
    out[1] = (buffer){ "average", c->average };
    out[2] = (buffer){ "first", c->optimiser->first };
    out[3] = (buffer){ "second", c->optimiser->second };
}

/* The document sorted and without blanks, so that two texts of one recipe are equal. */
static char *recipe_text(const reel_recipe *recipe)
{
    return json_dumps(recipe->document, JSON_COMPACT | JSON_SORT_KEYS);
}

static json_t *metadata_of(const reel_checkpoint *c)
{
    char step[32], seconds[32];
    snprintf(step, sizeof step, "%lld", (long long)c->step);
    snprintf(seconds, sizeof seconds, "%.3f", c->seconds);
    char *recipe = recipe_text(c->recipe);
    json_t *metadata =
        recipe ? json_pack("{s:s, s:s, s:s, s:s, s:s}", "format", FORMAT, "stage", c->recipe->stage,
                           "step", step, "seconds", seconds, "recipe", recipe)
               : NULL;
    free(recipe);
    return metadata;
}

typedef struct {
    reel_safetensors_entry *entries;
    reel_tensor *tensors;
    char (*names)[NAME_SIZE];
    void **copies; /* on the host, of what the device holds */
    int count;
} table;

static void table_free(table *t)
{
    for (int i = 0; t->copies && i < t->count; i++) {
        free(t->copies[i]);
    }
    free(t->copies);
    free(t->entries);
    free(t->tensors);
    free(t->names);
}

static reel_status table_init(table *t, const reel_checkpoint *c)
{
    const reel_weights *set = c->optimiser->weights;
    size_t most = (size_t)set->count * BUFFERS + 1;
    *t = (table){ .entries = calloc(most, sizeof *t->entries),
                  .tensors = calloc(most, sizeof *t->tensors),
                  .names = calloc(most, sizeof *t->names),
                  .copies = calloc(most, sizeof *t->copies) };
    if (!t->entries || !t->tensors || !t->names || !t->copies) {
        table_free(t);
        return REEL_FAIL(REEL_ERR_MEMORY, "checkpoint: no memory for %zu tensors", most);
    }
    buffer buffers[BUFFERS];
    buffers_of(buffers, c);
    for (int b = 0; b < BUFFERS; b++) {
        for (int i = 0; buffers[b].values && i < set->count; i++) {
            const reel_weight *w = &set->items[i];
            int n = t->count++;
            snprintf(t->names[n], NAME_SIZE, "%s.%s", buffers[b].prefix, w->name);
            t->tensors[n] = *w->tensor;
            t->tensors[n].data = buffers[b].values + w->offset;
            t->entries[n] = (reel_safetensors_entry){ t->names[n], &t->tensors[n], REEL_F32 };
        }
    }
    return REEL_OK;
}

/* Where the host cannot read the buffers, the tensors point to copies that it can. */
static reel_status bring_out(table *t)
{
    for (int i = 0; i < t->count && !reel_device_current()->host_can_read; i++) {
        size_t size = reel_size_bytes(&t->tensors[i]);
        t->copies[i] = malloc(size + 1);
        if (!t->copies[i]) {
            return REEL_FAIL(REEL_ERR_MEMORY, "checkpoint: no memory for %s", t->names[i]);
        }
        REEL_TRY(reel_copy_out(t->copies[i], t->tensors[i].data, size));
        t->tensors[i].data = t->copies[i];
    }
    return REEL_OK;
}

reel_status reel_checkpoint_save(const reel_checkpoint *c, const char *path)
{
    table t;
    REEL_TRY(table_init(&t, c));
    json_t *metadata = metadata_of(c);
    reel_status status =
        metadata ? bring_out(&t) : REEL_FAIL(REEL_ERR_MEMORY, "checkpoint: no memory");
    if (status == REEL_OK) {
        status = reel_safetensors_write(path, t.entries, t.count, metadata);
    }
    json_decref(metadata);
    table_free(&t);
    return status;
}

static reel_status read_metadata(reel_checkpoint *c, const reel_safetensors *file)
{
    const char *format = reel_safetensors_meta(file, "format");
    const char *stage = reel_safetensors_meta(file, "stage");
    const char *step = reel_safetensors_meta(file, "step");
    const char *seconds = reel_safetensors_meta(file, "seconds");
    const char *recipe = reel_safetensors_meta(file, "recipe");
    if (!format || strcmp(format, FORMAT) != 0 || !stage || !step || !seconds || !recipe) {
        return REEL_FAIL(REEL_ERR_FORMAT, "is no checkpoint of the format %s", FORMAT);
    }
    if (strcmp(stage, c->recipe->stage) != 0) {
        return REEL_FAIL(REEL_ERR_FORMAT, "is of the stage %s, expected %s", stage,
                         c->recipe->stage);
    }
    c->step = strtoll(step, NULL, 10);
    c->seconds = strtod(seconds, NULL);
    if (c->step < 0 || !(c->seconds >= 0)) {
        return REEL_FAIL(REEL_ERR_FORMAT, "step: is %s after %s seconds", step, seconds);
    }
    char *now = recipe_text(c->recipe);
    if (now && strcmp(now, recipe) != 0) {
        reel_log(REEL_LOG_WARN, "the recipe is not the one that the checkpoint was made with");
    }
    free(now);
    return REEL_OK;
}

static reel_status read_tensors(const reel_checkpoint *c, const reel_safetensors *file)
{
    table t;
    REEL_TRY(table_init(&t, c));
    reel_status status = REEL_OK;
    for (int i = 0; i < t.count && status == REEL_OK; i++) {
        const reel_tensor *from = reel_safetensors_find(file, t.names[i]), *to = &t.tensors[i];
        if (!from || from->dtype != REEL_F32 || !reel_same_shape(from, to)) {
            status = REEL_FAIL(REEL_ERR_FORMAT, "%s: is %s, expected %s", t.names[i],
                               from ? reel_shape(from).text : "absent", reel_shape(to).text);
        }
    }
    for (int i = 0; i < t.count && status == REEL_OK; i++) {
        const reel_tensor *from = reel_safetensors_find(file, t.names[i]);
        status = reel_copy_in(t.tensors[i].data, from->data, reel_size_bytes(from));
    }
    table_free(&t);
    return status;
}

reel_status reel_checkpoint_load(reel_checkpoint *c, const char *path)
{
    reel_safetensors file;
    REEL_TRY(reel_safetensors_open(&file, path));
    reel_status status = read_metadata(c, &file);
    if (status == REEL_OK) {
        status = read_tensors(c, &file);
    }
    reel_safetensors_close(&file);
    return status < 0 ? reel_fail_in(status, "%s", path) : REEL_OK;
}
