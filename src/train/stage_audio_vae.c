/* Stage "audio_vae": the audio autoencoder learns to give back the magnitudes of pieces of sound,
 * of the film set or of the films of a folder.
 *
 * loss = L1 of loudness per bin + mel * L1 of loudness per mel band + time_gradient * L1 of the
 * change of loudness from frame to frame + kl * divergence, the latent drawn from its
 * distribution. The change from frame to frame keeps the beginnings of sounds in place. In the
 * first two terms loud bins count up to 1 + focus times. */
#include "base/error.h"
#include "base/rng.h"
#include "media/encode.h"
#include "media/image.h"
#include "model/audio_vae/audio_vae.h"
#include "model/audio_vae/loudness.h"
#include "ops/elementwise.h"
#include "ops/kernels.h"
#include "ops/loss.h"
#include "ops/reduce.h"
#include "train/codec_weights.h"
#include "train/folder_clips.h"
#include "train/latent_probe.h"
#include "train/stage.h"
#include "world/render.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FPS = 16, SHEET_CLIPS = 4, BAND_HEIGHT = 2 /* pixels of a spectrogram */, PATH_SIZE = 4096 };

enum { HEARD_BANDS = 40, LATENTS_APART = 8 }; /* of the measure of latents */

static const double CLIP_SECONDS = 3.0;
static const size_t CLIP_STEP_BYTES = (size_t)8 << 30; /* address space to treat one clip in */
static const uint64_t HELD_OUT = 0x5eed0fc1195ULL;     /* seed of clips that are never trained on */

typedef struct {
    int latents; /* length of a piece */
    float kl, mel, time_gradient, focus;
    int stats_clips;     /* that the axes of latents are measured on */
    double latent_power; /* how much more those vary that sound more: latent_basis.h */
    int freeze_encoder;  /* latents stay as they are: what was trained on them still fits */
    float latent_noise;  /* with it: deviation of what is added to latents, so that the decoder
                            forgives what a diffusion model leaves */
} settings;

struct reel_stage {
    const reel_recipe *recipe;
    settings set;
    reel_audio_vae vae;
    reel_world_renderer *batch_renderer; /* the producer thread's own */
    reel_world_renderer *clip_renderer;
    reel_folder_clips batch_folder, clip_folder; /* open when the data is a folder */
    reel_tensor *bins, *bands, *kl;              /* of the last loss, for the report */
};

typedef struct {
    int64_t sound_dim[3], latent_dim[3];
    float *sound, *noise;
} audio_batch;

static int64_t product(const int64_t dim[3])
{
    return dim[0] * dim[1] * dim[2];
}

/* --- opening ------------------------------------------------------------------------------- */

static reel_status read_settings(settings *set, const reel_recipe *recipe,
                                 const reel_audio_vae_config *config)
{
    static const char *const keys[] = { "latents",
                                        "kl",
                                        "mel",
                                        "time_gradient",
                                        "focus",
                                        "stats_clips",
                                        "freeze_encoder",
                                        "latent_noise",
                                        "latent_power",
                                        NULL };
    *set = (settings){ .latents = 33,
                       .kl = 1e-3f,
                       .mel = 1.0f,
                       .time_gradient = 0.5f,
                       .stats_clips = 192,
                       .latent_power = 0.35 };
    int longest =
        (int)(CLIP_SECONDS * config->sample_rate) / reel_audio_vae_samples_per_latent(config);
    REEL_TRY(reel_json_only(recipe->options, keys));
    REEL_TRY(reel_json_int(&set->latents, recipe->options, "latents", 2, longest));
    REEL_TRY(reel_json_float(&set->kl, recipe->options, "kl", 0, 1));
    REEL_TRY(reel_json_float(&set->mel, recipe->options, "mel", 0, 100));
    REEL_TRY(reel_json_float(&set->time_gradient, recipe->options, "time_gradient", 0, 100));
    REEL_TRY(reel_json_float(&set->focus, recipe->options, "focus", 0, 100));
    REEL_TRY(reel_json_double(&set->latent_power, recipe->options, "latent_power", 0, 0.5));
    REEL_TRY(reel_json_bool(&set->freeze_encoder, recipe->options, "freeze_encoder"));
    REEL_TRY(reel_json_float(&set->latent_noise, recipe->options, "latent_noise", 0, 1));
    return reel_json_int(&set->stats_clips, recipe->options, "stats_clips", 1, 100000);
}

static void stage_close(reel_stage *stage)
{
    if (stage) {
        reel_folder_clips_close(&stage->batch_folder);
        reel_folder_clips_close(&stage->clip_folder);
        reel_world_renderer_free(stage->batch_renderer);
        reel_world_renderer_free(stage->clip_renderer);
        reel_audio_vae_deinit(&stage->vae);
        free(stage);
    }
}

