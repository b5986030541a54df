/* Making the parts of the tiny model. */
#include "tiny_model.h"

#include "base/error.h"
#include "base/file.h"
#include "base/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 512 };

const char tiny_model_index[] =
    "{\"name\": \"tiny\", \"version\": \"0.1\", \"licence\": \"Apache-2.0\","
    " \"scores\": {\"sync\": 0.5},"
    " \"parts\": {\"text_encoder\": \"text_encoder.safetensors\", \"dit\": \"dit.safetensors\","
    " \"video_vae\": \"video_vae.safetensors\", \"audio_vae\": \"audio_vae.safetensors\"},"
    " \"defaults\": {\"steps\": 2, \"cfg_video\": 2, \"cfg_audio\": 1.5}}";

reel_dit_config tiny_model_dit(void)
{
    reel_dit_config c = reel_dit_config_tiny();
    c.text_width = tiny_model_text_encoder().width;
    c.video_channels = tiny_model_video_vae().latent_channels;
    c.audio_channels = tiny_model_audio_vae().latent_channels;
    c.frames_per_second = 8.0;
    c.temporal_stride = tiny_model_video_vae().temporal_stride;
    c.audio_latents_per_second = 15.625;
    return c;
}

reel_video_vae_config tiny_model_video_vae(void)
{
    return reel_video_vae_config_tiny();
}

reel_audio_vae_config tiny_model_audio_vae(void)
{
    reel_audio_vae_config c = reel_audio_vae_config_tiny();
    c.window = 128;
    c.hop = 64;
    c.frames_per_latent = 8;
    return c;
}

reel_text_encoder_config tiny_model_text_encoder(void)
{
    return reel_text_encoder_config_tiny();
}

/* Gates and last layers begin at zero and would hide what lies before them. */
static reel_status randomise(reel_weights *set, uint64_t seed)
{
    reel_weights_randomise(set, seed);
    float *noise = malloc(set->elements * sizeof *noise);
    if (!noise) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for %zu weights", set->elements);
    }
    reel_rng_fill_normal(noise, set->elements, seed, 1);
    for (int i = 0; i < set->count; i++) {
        const reel_weight *w = &set->items[i];
        for (int64_t j = 0; w->group != REEL_GROUP_CONSTANT && j < reel_count(w->tensor); j++) {
            set->values[w->offset + (size_t)j] += 0.1f * noise[w->offset + (size_t)j];
        }
    }
    free(noise);
    return REEL_OK;
}

/* Axes that are not those of the encoder: z_i = (x_i - 1/10) + (x_(i+1) - 1/10) / 4. */
static void tilt(const reel_latent_stats *stats)
{
    const int64_t channels = reel_width(stats->mean);
    for (int64_t i = 0; i < channels; i++) {
        reel_f32(stats->mean)[i] = 0.1f;
        for (int64_t j = i + 1; j < channels; j++) {
            reel_f32(stats->to)[i * channels + j] = j == i + 1 ? 0.25f : 0.0f;
            reel_f32(stats->from)[i * channels + j] = powf(-0.25f, (float)(j - i));
        }
    }
}

static const char *part_path(char *out, const char *dir, const char *part)
{
    snprintf(out, PATH_SIZE, "%s/%s.safetensors", dir, part);
    return out;
}

reel_status tiny_model_save_dit(const char *dir, const reel_dit_config *config)
{
    char path[PATH_SIZE];
    reel_dit dit;
    REEL_TRY(reel_dit_init(&dit, config));
    reel_status status = randomise(&dit.weights, 5);
    if (status == REEL_OK) {
        status = reel_dit_save(&dit, part_path(path, dir, "dit"), REEL_F32);
    }
    reel_dit_deinit(&dit);
    return status;
}

reel_status tiny_model_save_video_vae(const char *dir, const reel_video_vae_config *config)
{
    char path[PATH_SIZE];
    reel_video_vae vae;
    REEL_TRY(reel_video_vae_init(&vae, config));
    reel_status status = randomise(&vae.weights, 6);
    if (status == REEL_OK) {
        tilt(&vae.stats);
        status = reel_video_vae_save(&vae, part_path(path, dir, "video_vae"), REEL_F32);
    }
    reel_video_vae_deinit(&vae);
    return status;
}

reel_status tiny_model_save_audio_vae(const char *dir, const reel_audio_vae_config *config)
{
    char path[PATH_SIZE];
    reel_audio_vae vae;
    REEL_TRY(reel_audio_vae_init(&vae, config));
    reel_status status = randomise(&vae.weights, 7);
    if (status == REEL_OK) {
        tilt(&vae.stats);
        status = reel_audio_vae_save(&vae, part_path(path, dir, "audio_vae"), REEL_F32);
    }
    reel_audio_vae_deinit(&vae);
    return status;
}

reel_status tiny_model_save_text_encoder(const char *dir, const reel_text_encoder_config *config)
{
    static const char *const texts[] = { "a red ball bounces on the meadow",
                                         "a blue crate rolls along the street at night" };
    char path[PATH_SIZE];
    reel_text_encoder encoder;
    reel_tokenizer *tokenizer = NULL;
    REEL_TRY(reel_text_encoder_init(&encoder, config));
    reel_status status = randomise(&encoder.weights, 8);
    if (status == REEL_OK) {
        status = reel_tokenizer_train(&tokenizer, texts, 2, config->vocabulary);
    }
    if (status == REEL_OK) {
        status = reel_text_encoder_set_tokenizer(&encoder, tokenizer);
    }
    if (status == REEL_OK) {
        status = reel_text_encoder_save(&encoder, part_path(path, dir, "text_encoder"), REEL_F32);
    }
    reel_text_encoder_deinit(&encoder);
    return status;
}

reel_status tiny_model_save_index(const char *dir, const char *json)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/model.json", dir);
    return reel_file_write(path, json, strlen(json));
}

reel_status tiny_model_make(const char *dir)
{
    const reel_dit_config dit = tiny_model_dit();
    const reel_video_vae_config video_vae = tiny_model_video_vae();
    const reel_audio_vae_config audio_vae = tiny_model_audio_vae();
    const reel_text_encoder_config text_encoder = tiny_model_text_encoder();
    REEL_TRY(tiny_model_save_dit(dir, &dit));
    REEL_TRY(tiny_model_save_video_vae(dir, &video_vae));
    REEL_TRY(tiny_model_save_audio_vae(dir, &audio_vae));
    REEL_TRY(tiny_model_save_text_encoder(dir, &text_encoder));
    return tiny_model_save_index(dir, tiny_model_index);
}
