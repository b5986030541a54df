/* The stage of the diffusion transformer on a tiny model: batches, learning, resuming, merging. */
#include "train/dit_batch.h"
#include "train/trainer.h"

#include "base/error.h"
#include "base/file.h"
#include "model/dit/dit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scratch.h"
#include "tiny_model.h"
#include "tiny_run.h"

static double mean(const double *x, int count)
{
    double sum = 0;
    int n = 0;
    for (int i = 0; i < count; i++) {
        sum += isnan(x[i]) ? 0 : x[i];
        n += !isnan(x[i]);
    }
    assert_true(n > 0);
    return sum / n;
}

static void a_joint_stage_learns_and_resumes_bit_for_bit(void **state)
{
    (void)state;
    char buckets[512];
    double whole[64], halves[64], video[64], unused[64];
    snprintf(buckets, sizeof buckets, "%s, %s", tiny_films, tiny_stills);
    assert_int_equal(tiny_run("whole", "joint", buckets, "", 0), REEL_OK);
    assert_int_equal(tiny_log(whole, video, "whole", "video"), 24);
    assert_true(mean(video + 16, 8) < mean(video, 8));
    assert_int_equal(tiny_run("halves", "joint", buckets, "", 12), REEL_OK);
    assert_int_equal(tiny_run("halves", "joint", buckets, "", 0), REEL_OK);
    assert_int_equal(tiny_log(halves, unused, "halves", "audio"), 24);
    assert_memory_equal(whole, halves, 24 * sizeof *whole);
}

static void a_stage_of_sound_leaves_the_video_tower_alone(void **state)
{
    (void)state;
    reel_dit trained, fresh;
    assert_int_equal(tiny_run("sound", "audio", tiny_films, "", 3), REEL_OK);
    assert_int_equal(reel_dit_open(&trained, scratch_path("dit_audio.safetensors")), REEL_OK);
    assert_int_equal(reel_dit_init(&fresh, &trained.config), REEL_OK);
    reel_weights_randomise(&fresh.weights, 9);
    int moved = 0;
    for (int i = 0; i < fresh.weights.count; i++) {
        const reel_weight *a = &trained.weights.items[i], *b = &fresh.weights.items[i];
        const float *x = reel_f32(a->tensor), *y = reel_f32(b->tensor);
        for (int64_t j = 0; j < reel_count(a->tensor); j++) {
            float rounded = reel_f16_to_f32(reel_f32_to_f16(y[j]));
            if (strncmp(a->name, "audio.", 6) != 0) {
                assert_true(x[j] == rounded);
            }
            moved += x[j] != rounded;
        }
    }
    assert_true(moved > 100);
    reel_dit_deinit(&fresh);
    reel_dit_deinit(&trained);
}

static void a_joint_stage_starts_from_two_parents(void **state)
{
    (void)state;
    char more[1200];
    reel_dit pictures, sound, merged;
    assert_int_equal(tiny_run("pictures", "images", tiny_stills, "", 3), REEL_OK);
    assert_int_equal(tiny_run("sound", "audio", tiny_films, "", 3), REEL_OK);
    snprintf(more, sizeof more, ", \"init_from\": \"%s\"", scratch_path("dit_images.safetensors"));
    reel_recipe recipe;
    tiny_recipe(&recipe, "video", tiny_films, more);
    recipe.lr = recipe.muon_lr = 0; /* what was merged is what is saved */
    json_object_set_new(recipe.options, "audio_from",
                        json_string(scratch_path("dit_audio.safetensors")));
    char dir[512];
    snprintf(dir, sizeof dir, "%s", scratch_path("merged"));
    reel_train_options options = REEL_TRAIN_OPTIONS_INIT;
    options.run_dir = dir;
    options.max_steps = 1;
    assert_int_equal(reel_trainer_run(&reel_stage_dit, &recipe, &options), REEL_OK);
    reel_recipe_deinit(&recipe);
    assert_int_equal(reel_dit_open(&pictures, scratch_path("dit_images.safetensors")), REEL_OK);
    assert_int_equal(reel_dit_open(&sound, scratch_path("dit_audio.safetensors")), REEL_OK);
    assert_int_equal(reel_dit_open(&merged, scratch_path("dit_video.safetensors")), REEL_OK);
    for (int i = 0; i < merged.weights.count; i++) {
        const reel_weight *w = &merged.weights.items[i];
        const reel_dit *parent = strncmp(w->name, "audio.", 6) == 0 ? &sound : &pictures;
        assert_memory_equal(w->tensor->data, parent->weights.items[i].tensor->data,
                            reel_size_bytes(w->tensor));
    }
    reel_dit_deinit(&pictures);
    reel_dit_deinit(&sound);
    reel_dit_deinit(&merged);
}