static reel_status open_parts(reel_stage *stage, const reel_recipe *recipe)
{
    reel_audio_vae_config config = reel_audio_vae_config_mini();
    REEL_TRY(reel_audio_vae_config_read(&config, recipe->config));
    REEL_TRY(read_settings(&stage->set, recipe, &config));
    REEL_TRY(reel_audio_vae_init(&stage->vae, &config));
    REEL_TRY(reel_codec_weights_start(&stage->vae.weights, &stage->vae.stats, recipe,
                                      stage->set.freeze_encoder));
    if (recipe->data && strcmp(recipe->data, "world") != 0) {
        /* films are cut by their pictures; small ones cost little here */
        reel_clip_shape shape = { .width = 16,
                                  .height = 16,
                                  .frames = (int)(CLIP_SECONDS * FPS),
                                  .fps = FPS,
                                  .samples = (int64_t)(CLIP_SECONDS * config.sample_rate),
                                  .sample_rate = config.sample_rate };
        REEL_TRY(reel_folder_clips_open(&stage->batch_folder, recipe->data, &shape));
        return reel_folder_clips_open(&stage->clip_folder, recipe->data, &shape);
    }
    REEL_TRY(reel_world_renderer_new(&stage->batch_renderer));
    return reel_world_renderer_new(&stage->clip_renderer);
}

static reel_status stage_open(reel_stage **out, const reel_recipe *recipe)
{
    *out = NULL;
    reel_stage *stage = calloc(1, sizeof *stage);
    if (!stage) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for a stage");
    }
    stage->recipe = recipe;
    reel_status status = open_parts(stage, recipe);
    if (status < 0) {
        stage_close(stage);
        return status;
    }
    *out = stage;
    return REEL_OK;
}

static reel_weights *stage_weights(reel_stage *stage)
{
    return &stage->vae.weights;
}

/* --- batches ------------------------------------------------------------------------------- */

/* The sound of a clip drawn from `seed`; owned by the caller. */
static reel_status render_sound(reel_clip *clip, const reel_stage *stage,
                                reel_world_renderer *renderer, uint64_t seed)
{
    reel_world_format format = REEL_WORLD_FORMAT_BASE;
    reel_scene scene;
    format.sample_rate = stage->vae.config.sample_rate;
    REEL_TRY(
        reel_scene_sample(&scene, NULL, seed, CLIP_SECONDS, (double)format.width / format.height));
    return reel_scene_render_sound(clip, renderer, &scene, &format);
}

static void batch_free(void *batch)
{
    audio_batch *b = batch;
    if (b) {
        free(b->sound);
        free(b->noise);
        free(b);
    }
}

/* One piece of a clip; pieces at both ends of clips come oftener than by chance. */
static reel_status draw_piece(float *sound, reel_stage *stage, uint64_t seed, int64_t samples)
{
    reel_clip clip = { 0 };
    REEL_TRY(reel_folder_clips_is_open(&stage->batch_folder)
                 ? reel_folder_clips_get(&clip, &stage->batch_folder, reel_rng_mix(seed, 1))
                 : render_sound(&clip, stage, stage->batch_renderer, reel_rng_mix(seed, 1)));
    reel_rng rng = reel_rng_at(seed, 0);
    int64_t spare = clip.samples - samples;
    double where = reel_rng_range(&rng, -0.2, 1.2);
    int64_t first = (int64_t)((where < 0 ? 0 : where > 1 ? 1 : where) * (double)spare);
    for (int c = 0; c < 2; c++) {
        memcpy(sound + c * samples, clip.pcm + c * clip.samples + first,
               (size_t)samples * sizeof *sound);
    }
    reel_clip_free(&clip);
    return REEL_OK;
}

static audio_batch *batch_new(const reel_stage *stage)
{
    const reel_audio_vae_config *config = &stage->vae.config;
    audio_batch *b = calloc(1, sizeof *b);
    if (!b) {
        return NULL;
    }
    int64_t samples = (int64_t)stage->set.latents * reel_audio_vae_samples_per_latent(config);
    int64_t sound_dim[] = { stage->recipe->batch, 2, samples };
    int64_t latent_dim[] = { stage->recipe->batch, stage->set.latents, config->latent_channels };
    memcpy(b->sound_dim, sound_dim, sizeof sound_dim);
    memcpy(b->latent_dim, latent_dim, sizeof latent_dim);
    b->sound = malloc((size_t)product(sound_dim) * sizeof(float));
    b->noise = malloc((size_t)product(latent_dim) * sizeof(float));
    if (!b->sound || !b->noise) {
        batch_free(b);
        return NULL;
    }
    return b;
}

