/* A model directory with untrained codecs and text encoder, small enough to train on in a test. */
#ifndef TESTS_TRAIN_TINY_MODEL_H
#define TESTS_TRAIN_TINY_MODEL_H

#include "model/audio_vae/audio_vae.h"
#include "model/text_encoder/text_encoder.h"
#include "model/video_vae/video_vae.h"

#include <stdio.h>

static const float tiny_video_std[3] = { 2.0f, 0.5f, 0.25f };
static const float tiny_audio_std[3] = { 1.5f, 1.0f, 0.125f };

static inline void tiny_model_make_video_vae(const char *dir, uint64_t seed)
{
    char path[512];
    reel_video_vae vae;
    const reel_video_vae_config config = reel_video_vae_config_tiny();
    snprintf(path, sizeof path, "%s/video_vae.safetensors", dir);
    assert_int_equal(reel_video_vae_init(&vae, &config), REEL_OK);
    reel_weights_randomise(&vae.weights, seed);
    assert_int_equal(reel_weight_set(&vae.weights, vae.stats.std, tiny_video_std), REEL_OK);
    assert_int_equal(reel_video_vae_save(&vae, path, REEL_F32), REEL_OK);
    reel_video_vae_deinit(&vae);
}

static inline void tiny_model_make_audio_vae(const char *dir, uint64_t seed)
{
    char path[512];
    reel_audio_vae vae;
    reel_audio_vae_config config = reel_audio_vae_config_tiny();
    config.hop = 64; /* 512 samples per latent, as many as 15.625 a second */
    config.window = 128;
    config.frames_per_latent = 8;
    snprintf(path, sizeof path, "%s/audio_vae.safetensors", dir);
    assert_int_equal(reel_audio_vae_init(&vae, &config), REEL_OK);
    reel_weights_randomise(&vae.weights, seed);
    assert_int_equal(reel_weight_set(&vae.weights, vae.stats.std, tiny_audio_std), REEL_OK);
    assert_int_equal(reel_audio_vae_save(&vae, path, REEL_F32), REEL_OK);
    reel_audio_vae_deinit(&vae);
}

static inline void tiny_model_make_text_encoder(const char *dir)
{
    static const char *const texts[] = { "a red ball bounces on the meadow",
                                         "a blue crate rolls along the street at night" };
    char path[512];
    reel_text_encoder encoder;
    reel_text_encoder_config config = reel_text_encoder_config_tiny();
    reel_tokenizer *tokenizer = NULL;
    snprintf(path, sizeof path, "%s/text_encoder.safetensors", dir);
    assert_int_equal(reel_text_encoder_init(&encoder, &config), REEL_OK);
    reel_weights_randomise(&encoder.weights, 3);
    assert_int_equal(reel_tokenizer_train(&tokenizer, texts, 2, config.vocabulary), REEL_OK);
    assert_int_equal(reel_text_encoder_set_tokenizer(&encoder, tokenizer), REEL_OK);
    assert_int_equal(reel_text_encoder_save(&encoder, path, REEL_F32), REEL_OK);
    reel_text_encoder_deinit(&encoder);
}

static inline void tiny_model_make(const char *dir)
{
    tiny_model_make_video_vae(dir, 1);
    tiny_model_make_audio_vae(dir, 2);
    tiny_model_make_text_encoder(dir);
}

#endif
