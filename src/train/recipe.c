/* Reading a recipe: defaults, ranges, and no key that nobody reads. */
#include "train/recipe.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static const char *const keys[] = {
    "stage",
    "note",
    "part",
    "model_dir",
    "part_dir",
    "init_from",
    "data",
    "seed",
    "steps",
    "batch",
    "lr",
    "muon_lr",
    "beta1",
    "beta2",
    "weight_decay",
    "clip_norm",
    "warmup",
    "decay_from",
    "lr_end",
    "ema",
    "log_every",
    "sample_every",
    "checkpoint_every",
    "checkpoint_minutes",
    "config",
    "options",
    NULL,
};

static const int64_t STEPS_MAX = 1000000000;

static reel_status read_text(char **out, const json_t *document, const char *key,
                             const char *fallback)
{
    const char *text = fallback;
    REEL_TRY(reel_json_string(&text, document, key));
    *out = text ? strdup(text) : NULL;
    if (text && !*out) {
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory", key);
    }
    return REEL_OK;
}

static reel_status read_object(json_t **out, json_t *document, const char *key)
{
    json_t *value = json_object_get(document, key);
    if (!value) {
        value = json_object();
        if (!value || json_object_set_new(document, key, value) != 0) {
            return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory", key);
        }
    }
    if (!json_is_object(value)) {
        return REEL_FAIL(REEL_ERR_FORMAT, "%s: expected an object", key);
    }
    *out = value;
    return REEL_OK;
}

static reel_status read_names(reel_recipe *r)
{
    const char *note = NULL;
    REEL_TRY(reel_json_only(r->document, keys));
    REEL_TRY(reel_json_string(&note, r->document, "note"));
    REEL_TRY(read_text(&r->stage, r->document, "stage", NULL));
    if (!r->stage) {
        return REEL_FAIL(REEL_ERR_FORMAT, "stage: is missing");
    }
    REEL_TRY(read_text(&r->part, r->document, "part", r->stage));
    if (!r->part[0] || strchr(r->part, '/')) {
        return REEL_FAIL(REEL_ERR_FORMAT, "part: is \"%s\", expected a file name", r->part);
    }
    REEL_TRY(read_text(&r->model_dir, r->document, "model_dir", "models/mini"));
    REEL_TRY(read_text(&r->part_dir, r->document, "part_dir", r->model_dir));
    REEL_TRY(read_text(&r->init_from, r->document, "init_from", NULL));
    REEL_TRY(read_text(&r->data, r->document, "data", "world"));
    REEL_TRY(read_object(&r->config, r->document, "config"));
    return read_object(&r->options, r->document, "options");
}

static reel_status read_optimiser(reel_recipe *r)
{
    const json_t *d = r->document;
    REEL_TRY(reel_json_float(&r->lr, d, "lr", 0, 1));
    REEL_TRY(reel_json_float(&r->muon_lr, d, "muon_lr", 0, 1));
    REEL_TRY(reel_json_float(&r->weight_decay, d, "weight_decay", 0, 10));
    REEL_TRY(reel_json_float(&r->beta1, d, "beta1", 0, 0.9999));
    REEL_TRY(reel_json_float(&r->beta2, d, "beta2", 0, 0.99999));
    REEL_TRY(reel_json_float(&r->clip_norm, d, "clip_norm", 0, 1e6));
    REEL_TRY(reel_json_i64(&r->warmup, d, "warmup", 0, STEPS_MAX));
    REEL_TRY(reel_json_double(&r->decay_from, d, "decay_from", 0, 1));
    REEL_TRY(reel_json_float(&r->lr_end, d, "lr_end", 0, 1));
    return reel_json_float(&r->ema, d, "ema", 0, 0.999999);
}

static reel_status read_pace(reel_recipe *r)
{
    const json_t *d = r->document;
    int64_t seed = 0;
    REEL_TRY(reel_json_i64(&seed, d, "seed", 0, INT64_MAX));
    r->seed = (uint64_t)seed;
    REEL_TRY(reel_json_i64(&r->steps, d, "steps", 1, STEPS_MAX));
    REEL_TRY(reel_json_int(&r->batch, d, "batch", 1, 65536));
    REEL_TRY(reel_json_i64(&r->log_every, d, "log_every", 1, STEPS_MAX));
    REEL_TRY(reel_json_i64(&r->sample_every, d, "sample_every", 0, STEPS_MAX));
    REEL_TRY(reel_json_i64(&r->checkpoint_every, d, "checkpoint_every", 0, STEPS_MAX));
    return reel_json_double(&r->checkpoint_minutes, d, "checkpoint_minutes", 0, 1e6);
}

reel_status reel_recipe_read(reel_recipe *out, json_t *document)
{
    *out = (reel_recipe){
        .document = document,
        .steps = 1000,
        .batch = 16,
        .lr = 1e-3f,
        .weight_decay = 0.01f,
        .beta1 = 0.9f,
        .beta2 = 0.99f,
        .clip_norm = 1.0f,
        .warmup = 40,
        .decay_from = 0.5,
        .ema = 0.998f,
        .log_every = 10,
        .checkpoint_minutes = 5,
    };
    reel_status status;
    REEL_TRY_OR_DONE(read_names(out));
    REEL_TRY_OR_DONE(read_optimiser(out));
    REEL_TRY_OR_DONE(read_pace(out));
done:
    if (status < 0) {
        reel_recipe_deinit(out);
    }
    return status;
}

reel_status reel_recipe_load(reel_recipe *out, const char *path)
{
    *out = (reel_recipe){ 0 };
    json_t *document = NULL;
    REEL_TRY(reel_json_load(&document, path));
    reel_status status = reel_recipe_read(out, document);
    return status < 0 ? reel_fail_in(status, "%s", path) : REEL_OK;
}

void reel_recipe_deinit(reel_recipe *recipe)
{
    free(recipe->stage);
    free(recipe->part);
    free(recipe->model_dir);
    free(recipe->part_dir);
    free(recipe->init_from);
    free(recipe->data);
    json_decref(recipe->document);
    *recipe = (reel_recipe){ 0 };
}