static reel_status batch_make(reel_stage *stage, int64_t step, void **batch)
{
    audio_batch *b = batch_new(stage);
    reel_status status = b ? REEL_OK : REEL_FAIL(REEL_ERR_MEMORY, "no memory for a batch");
    uint64_t seed = stage->recipe->seed;
    for (int64_t i = 0; status == REEL_OK && i < b->sound_dim[0]; i++) {
        int64_t samples = b->sound_dim[2];
        uint64_t piece = reel_rng_mix(seed, (uint64_t)(step * b->sound_dim[0] + i));
        status = draw_piece(b->sound + i * 2 * samples, stage, piece, samples);
    }
    if (status < 0) {
        batch_free(b);
        return status;
    }
    reel_rng_fill_normal(b->noise, (size_t)product(b->latent_dim), seed, (uint64_t)step);
    *batch = b;
    return REEL_OK;
}

/* --- loss ---------------------------------------------------------------------------------- */

/* A normalised latent as the decoder meets it in training. */
static reel_tensor *draw_latent(const reel_stage *stage, reel_rt *rt, reel_posterior posterior,
                                reel_tensor *noise)
{
    reel_tensor *latent =
        reel_latent_normalise(rt, &stage->vae.stats, reel_posterior_sample(rt, posterior, noise));
    return stage->set.freeze_encoder
               ? reel_add(rt, latent, reel_scale(rt, noise, stage->set.latent_noise))
               : latent;
}

/* L1 of loudness. The weight rises from 1 at loudness -2, silence, to 1 + focus at 2, full scale:
 * what rings is a small part of all bins, and the part that is heard. */
static reel_tensor *weighted_l1(reel_rt *rt, reel_tensor *found, reel_tensor *wanted, float focus)
{
    if (focus == 0) {
        return reel_l1(rt, found, wanted, NULL);
    }
    reel_tensor *weight =
        reel_add_scalar(rt, reel_scale(rt, wanted, 0.25f * focus), 1 + 0.5f * focus);
    return reel_l1(rt, reel_mul(rt, found, weight), reel_mul(rt, wanted, weight), NULL);
}

static reel_tensor *stage_loss(reel_stage *stage, reel_rt *rt, const void *batch, int64_t step)
{
    const audio_batch *b = batch;
    const settings *set = &stage->set;
    const reel_audio_vae *vae = &stage->vae;
    float floor = vae->config.floor;
    (void)step;
    reel_tensor *sound = reel_from_host(rt, REEL_F32, b->sound, 3, b->sound_dim);
    reel_tensor *noise = reel_from_host(rt, REEL_F32, b->noise, 3, b->latent_dim);
    reel_tensor *magnitudes = reel_audio_vae_magnitudes(rt, vae, sound);
    reel_tensor *mel = reel_audio_vae_mel(rt, vae, magnitudes);
    reel_tensor *target = reel_loudness(rt, magnitudes, floor);

    reel_posterior posterior = reel_audio_vae_posterior(rt, vae, mel);
    reel_tensor *latent = draw_latent(stage, rt, posterior, noise);
    latent = reel_latent_denormalise(rt, &vae->stats, latent);
    reel_tensor *y = reel_audio_decoder_forward(rt, &vae->decoder, &vae->config, latent);
    reel_tensor *y_mel = reel_audio_vae_mel(rt, vae, reel_loudness_to_magnitude(rt, y, floor));

    reel_tensor *bins = weighted_l1(rt, y, target, set->focus);
    reel_tensor *bands = weighted_l1(rt, y_mel, mel, set->focus);
    reel_tensor *kl = reel_posterior_kl(rt, posterior);
    reel_tensor *loss = reel_add(rt, bins, reel_scale(rt, bands, set->mel));
    if (!set->freeze_encoder) {
        loss = reel_add(rt, loss, reel_scale(rt, kl, set->kl));
    }
    if (set->time_gradient > 0) {
        reel_tensor *change =
            reel_l1(rt, reel_difference(rt, y_mel, 1), reel_difference(rt, mel, 1), NULL);
        loss = reel_add(rt, loss, reel_scale(rt, change, set->time_gradient));
    }
    stage->bins = bins;
    stage->bands = bands;
    stage->kl = kl;
    return loss;
}

