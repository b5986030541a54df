/* Reading the options of the stage "dit". */
#include "train/dit_options.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

static const char *const mode_names[] = { "images", "video", "audio", "joint" };

static const char *const default_prompts[REEL_SAMPLE_PROMPTS] = {
    "a red ball bounces on a sunny meadow",
    "a large blue crate rolls along the street at night",
    "a yellow star spins in a room",
    "a small green bottle jumps on the beach",
    "a white bell swings in the desert at night",
    "a purple cone flies over the meadow in the rain",
    "an orange ball rolls in a room",
    "a pink star jumps in the desert while it snows",
};

int reel_dit_bucket_has_video(const reel_dit_bucket *bucket)
{
    return bucket->mode != REEL_TRAIN_AUDIO;
}

int reel_dit_bucket_has_audio(const reel_dit_bucket *bucket)
{
    return (bucket->mode == REEL_TRAIN_AUDIO || bucket->mode == REEL_TRAIN_JOINT) &&
           bucket->seconds > 0;
}

static reel_status read_mode(reel_train_mode *out, const json_t *object)
{
    const char *name = NULL;
    REEL_TRY(reel_json_string(&name, object, "mode"));
    for (int i = 0; name && i <= REEL_TRAIN_JOINT; i++) {
        if (strcmp(name, mode_names[i]) == 0) {
            *out = (reel_train_mode)i;
            return REEL_OK;
        }
    }
    return name ? REEL_FAIL(REEL_ERR_FORMAT,
                            "mode: is \"%s\", expected images, video, audio or joint", name)
                : REEL_OK;
}

static reel_status read_bucket(reel_dit_bucket *b, const json_t *object)
{
    static const char *const keys[] = { "width", "height",     "seconds",     "clips",
                                        "share", "crop_share", "short_share", "batch",
                                        "seed",  "mode",       NULL };
    REEL_TRY(reel_json_only(object, keys));
    REEL_TRY(reel_json_int(&b->width, object, "width", 16, 4096));
    REEL_TRY(reel_json_int(&b->height, object, "height", 16, 4096));
    REEL_TRY(read_mode(&b->mode, object));
    if (b->mode == REEL_TRAIN_IMAGES) {
        b->seconds = 0;
    }
    REEL_TRY(reel_json_double(&b->seconds, object, "seconds", 0, 60));
    REEL_TRY(reel_json_i64(&b->clips, object, "clips", 1, 4000000));
    REEL_TRY(reel_json_double(&b->share, object, "share", 1e-6, 1e6));
    REEL_TRY(reel_json_double(&b->crop_share, object, "crop_share", 0, 1));
    REEL_TRY(reel_json_double(&b->short_share, object, "short_share", 0, 1));
    REEL_TRY(reel_json_int(&b->batch, object, "batch", 1, 65536));
    REEL_TRY(reel_json_i64(&b->seed, object, "seed", 0, INT64_MAX));
    if (b->seconds <= 0 && b->mode == REEL_TRAIN_AUDIO) {
        return REEL_FAIL(REEL_ERR_FORMAT, "seconds: is 0, sound needs some");
    }
    return REEL_OK;
}

static reel_status read_buckets(reel_dit_options *o, const reel_recipe *recipe)
{
    const json_t *list = json_object_get(recipe->options, "buckets");
    size_t count = list ? json_array_size(list) : 1;
    if (count < 1 || count > REEL_BUCKETS_MAX) {
        return REEL_FAIL(REEL_ERR_FORMAT, "buckets: expected an array of 1 to %d",
                         REEL_BUCKETS_MAX);
    }
    o->bucket_count = (int)count;
    for (int i = 0; i < o->bucket_count; i++) {
        reel_dit_bucket *b = &o->bucket[i];
        *b = (reel_dit_bucket){ .width = 144,
                                .height = 80,
                                .seconds = 3,
                                .clips = 8192,
                                .share = 1,
                                .short_share = 1.0 / 3.0,
                                .batch = recipe->batch,
                                .mode = o->mode,
                                .seed = (int64_t)recipe->seed };
        if (o->mode == REEL_TRAIN_IMAGES) {
            b->seconds = 0;
        }
        reel_status status = list ? read_bucket(b, json_array_get(list, (size_t)i)) : REEL_OK;
        if (status < 0) {
            return reel_fail_in(status, "buckets[%d]", i);
        }
        if (b->seconds > 0) {
            snprintf(b->dir, sizeof b->dir, "%.1000s/%dx%d_%gs", o->cache_dir, b->width, b->height,
                     b->seconds);
        } else {
            snprintf(b->dir, sizeof b->dir, "%.1000s/%dx%d_stills", o->cache_dir, b->width,
                     b->height);
        }
    }
    return REEL_OK;
}