/* The config of the part that a training of one step writes. */
static reel_dit_config config_after(reel_recipe *recipe)
{
    char dir[512], path[512];
    reel_dit dit;
    snprintf(dir, sizeof dir, "%s", scratch_path("deviations"));
    snprintf(path, sizeof path, "%s/%s.safetensors", recipe->part_dir, recipe->part);
    reel_train_options options = REEL_TRAIN_OPTIONS_INIT;
    options.run_dir = dir;
    options.resume = 1;
    options.max_steps = 1;
    assert_int_equal(reel_trainer_run(&reel_stage_dit, recipe, &options), REEL_OK);
    assert_int_equal(reel_dit_open(&dit, path), REEL_OK);
    reel_dit_config config = dit.config;
    reel_dit_deinit(&dit);
    reel_recipe_deinit(recipe);
    return config;
}

static void a_new_network_takes_the_deviations_of_the_codecs(void **state)
{
    (void)state;
    reel_recipe recipe;
    tiny_recipe(&recipe, "images", tiny_stills, "");
    reel_dit_config config = config_after(&recipe);
    assert_int_equal(config.video_std_count, 3);
    assert_int_equal(config.audio_std_count, 3);
    for (int c = 0; c < 3; c++) {
        assert_true(config.video_std[c] == (double)tiny_video_std[c]);
        assert_true(config.audio_std[c] == (double)tiny_audio_std[c]);
    }
    tiny_recipe(&recipe, "images", tiny_stills, "");
    json_object_set_new(recipe.config, "video_std", json_pack("[f, f, f]", 1.0, 2.0, 3.0));
    config = config_after(&recipe);
    assert_true(config.video_std[2] == 3.0);
    assert_true(config.audio_std[2] == (double)tiny_audio_std[2]);
    tiny_recipe(&recipe, "images", tiny_stills, "");
    json_object_set_new(recipe.config, "velocity_skip", json_false());
    config = config_after(&recipe);
    assert_int_equal(config.video_std_count + config.audio_std_count, 0);
}

static void codecs_of_other_channels_are_refused(void **state)
{
    (void)state;
    reel_recipe recipe;
    reel_stage *stage;
    tiny_recipe(&recipe, "images", tiny_stills, "");
    json_object_set_new(recipe.config, "audio_channels", json_integer(5));
    assert_int_equal(reel_stage_dit.open(&stage, &recipe), REEL_ERR_SHAPE);
    assert_non_null(strstr(reel_error_message(),
                           "audio_vae.safetensors: latent_std is [3] f32, expected [5] f32"));
    reel_recipe_deinit(&recipe);
}

static void a_sample_is_a_sheet_and_a_film(void **state)
{
    (void)state;
    char path[512];
    assert_int_equal(tiny_run("sampled", "joint", tiny_films, ", \"sample_every\": 2", 2), REEL_OK);
    snprintf(path, sizeof path, "%s/samples/0000002/sheet.png", scratch_path("sampled"));
    assert_true(reel_file_exists(path));
    snprintf(path, sizeof path, "%s/samples/0000002/0.mp4", scratch_path("sampled"));
    assert_true(reel_file_exists(path));
}

/* --- what a batch holds -------------------------------------------------------------------- */

