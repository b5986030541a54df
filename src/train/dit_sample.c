/* Films from fixed prompts, with the weights as they stand. */
#include "train/dit_sample.h"

#include "base/error.h"
#include "media/encode.h"
#include "media/image.h"
#include "pipeline/decode.h"
#include "pipeline/prompt.h"
#include "pipeline/velocity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 6, PATH_SIZE = 4096 };

static const uint64_t SEED = 1;

typedef struct {
    const reel_dit_sample *sample;
    const reel_dit_bucket *bucket;
    const char *dir;
    reel_model model; /* dit and text encoder are lent, the codecs its own */
    reel_geometry geometry;
    int has_audio;
    uint8_t *sheet; /* [prompts * height, COLUMNS * width, 3] */
} sampler;

/* --- the model as the pipeline knows it ---------------------------------------------------- */

static reel_status open_codecs(sampler *s)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/video_vae.safetensors", s->sample->model_dir);
    REEL_TRY(reel_video_vae_open(&s->model.video_vae, path));
    if (!s->has_audio) {
        return REEL_OK;
    }
    snprintf(path, sizeof path, "%s/audio_vae.safetensors", s->sample->model_dir);
    return reel_audio_vae_open(&s->model.audio_vae, path);
}

static void close_codecs(sampler *s)
{
    if (s->model.video_vae.weights.values) {
        reel_video_vae_deinit(&s->model.video_vae);
    }
    if (s->model.audio_vae.weights.values) {
        reel_audio_vae_deinit(&s->model.audio_vae);
    }
}

static void find_geometry(sampler *s)
{
    const reel_dit_config *dit = &s->model.dit.config;
    const reel_video_vae_config *video = &s->model.video_vae.config;
    const reel_audio_vae_config *audio = &s->model.audio_vae.config;
    const reel_dit_bucket *b = s->bucket;
    reel_geometry *g = &s->geometry;
    int fps = s->sample->options->fps;
    s->model.geometry = (reel_model_geometry){
        .fps_num = fps,
        .fps_den = 1,
        .temporal_stride = video->temporal_stride,
        .spatial_stride = video->spatial_stride,
        .video_channels = dit->video_channels,
        .patch = dit->patch,
        .audio_channels = dit->audio_channels,
    };
    *g = (reel_geometry){
        .seconds = b->seconds,
        .kept_frames = b->seconds > 0 ? reel_frames_of(b->seconds, fps, 1) : 1,
        .width = b->width,
        .height = b->height,
        .out_width = b->width,
        .out_height = b->height,
        .latent_height = b->height / video->spatial_stride,
        .latent_width = b->width / video->spatial_stride,
    };
    g->latent_frames = reel_latent_frames(g->kept_frames, video->temporal_stride);
    g->frames = 1 + (g->latent_frames - 1) * video->temporal_stride;
    if (s->has_audio) {
        s->model.geometry.sample_rate = audio->sample_rate;
        s->model.geometry.samples_per_latent = reel_audio_vae_samples_per_latent(audio);
        g->samples = (int64_t)(b->seconds * audio->sample_rate + 0.5);
        g->audio_latents = reel_audio_latents(g->samples, s->model.geometry.samples_per_latent);
    }
}

/* --- making films -------------------------------------------------------------------------- */

static reel_status make_clip(reel_clip *out, sampler *s, const reel_prompt *prompt, uint64_t seed)
{
    float guidance = (float)s->sample->options->sample_guidance;
    const reel_denoise_options options = { .steps = s->sample->options->sample_steps,
                                           .shift = { 1, 1 },
                                           .guidance = { guidance, guidance } };
    size_t count[REEL_MODALITIES];
    reel_latents latents = { 0 };
    reel_velocity velocity = { 0 };
    reel_status status;
    reel_velocity_counts(count, &s->model, &s->geometry, s->has_audio);
    REEL_TRY_OR_DONE(reel_latents_alloc(&latents, count));
    REEL_TRY_OR_DONE(reel_velocity_init(&velocity, &s->model, &s->geometry, prompt, s->has_audio,
                                        guidance != 1.0f, 1));
    reel_latents_fill_noise(&latents, seed);
    REEL_TRY_OR_DONE(reel_denoise(&latents, reel_velocity_at, &velocity, &options));
    REEL_TRY_OR_DONE(reel_decode_latents(out, &s->model, &s->geometry, &latents));
done:
    reel_velocity_deinit(&velocity);
    reel_latents_free(&latents);
    return status;
}

