/* The stages that train the codecs: batches, learning, the finished part. */
#include "base/file.h"
#include "check.h"
#include "media/encode.h"
#include "model/audio_vae/audio_vae.h"
#include "model/video_vae/video_vae.h"
#include "scratch.h"
#include "train/stage.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

static const char VIDEO[] =
    "{\"stage\": \"video_vae\", \"seed\": 5, \"batch\": 2,"
    " \"config\": {\"latent_channels\": 3, \"spatial_stride\": 4, \"temporal_stride\": 2,"
    "  \"encoder_width\": [8, 8], \"encoder_blocks\": [1, 1],"
    "  \"decoder_width\": [8, 8, 8], \"decoder_blocks\": [1, 1, 1]},"
    " \"options\": {\"frames\": 5, \"height\": 16, \"width\": 16, \"stats_clips\": 2}}";

static const char AUDIO[] =
    "{\"stage\": \"audio_vae\", \"seed\": 5, \"batch\": 2,"
    " \"config\": {\"latent_channels\": 3, \"sample_rate\": 8000, \"window\": 64, \"hop\": 16,"
    "  \"frames_per_latent\": 4, \"mel_bands\": 8, \"mel_low\": 100, \"mel_high\": 4000,"
    "  \"encoder_width\": [8, 8], \"encoder_blocks\": [1, 1],"
    "  \"decoder_width\": [8, 8], \"decoder_blocks\": [1, 1], \"phase_iterations\": 2},"
    " \"options\": {\"latents\": 8, \"stats_clips\": 2}}";

static reel_stage *open_stage(reel_recipe *recipe, const reel_stage_ops *ops, const char *text)
{
    reel_stage *stage = NULL;
    if (reel_recipe_read(recipe, json_loads(text, 0, NULL)) < 0 || ops->open(&stage, recipe) < 0) {
        fail_msg("%s", reel_error_message());
    }
    return stage;
}

static float loss_of(const reel_stage_ops *ops, reel_stage *stage, const void *batch, reel_rt *rt)
{
    reel_metrics metrics = { 0 };
    reel_rt_reset(rt);
    rt->recording = 1;
    reel_weights_zero_grads(ops->weights(stage));
    reel_tensor *loss = ops->loss(stage, rt, batch, 0);
    assert_int_equal(rt->status, REEL_OK);
    float value = *reel_f32(loss);
    ops->report(stage, rt, batch, &metrics);
    assert_int_equal(metrics.count, 3);
    for (int i = 0; i < metrics.count; i++) {
        assert_true(isfinite(metrics.value[i]));
    }
    assert_int_equal(reel_backward(rt, loss, 1.0f), REEL_OK);
    return value;
}

/* Steps down the gradient of one batch; the loss must fall. */
static void learns(const reel_stage_ops *ops, const char *text)
{
    reel_recipe recipe;
    reel_stage *stage = open_stage(&recipe, ops, text);
    reel_weights *weights = ops->weights(stage);
    assert_int_equal(reel_weights_alloc_grads(weights), REEL_OK);
    void *batch = NULL;
    assert_int_equal(ops->batch_make(stage, 3, &batch), REEL_OK);
    reel_rt *rt = check_rt_new();
    float first = loss_of(ops, stage, batch, rt), last = first;
    for (int step = 0; step < 30; step++) {
        double norm = 0;
        for (size_t i = 0; i < weights->elements; i++) {
            norm += (double)weights->grads[i] * (double)weights->grads[i];
        }
        for (size_t i = 0; i < weights->elements; i++) {
            weights->values[i] -= 0.1f * weights->grads[i] / (float)sqrt(norm);
        }
        last = loss_of(ops, stage, batch, rt);
    }
    assert_true(last < 0.9f * first);
    assert_true(ops->flops(stage) > 0);
    check_rt_free(rt);
    ops->batch_free(batch);
    ops->close(stage);
    reel_recipe_deinit(&recipe);
}

static void the_codecs_learn_a_batch(void **state)
{
    (void)state;
    learns(&reel_stage_video_vae, VIDEO);
    learns(&reel_stage_audio_vae, AUDIO);
}

static void a_batch_follows_from_seed_and_step(const reel_stage_ops *ops, const char *text)
{
    reel_recipe recipe;
    reel_stage *stage = open_stage(&recipe, ops, text);
    assert_int_equal(reel_weights_alloc_grads(ops->weights(stage)), REEL_OK);
    static const int64_t steps[] = { 4, 9, 4 };
    float loss[3];
    reel_rt *rt = check_rt_new();
    for (int i = 0; i < 3; i++) {
        void *batch = NULL;
        assert_int_equal(ops->batch_make(stage, steps[i], &batch), REEL_OK);
        loss[i] = loss_of(ops, stage, batch, rt);
        ops->batch_free(batch);
    }
    assert_true(loss[0] == loss[2]);
    assert_true(loss[0] != loss[1]);
    check_rt_free(rt);
    ops->close(stage);
    reel_recipe_deinit(&recipe);
}

