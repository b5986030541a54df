/* Trainings of a tiny diffusion transformer in the scratch folder, whose losses are read back. */
#ifndef TESTS_TRAIN_TINY_RUN_H
#define TESTS_TRAIN_TINY_RUN_H

#include "base/error.h"
#include "base/file.h"
#include "scratch.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char tiny_config[] =
    "{\"width\": 16, \"heads\": 2, \"text_width\": 24, \"mlp_ratio\": 1, \"dual_blocks\": 1,"
    "\"single_blocks\": 1, \"video_channels\": 3, \"audio_channels\": 3, \"patch\": 2,"
    "\"frames_per_second\": 8, \"temporal_stride\": 2, \"audio_latents_per_second\": 15.625,"
    "\"rope_split\": [4, 2, 2], \"position_frequencies\": 2, \"av_sigma\": [0.1, 0.8],"
    "\"alignment_heads\": 2, \"alignment_features\": 4}";

/* buckets */
static const char tiny_films[] = "{\"width\": 32, \"height\": 16, \"seconds\": 1, \"clips\": 256,"
                                 "\"batch\": 4, \"crop_share\": 0.5}";
static const char tiny_stills[] = "{\"width\": 32, \"height\": 16, \"seconds\": 0, \"clips\": 256,"
                                  "\"batch\": 6, \"mode\": \"images\"}";

/* `more` goes behind the recipe's keys, `buckets` and `mode` into its options. */
static inline void tiny_recipe(reel_recipe *recipe, const char *mode, const char *buckets,
                               const char *more)
{
    char text[4096];
    json_t *document = NULL;
    snprintf(text, sizeof text,
             "{\"stage\": \"dit\", \"part\": \"dit_%s\", \"model_dir\": \"%s\", \"steps\": 24,"
             "\"batch\": 4, \"lr\": 0.01, \"muon_lr\": 0.02, \"warmup\": 2, \"log_every\": 1,"
             "\"seed\": 9, \"config\": %s%s, \"options\": {\"mode\": \"%s\", \"fps\": 8,"
             "\"cache_dir\": \"%s/cache\", \"sample_steps\": 2,"
             "\"sample_prompts\": [\"a red ball\"], \"buckets\": [%s]}}",
             mode, scratch_dir, tiny_config, more, mode, scratch_dir, buckets);
    assert_int_equal(reel_json_parse(&document, text, strlen(text), "recipe"), REEL_OK);
    reel_status status = reel_recipe_read(recipe, document);
    if (status < 0) {
        fail_msg("%s", reel_error_message());
    }
}

static inline reel_status tiny_run(const char *name, const char *mode, const char *buckets,
                                   const char *more, int64_t max_steps)
{
    reel_recipe recipe;
    char dir[512];
    snprintf(dir, sizeof dir, "%s", scratch_path(name));
    tiny_recipe(&recipe, mode, buckets, more);
    reel_train_options options = REEL_TRAIN_OPTIONS_INIT;
    options.run_dir = dir;
    options.resume = 1;
    options.max_steps = max_steps;
    reel_status status = reel_trainer_run(&reel_stage_dit, &recipe, &options);
    if (status < 0) {
        print_message("%s\n", reel_error_message());
    }
    reel_recipe_deinit(&recipe);
    return status;
}

/* Losses and one metric, in the order of the lines; NAN where a line has none. */
static inline int tiny_log(double loss[64], double value[64], const char *name, const char *metric)
{
    char path[512], *text;
    snprintf(path, sizeof path, "%s/log.jsonl", scratch_path(name));
    assert_int_equal(reel_file_read(&text, NULL, path, 1 << 20), REEL_OK);
    int count = 0;
    for (char *line = strtok(text, "\n"); line && count < 64; line = strtok(NULL, "\n")) {
        json_t *object = json_loads(line, 0, NULL);
        const json_t *found = json_object_get(object, metric);
        loss[count] = json_number_value(json_object_get(object, "loss"));
        value[count++] = found ? json_number_value(found) : (double)NAN;
        json_decref(object);
    }
    free(text);
    return count;
}

#endif