static void stage_report(reel_stage *stage, reel_rt *rt, const void *batch, reel_metrics *metrics)
{
    (void)batch;
    reel_metrics_add_scalar(metrics, "bins", rt, stage->bins);
    reel_metrics_add_scalar(metrics, "mel", rt, stage->bands);
    reel_metrics_add_scalar(metrics, "kl", rt, stage->kl);
}

/* --- looking, listening and measuring ------------------------------------------------------ */

/* Clip `index` on rt, of the film set one that training never hears: [1, 2, S]. */
static reel_tensor *held_out_clip(reel_stage *stage, reel_rt *rt, int index)
{
    reel_clip clip = { 0 };
    reel_status status =
        render_sound(&clip, stage, stage->clip_renderer, reel_rng_mix(HELD_OUT, (uint64_t)index));
    if (status < 0) {
        return reel_fail_tensor(rt, status, "%s", reel_error_message());
    }
    reel_tensor *t = REEL_FROM_HOST(rt, REEL_F32, clip.pcm, 1, 2, clip.samples);
    reel_clip_free(&clip);
    return t;
}

static reel_status write_wav(const reel_stage *stage, reel_rt *rt, const reel_tensor *sound,
                             const char *dir, const char *name, int index)
{
    char path[PATH_SIZE];
    const float *pcm = reel_host_f32(rt, sound);
    REEL_TRY(rt->status);
    snprintf(path, sizeof path, "%s/%s_%d.wav", dir, name, index);
    reel_clip clip = { .fps_num = 1,
                       .fps_den = 1,
                       .channels = 2,
                       .sample_rate = stage->vae.config.sample_rate,
                       .samples = sound->dim[2],
                       .pcm = (float *)(uintptr_t)pcm };
    return reel_media_write_clip(path, &clip, NULL);
}

/* Both channels of a mel loudness [1, N, 2 * bands], side by side, low bands at the bottom. */
static void draw_spectrogram(uint8_t *at, reel_rt *rt, const reel_tensor *mel, int64_t stride)
{
    int64_t frames = mel->dim[1], width = mel->dim[2], bands = width / 2;
    const float *values = reel_host_f32(rt, mel);
    for (int64_t y = 0; values && y < bands * BAND_HEIGHT; y++) {
        int64_t band = bands - 1 - y / BAND_HEIGHT;
        for (int64_t x = 0; x < 2 * frames; x++) {
            int64_t channel = x / frames, frame = x % frames;
            float v = values[frame * width + channel * bands + band];
            float grey = (v + 2.0f) * (255.0f / 4.0f);
            memset(at + y * stride + 3 * x, grey < 0 ? 0 : grey > 255 ? 255 : (int)grey, 3);
        }
    }
}

static reel_status sample_clip(reel_stage *stage, reel_rt *rt, const char *dir, int index,
                               uint8_t **sheet, int64_t *width)
{
    const reel_audio_vae *vae = &stage->vae;
    reel_rt_reset(rt);
    reel_tensor *sound = held_out_clip(stage, rt, index);
    reel_tensor *latent = reel_audio_vae_encode(rt, vae, sound);
    reel_tensor *decoded = reel_audio_vae_decode(rt, vae, latent, sound->dim[2]);
    reel_tensor *mel[] = { reel_audio_vae_mel(rt, vae, reel_audio_vae_magnitudes(rt, vae, sound)),
                           reel_audio_vae_mel(rt, vae,
                                              reel_audio_vae_magnitudes(rt, vae, decoded)) };
    REEL_TRY(rt->status);
    int64_t stride = 6 * mel[0]->dim[1];
    int64_t height = (int64_t)BAND_HEIGHT * vae->config.mel_bands;
    if (!*sheet) {
        *width = stride / 3;
        *sheet = calloc((size_t)(stride * height), 2 * SHEET_CLIPS);
        if (!*sheet) {
            return REEL_FAIL(REEL_ERR_MEMORY, "no memory for a sheet of spectrograms");
        }
    }
    for (int i = 0; i < 2; i++) {
        draw_spectrogram(*sheet + (2 * index + i) * height * stride, rt, mel[i], stride);
    }
    REEL_TRY(write_wav(stage, rt, sound, dir, "original", index));
    return write_wav(stage, rt, decoded, dir, "decoded", index);
}

static reel_status stage_sample(reel_stage *stage, const char *dir, int64_t step)
{
    char path[PATH_SIZE];
    uint8_t *sheet = NULL;
    int64_t width = 0;
    (void)step;
    snprintf(path, sizeof path, "%s/spectrograms.png", dir);
    reel_rt rt;
    REEL_TRY(reel_rt_init(&rt, reel_kernels_get(), CLIP_STEP_BYTES));
    reel_status status = REEL_OK;
    for (int i = 0; i < SHEET_CLIPS && status == REEL_OK; i++) {
        status = sample_clip(stage, &rt, dir, i, &sheet, &width);
    }
    reel_rt_deinit(&rt);
    if (status == REEL_OK) {
        int height = 2 * SHEET_CLIPS * BAND_HEIGHT * stage->vae.config.mel_bands;
        status = reel_image_write(path, sheet, (int)width, height, 0);
    }
    free(sheet);
    return status;
}