static void batches_follow_from_seed_and_step_alone(void **state)
{
    (void)state;
    a_batch_follows_from_seed_and_step(&reel_stage_video_vae, VIDEO);
    a_batch_follows_from_seed_and_step(&reel_stage_audio_vae, AUDIO);
}

static const char *write_part(const reel_stage_ops *ops, const char *text, const char *name,
                              const char *sheet)
{
    reel_recipe recipe;
    reel_stage *stage = open_stage(&recipe, ops, text);
    const char *path = scratch_path(name);
    assert_int_equal(ops->save(stage, path), REEL_OK);
    assert_int_equal(ops->sample(stage, scratch_dir, 0), REEL_OK);
    FILE *png = fopen(scratch_path(sheet), "rb");
    assert_non_null(png);
    fclose(png);
    ops->close(stage);
    reel_recipe_deinit(&recipe);
    return path;
}

static void finished_parts_open_with_measured_latents(void **state)
{
    (void)state;
    reel_video_vae video;
    const char *path =
        write_part(&reel_stage_video_vae, VIDEO, "v.safetensors", "reconstruction.png");
    assert_int_equal(reel_video_vae_open(&video, path), REEL_OK);
    assert_true(reel_f32(video.stats.to)[1] != 0.0f && reel_f32(video.stats.std)[0] != 1.0f);
    reel_video_vae_deinit(&video);

    reel_audio_vae audio;
    path = write_part(&reel_stage_audio_vae, AUDIO, "a.safetensors", "spectrograms.png");
    assert_int_equal(reel_audio_vae_open(&audio, path), REEL_OK);
    assert_true(reel_f32(audio.stats.to)[1] != 0.0f && reel_f32(audio.stats.std)[0] != 1.0f);
    reel_audio_vae_deinit(&audio);
}

static char *read_part(const char *name, size_t *size)
{
    char *bytes;
    assert_int_equal(reel_file_read(&bytes, size, scratch_path(name), 1 << 24), REEL_OK);
    return bytes;
}

static void parts_do_not_depend_on_the_number_of_threads(void **state)
{
    (void)state;
    static const struct {
        const reel_stage_ops *ops;
        const char *text, *sheet;
    } codecs[] = { { &reel_stage_video_vae, VIDEO, "reconstruction.png" },
                   { &reel_stage_audio_vae, AUDIO, "spectrograms.png" } };
    const int threads = omp_get_max_threads();
    for (int i = 0; i < 2; i++) {
        size_t size, again_size;
        omp_set_num_threads(1);
        write_part(codecs[i].ops, codecs[i].text, "one.safetensors", codecs[i].sheet);
        omp_set_num_threads(3);
        write_part(codecs[i].ops, codecs[i].text, "three.safetensors", codecs[i].sheet);
        char *one = read_part("one.safetensors", &size);
        char *three = read_part("three.safetensors", &again_size);
        assert_int_equal(size, again_size);
        assert_memory_equal(one, three, size);
        free(one);
        free(three);
    }
    omp_set_num_threads(threads);
}

/* A film of 3.2 s: grey, growing brighter, with a hum on the left. */
static void write_film(const char *folder)
{
    char path[600];
    reel_clip clip = { .frames = 52,
                       .width = 48,
                       .height = 32,
                       .fps_num = 16,
                       .fps_den = 1,
                       .channels = 2,
                       .sample_rate = 44100,
                       .samples = 143325 };
    assert_int_equal(reel_clip_alloc(&clip), REEL_OK);
    for (int f = 0; f < clip.frames; f++) {
        memset(clip.rgb + f * 48 * 32 * 3, 40 + 3 * f, 48 * 32 * 3);
    }
    for (int64_t i = 0; i < clip.samples; i++) {
        clip.pcm[i] = 0.3f * (float)sin((double)i * 0.05);
    }
    snprintf(path, sizeof path, "%s/a.mp4", folder);
    assert_int_equal(reel_media_write_clip(path, &clip, NULL), REEL_OK);
    snprintf(path, sizeof path, "%s/a.txt", folder);
    assert_int_equal(reel_file_write(path, "grey\n", 5), REEL_OK);
    reel_clip_free(&clip);
}

static void batch_from_folder(const reel_stage_ops *ops, const char *text, const char *folder)
{
    reel_recipe recipe;
    reel_stage *stage = NULL;
    json_t *document = json_loads(text, 0, NULL);
    json_object_set_new(document, "data", json_string(folder));
    assert_int_equal(reel_recipe_read(&recipe, document), REEL_OK);
    assert_int_equal(ops->open(&stage, &recipe), REEL_OK);
    assert_int_equal(reel_weights_alloc_grads(ops->weights(stage)), REEL_OK);
    void *batch = NULL;
    assert_int_equal(ops->batch_make(stage, 0, &batch), REEL_OK);
    reel_rt *rt = check_rt_new();
    assert_true(isfinite(loss_of(ops, stage, batch, rt)));
    check_rt_free(rt);
    ops->batch_free(batch);
    assert_int_equal(ops->save(stage, scratch_path("folder_part.safetensors")), REEL_OK);
    ops->close(stage);
    reel_recipe_deinit(&recipe);
}

