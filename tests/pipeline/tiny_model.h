/* A whole model directory of untrained parts, small enough to make films in a test. */
#ifndef TESTS_PIPELINE_TINY_MODEL_H
#define TESTS_PIPELINE_TINY_MODEL_H

#include "model/audio_vae/audio_vae.h"
#include "model/dit/dit.h"
#include "model/text_encoder/text_encoder.h"
#include "model/video_vae/video_vae.h"

/* 8 frames a second in latents of 2 frames and 4 x 4 pixels, 8 kHz in latents of 512 samples; the
 * base frame of 16:9 is 72 x 40 pixels. */
reel_dit_config tiny_model_dit(void);
reel_video_vae_config tiny_model_video_vae(void);
reel_audio_vae_config tiny_model_audio_vae(void);
reel_text_encoder_config tiny_model_text_encoder(void);

/* "tiny 0.1", two steps by default; its parts are named as the files below. */
extern const char tiny_model_index[];

/* dir/<part>.safetensors with random weights, every one of which matters: also those that begin
 * a training as zero. */
reel_status tiny_model_save_dit(const char *dir, const reel_dit_config *config);
reel_status tiny_model_save_video_vae(const char *dir, const reel_video_vae_config *config);
reel_status tiny_model_save_audio_vae(const char *dir, const reel_audio_vae_config *config);
reel_status tiny_model_save_text_encoder(const char *dir, const reel_text_encoder_config *config);

/* dir/model.json */
reel_status tiny_model_save_index(const char *dir, const char *json);

/* All of the above. The folder must exist. */
reel_status tiny_model_make(const char *dir);

#endif