static void paste(sampler *s, int row, int column, const uint8_t *frame)
{
    size_t line = (size_t)s->bucket->width * 3, height = (size_t)s->bucket->height;
    for (size_t y = 0; y < height; y++) {
        size_t at = ((size_t)row * height + y) * COLUMNS + (size_t)column;
        memcpy(s->sheet + at * line, frame + y * line, line);
    }
}

static const uint8_t *frame_of(const reel_clip *clip, int index)
{
    return clip->rgb + (size_t)index * (size_t)clip->width * (size_t)clip->height * 3;
}

/* A film fills its row with frames; of still images, one per seed. */
static reel_status fill_row(sampler *s, int row, const reel_prompt *prompt)
{
    char path[PATH_SIZE];
    reel_clip clip = { 0 };
    int is_still = s->geometry.frames == 1;
    for (int column = 0; is_still && column < COLUMNS; column++) {
        REEL_TRY(make_clip(&clip, s, prompt, SEED + (uint64_t)column));
        paste(s, row, column, clip.rgb);
        reel_clip_free(&clip);
    }
    if (is_still) {
        return REEL_OK;
    }
    REEL_TRY(make_clip(&clip, s, prompt, SEED));
    for (int column = 0; column < COLUMNS; column++) {
        paste(s, row, column, frame_of(&clip, column * (clip.frames - 1) / (COLUMNS - 1)));
    }
    snprintf(path, sizeof path, "%s/%d.mp4", s->dir, row);
    reel_status status = reel_media_write_clip(path, &clip, NULL);
    reel_clip_free(&clip);
    return status;
}

static reel_status write_sheet(sampler *s)
{
    const reel_dit_options *o = s->sample->options;
    char path[PATH_SIZE];
    int width = COLUMNS * s->bucket->width, height = o->sample_prompt_count * s->bucket->height;
    s->sheet = calloc((size_t)width * (size_t)height, 3);
    if (!s->sheet) {
        return REEL_FAIL(REEL_ERR_MEMORY, "sheet: no memory for %dx%d pixels", width, height);
    }
    for (int row = 0; row < o->sample_prompt_count; row++) {
        reel_prompt prompt;
        REEL_TRY(reel_prompt_encode(&prompt, &s->model, o->sample_prompts[row], NULL));
        reel_status status = fill_row(s, row, &prompt);
        reel_prompt_free(&prompt);
        REEL_TRY(status);
    }
    snprintf(path, sizeof path, "%s/sheet.png", s->dir);
    return reel_image_write(path, s->sheet, width, height, 0);
}

static const reel_dit_bucket *first_with_pictures(const reel_dit_options *o)
{
    for (int i = 0; i < o->bucket_count; i++) {
        if (reel_dit_bucket_has_video(&o->bucket[i])) {
            return &o->bucket[i];
        }
    }
    return NULL;
}

reel_status reel_dit_sample_write(const reel_dit_sample *sample, const char *dir)
{
    const reel_dit_bucket *bucket = first_with_pictures(sample->options);
    if (!bucket || sample->options->sample_prompt_count == 0) {
        return REEL_OK;
    }
    sampler *s = calloc(1, sizeof *s);
    if (!s) {
        return REEL_FAIL(REEL_ERR_MEMORY, "sample: no memory");
    }
    s->sample = sample;
    s->bucket = bucket;
    s->dir = dir;
    s->has_audio = reel_dit_bucket_has_audio(bucket);
    s->model.dit = *sample->dit;
    s->model.text_encoder = *sample->text_encoder;
    reel_status status = open_codecs(s);
    if (status == REEL_OK) {
        find_geometry(s);
        status = write_sheet(s);
    }
    close_codecs(s);
    free(s->sheet);
    free(s);
    return status;
}