static void the_codecs_train_on_a_folder_of_films(void **state)
{
    (void)state;
    char folder[300], path[600];
    snprintf(folder, sizeof folder, "%s", scratch_path("films"));
    assert_int_equal(reel_dir_make(folder), REEL_OK);
    write_film(folder);
    batch_from_folder(&reel_stage_video_vae, VIDEO, folder);
    batch_from_folder(&reel_stage_audio_vae, AUDIO, folder);
    snprintf(path, sizeof path, "%s/a.mp4", folder);
    remove(path);
    snprintf(path, sizeof path, "%s/a.txt", folder);
    remove(path);
    remove(folder);
}

/* Trains the decoder alone from a finished part: encoder and axes must come out bit for bit. */
static void keeps_its_encoder(const reel_stage_ops *ops, const char *text, const char *name)
{
    reel_recipe recipe;
    reel_stage *stage = open_stage(&recipe, ops, text);
    const char *part = scratch_path(name);
    assert_int_equal(ops->save(stage, part), REEL_OK);
    ops->close(stage);
    reel_recipe_deinit(&recipe);

    json_t *document = json_loads(text, 0, NULL), *options = json_object_get(document, "options");
    json_object_set_new(options, "freeze_encoder", json_true());
    json_object_set_new(options, "latent_noise", json_real(0.1));
    json_object_set_new(document, "init_from", json_string(part));
    assert_int_equal(reel_recipe_read(&recipe, document), REEL_OK);
    assert_int_equal(ops->open(&stage, &recipe), REEL_OK);
    void *batch = NULL;
    assert_int_equal(ops->batch_make(stage, 0, &batch), REEL_OK);
    reel_rt *rt = check_rt_new();
    loss_of(ops, stage, batch, rt);
    const reel_weights *weights = ops->weights(stage);
    int moved = 0;
    for (int i = 0; i < weights->count; i++) {
        const reel_weight *w = &weights->items[i];
        double size = 0;
        for (int64_t j = 0; j < reel_count(w->tensor); j++) {
            size += fabs((double)weights->grads[w->offset + (size_t)j]);
        }
        assert_true(size == 0 || strncmp(w->name, "decoder.", 8) == 0);
        moved += size > 0;
    }
    assert_true(moved > 0);
    check_rt_free(rt);
    ops->batch_free(batch);
    size_t size, again_size; /* nothing was trained: saved again, it is the part it came from */
    char *before = read_part(name, &size);
    assert_int_equal(ops->save(stage, scratch_path("again.safetensors")), REEL_OK);
    char *after = read_part("again.safetensors", &again_size);
    assert_int_equal(size, again_size);
    assert_memory_equal(before, after, size);
    free(before);
    free(after);
    ops->close(stage);
    reel_recipe_deinit(&recipe);
}

static void a_frozen_encoder_gets_no_gradient(void **state)
{
    (void)state;
    keeps_its_encoder(&reel_stage_video_vae, VIDEO, "frozen_video.safetensors");
    keeps_its_encoder(&reel_stage_audio_vae, AUDIO, "frozen_audio.safetensors");
}

static void codec_stages_refuse_options_they_do_not_know(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{\"stage\": \"video_vae\", \"options\": {\"crop\": 3}}",
        "{\"stage\": \"video_vae\", \"options\": {\"frames\": 16}}",
        "{\"stage\": \"audio_vae\", \"options\": {\"latents\": 1}}",
        "{\"stage\": \"video_vae\", \"options\": {\"latent_power\": 0.6}}",
        "{\"stage\": \"audio_vae\", \"options\": {\"latent_power\": -0.1}}",
        "{\"stage\": \"video_vae\", \"options\": {\"freeze_encoder\": true}}",
        "{\"stage\": \"audio_vae\", \"data\": \"folder/of/films\"}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        reel_recipe recipe;
        reel_stage *stage = NULL;
        assert_int_equal(reel_recipe_read(&recipe, json_loads(bad[i], 0, NULL)), REEL_OK);
        const reel_stage_ops *ops = reel_stage_find(recipe.stage);
        assert_true(ops->open(&stage, &recipe) < 0);
        assert_null(stage);
        reel_recipe_deinit(&recipe);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_codecs_learn_a_batch),
        cmocka_unit_test(batches_follow_from_seed_and_step_alone),
        cmocka_unit_test(finished_parts_open_with_measured_latents),
        cmocka_unit_test(parts_do_not_depend_on_the_number_of_threads),
        cmocka_unit_test(the_codecs_train_on_a_folder_of_films),
        cmocka_unit_test(a_frozen_encoder_gets_no_gradient),
        cmocka_unit_test(codec_stages_refuse_options_they_do_not_know),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