static reel_status read_cache(reel_dit_options *o, const json_t *object)
{
    const char *how = "build";
    REEL_TRY(reel_json_string(&how, object, "cache"));
    REEL_TRY(reel_json_string(&o->cache_dir, object, "cache_dir"));
    o->build_cache = strcmp(how, "build") == 0;
    return o->build_cache || strcmp(how, "as_it_is") == 0
               ? REEL_OK
               : REEL_FAIL(REEL_ERR_FORMAT, "cache: is \"%s\", expected build or as_it_is", how);
}

static reel_status read_mixes(reel_dit_options *o, const json_t *object)
{
    const json_t *sigma = json_object_get(object, "sigma");
    const json_t *tasks = json_object_get(object, "tasks");
    reel_status status = sigma ? reel_sigma_mix_read(&o->sigma, sigma) : REEL_OK;
    if (status < 0) {
        return reel_fail_in(status, "sigma");
    }
    status = tasks ? reel_task_mix_read(&o->tasks, tasks) : REEL_OK;
    return status < 0 ? reel_fail_in(status, "tasks") : REEL_OK;
}

static reel_status read_samples(reel_dit_options *o, const json_t *object)
{
    const json_t *prompts = json_object_get(object, "sample_prompts");
    REEL_TRY(reel_json_int(&o->sample_steps, object, "sample_steps", 1, 1000));
    REEL_TRY(reel_json_double(&o->sample_guidance, object, "sample_guidance", 0, 100));
    if (prompts) {
        o->sample_prompt_count = 0;
    }
    for (size_t i = 0; i < json_array_size(prompts) && i < REEL_SAMPLE_PROMPTS; i++) {
        const char *text = json_string_value(json_array_get(prompts, i));
        if (!text) {
            return REEL_FAIL(REEL_ERR_FORMAT, "sample_prompts[%zu]: expected a string", i);
        }
        o->sample_prompts[o->sample_prompt_count++] = text;
    }
    return REEL_OK;
}

static reel_status read_all(reel_dit_options *o, const reel_recipe *recipe)
{
    static const char *const keys[] = {
        "mode",      "buckets",    "cache_dir", "cache",        "prompt_dropout",  "sigma",
        "tasks",     "audio_from", "fps",       "sample_steps", "sample_guidance", "sample_prompts",
        "recompute", NULL,
    };
    const json_t *object = recipe->options;
    REEL_TRY(reel_json_only(object, keys));
    REEL_TRY(read_mode(&o->mode, object));
    REEL_TRY(read_cache(o, object));
    REEL_TRY(read_buckets(o, recipe));
    REEL_TRY(reel_json_double(&o->prompt_dropout, object, "prompt_dropout", 0, 1));
    REEL_TRY(reel_json_string(&o->audio_from, object, "audio_from"));
    REEL_TRY(reel_json_int(&o->fps, object, "fps", 1, 120));
    REEL_TRY(reel_json_bool(&o->recompute, object, "recompute"));
    REEL_TRY(read_mixes(o, object));
    return read_samples(o, object);
}

reel_status reel_dit_options_read(reel_dit_options *out, const reel_recipe *recipe)
{
    *out = (reel_dit_options){
        .mode = REEL_TRAIN_JOINT,
        .cache_dir = "cache",
        .prompt_dropout = 0.12,
        .fps = 16,
        .sigma = reel_sigma_mix_default(),
        .tasks = reel_task_mix_default(),
        .sample_steps = 12,
        .sample_guidance = 2,
        .sample_prompt_count = REEL_SAMPLE_PROMPTS,
    };
    memcpy(out->sample_prompts, default_prompts, sizeof default_prompts);
    reel_status status = read_all(out, recipe);
    return status < 0 ? reel_fail_in(status, "options") : REEL_OK;
}