typedef struct {
    reel_recipe recipe;
    reel_dit_options options;
    reel_latent_cache cache;
    reel_text_encoder text_encoder;
    reel_dit_data data;
} batch_source;

static void open_source(batch_source *s, const char *tasks)
{
    char more[512];
    tiny_recipe(&s->recipe, "joint", tiny_films, "");
    snprintf(more, sizeof more, "%s", tasks);
    json_t *object = NULL;
    assert_int_equal(reel_json_parse(&object, more, strlen(more), "tasks"), REEL_OK);
    json_object_set_new(s->recipe.options, "tasks", object);
    assert_int_equal(reel_dit_options_read(&s->options, &s->recipe), REEL_OK);
    assert_int_equal(reel_stage_dit.prepare(&s->recipe, NULL, NULL), REEL_OK);
    assert_int_equal(reel_latent_cache_open(&s->cache, s->options.bucket[0].dir), REEL_OK);
    assert_int_equal(
        reel_text_encoder_open(&s->text_encoder, scratch_path("text_encoder.safetensors")),
        REEL_OK);
    s->data = (reel_dit_data){ .options = &s->options,
                               .caches = &s->cache,
                               .tokenizer = s->text_encoder.tokenizer,
                               .max_tokens = 16,
                               .temporal_stride = 2,
                               .audio_latents_per_second = 15.625,
                               .seed = 9 };
}

static void close_source(batch_source *s)
{
    reel_text_encoder_deinit(&s->text_encoder);
    reel_latent_cache_close(&s->cache);
    reel_recipe_deinit(&s->recipe);
}

/* x_sigma, target, condition, mask and scale must agree with each other at every value. */
static void check_modality(const reel_dit_modality *m, int count, const float *blank)
{
    int64_t C = m->channels;
    for (int64_t l = 0; l < count * m->latents; l++) {
        const float *in = m->input + l * (2 * C + 1), sigma = m->sigma[l / m->latents];
        float mask = in[2 * C];
        assert_true(mask == 0.0f || mask == 1.0f);
        for (int64_t c = 0; c < C; c++) {
            float target = m->target[l * C + c], x = in[c], condition = in[C + c];
            float x0 = x - sigma * target; /* x = x0 + sigma (eps - x0) */
            float known = mask == 1.0f ? x0 : blank[l % m->latents * C + c];
            assert_true(fabsf(condition - known) < 1e-4f * (1 + fabsf(known)));
            assert_true((m->scale[l * C + c] == 0.0f) == (mask == 1.0f));
        }
    }
}

static void a_batch_says_what_is_given_and_what_is_to_be_found(void **state)
{
    (void)state;
    batch_source s;
    open_source(&s, "{\"extension\": 0.3, \"inpaint\": 0.3}");
    int cropped = 0, whole = 0;
    for (int64_t step = 0; step < 40; step++) {
        reel_dit_batch *b, *again;
        assert_int_equal(reel_dit_batch_make(&b, &s.data, step), REEL_OK);
        assert_int_equal(reel_dit_batch_make(&again, &s.data, step), REEL_OK);
        assert_int_equal(b->count, 4);
        assert_true(b->latent_frames == 4 || b->latent_frames == 5);
        assert_int_equal(b->audio.latents, b->latent_frames == 5 ? 16 : 12);
        cropped += b->latent_frames == 4;
        whole += b->latent_frames == 5;
        check_modality(&b->video, b->count, s.cache.blank_video);
        check_modality(&b->audio, b->count, s.cache.blank_audio);
        size_t values = (size_t)(4 * b->video.latents * 7);
        assert_memory_equal(b->video.input, again->video.input, values * sizeof(float));
        assert_int_equal(b->tokens.count, 4);
        reel_dit_batch_free(b);
        reel_dit_batch_free(again);
    }
    assert_true(cropped > 5 && whole > 5);
    close_source(&s);
}