static reel_tensor *encode_clip(void *self, reel_rt *rt, int index)
{
    reel_stage *stage = self;
    const reel_audio_vae *vae = &stage->vae;
    reel_tensor *magnitudes = reel_audio_vae_magnitudes(rt, vae, held_out_clip(stage, rt, index));
    return reel_audio_vae_posterior(rt, vae, reel_audio_vae_mel(rt, vae, magnitudes)).mean;
}

/* Mean loudness [HEARD_BANDS] of bands that are equally wide on a logarithmic scale, on
 * the scale whose slope is the weight that the loss with focus 4 gives to errors:
 * 1 below loudness -2, 1 + (loudness + 2) above. */
static void hear(float *out, const float *loudness, int bins)
{
    for (int b = 0; b < HEARD_BANDS; b++) {
        int low = (int)(pow(bins, (double)b / HEARD_BANDS) - 1);
        int high = (int)(pow(bins, (double)(b + 1) / HEARD_BANDS) - 1);
        high = high <= low ? low + 1 : high > bins ? bins : high;
        double sum = 0;
        for (int i = low; i < high; i++) {
            sum += (double)loudness[i];
        }
        double mean = sum / (high - low), above = fmax(mean + 2, 0);
        out[b] = (float)(mean + above * above / 2);
    }
}

static reel_tensor *decode_latents(void *self, reel_rt *rt, reel_tensor *latent)
{
    const reel_audio_vae *vae = &((const reel_stage *)self)->vae;
    const reel_tensor *y = reel_audio_decoder_forward(rt, &vae->decoder, &vae->config, latent);
    const float *loudness = reel_host_f32(rt, y);
    const int bins = reel_audio_vae_bins(&vae->config);
    const int64_t rows = loudness ? reel_count(y) / bins : 0; /* of a frame: left, right */
    float *heard = reel_host_scratch(rt, rows * HEARD_BANDS);
    for (int64_t r = 0; heard && r < rows; r++) {
        hear(heard + r * HEARD_BANDS, loudness + r * bins, bins);
    }
    return REEL_FROM_HOST(rt, REEL_F32, heard, rows, HEARD_BANDS);
}

static reel_status measure_latents(reel_stage *stage)
{
    const reel_latent_source source = {
        .self = stage,
        .clips = stage->set.stats_clips,
        .power = stage->set.latent_power,
        .encode = encode_clip,
        .decode = decode_latents,
        .probe = { { .apart = LATENTS_APART, .weight = 1 } },
    };
    return reel_latent_probe_measure(&stage->vae.stats, &source);
}

static reel_status stage_save(reel_stage *stage, const char *path)
{
    if (!stage->set.freeze_encoder) {
        REEL_TRY(measure_latents(stage));
    }
    return reel_audio_vae_save(&stage->vae, path, REEL_F16);
}

/* Every weight of a layer meets every position the layer stands at, forward once and backward
 * twice; the transform and the mel filters, which are not trained, less often. */
static int64_t stage_flops(reel_stage *stage)
{
    const reel_audio_vae *vae = &stage->vae;
    int64_t latents = stage->set.latents, frames = latents * vae->config.frames_per_latent;
    int64_t flops =
        2 * frames *
        (2 * reel_count(vae->stft.analysis.weight) + 8 * reel_count(vae->mel.filters.weight));
    for (int i = 0; i < vae->weights.count; i++) {
        const reel_weight *w = &vae->weights.items[i];
        int per_frame = strstr(w->name, "coder.frame") || strstr(w->name, "encoder.mel") ||
                        strstr(w->name, "decoder.loudness");
        flops +=
            w->tensor->rank > 1 ? 6 * reel_count(w->tensor) * (per_frame ? frames : latents) : 0;
    }
    return flops * stage->recipe->batch;
}

const reel_stage_ops reel_stage_audio_vae = {
    .name = "audio_vae",
    .open = stage_open,
    .close = stage_close,
    .weights = stage_weights,
    .batch_make = batch_make,
    .batch_free = batch_free,
    .loss = stage_loss,
    .report = stage_report,
    .sample = stage_sample,
    .save = stage_save,
    .flops = stage_flops,
};