/* Tokens of 20 batches, of which that share has short captions. */
static int64_t words_with(batch_source *s, double short_share)
{
    int64_t words = 0;
    s->data.max_tokens = 400;
    s->options.bucket[0].short_share = short_share;
    for (int64_t step = 0; step < 20; step++) {
        reel_dit_batch *b;
        assert_int_equal(reel_dit_batch_make(&b, &s->data, step), REEL_OK);
        words += b->tokens.length;
        reel_dit_batch_free(b);
    }
    return words;
}

static void short_captions_come_as_often_as_the_bucket_says(void **state)
{
    (void)state;
    batch_source s;
    open_source(&s, "{}");
    assert_true(s.options.bucket[0].short_share == 1.0 / 3.0);
    int64_t none = words_with(&s, 0), half = words_with(&s, 0.5), all = words_with(&s, 1);
    assert_true(all * 2 < none);
    assert_true(all < half && half < none);
    close_source(&s);
}

static void what_is_to_be_made_weighs_the_same_in_every_clip(void **state)
{
    (void)state;
    batch_source s;
    open_source(&s, "{\"inpaint\": 0.8, \"extension\": 0, \"video_given\": 0, \"audio_given\": 0}");
    for (int64_t step = 0; step < 8; step++) {
        reel_dit_batch *b;
        assert_int_equal(reel_dit_batch_make(&b, &s.data, step), REEL_OK);
        int64_t count = b->video.latents * b->video.channels;
        for (int row = 0; row < b->count; row++) {
            double sum = 0;
            for (int64_t i = 0; i < count; i++) {
                double scale = (double)b->video.scale[row * count + i];
                sum += scale * scale / (double)count;
            }
            assert_true(fabs(sum - 1) < 1e-5);
        }
        reel_dit_batch_free(b);
    }
    close_source(&s);
}

static void options_name_the_field_that_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *options, *message;
    } wrong[] = {
        { "{\"mode\": \"film\"}",
          "options: mode: is \"film\", expected images, video, audio or joint" },
        { "{\"buckets\": [{\"frames\": 3}]}", "options: buckets[0]: frames: is no known key" },
        { "{\"buckets\": [{\"short_share\": 2}]}",
          "options: buckets[0]: short_share: is 2, expected 0 to 1" },
        { "{\"buckets\": []}", "options: buckets: expected an array of 1 to 16" },
        { "{\"sigma\": {\"early_share\": 2}}",
          "options: sigma: early_share: is 2, expected 0 to 1" },
        { "{\"cache\": \"maybe\"}", "options: cache: is \"maybe\", expected build or as_it_is" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        reel_dit_options options;
        reel_recipe recipe = { .batch = 4 };
        assert_int_equal(
            reel_json_parse(&recipe.options, wrong[i].options, strlen(wrong[i].options), "options"),
            REEL_OK);
        assert_int_equal(reel_dit_options_read(&options, &recipe), REEL_ERR_FORMAT);
        assert_string_equal(reel_error_message(), wrong[i].message);
        json_decref(recipe.options);
    }
}

static int make_model(void **state)
{
    if (scratch_setup(state) != 0) {
        return -1;
    }
    tiny_model_make(scratch_dir);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_says_what_is_given_and_what_is_to_be_found),
        cmocka_unit_test(short_captions_come_as_often_as_the_bucket_says),
        cmocka_unit_test(what_is_to_be_made_weighs_the_same_in_every_clip),
        cmocka_unit_test(options_name_the_field_that_is_wrong),
        cmocka_unit_test(a_joint_stage_learns_and_resumes_bit_for_bit),
        cmocka_unit_test(a_stage_of_sound_leaves_the_video_tower_alone),
        cmocka_unit_test(a_joint_stage_starts_from_two_parents),
        cmocka_unit_test(a_new_network_takes_the_deviations_of_the_codecs),
        cmocka_unit_test(codecs_of_other_channels_are_refused),
        cmocka_unit_test(a_sample_is_a_sheet_and_a_film),
    };
    return cmocka_run_group_tests(tests, make_model, scratch_teardown_tree);
}
