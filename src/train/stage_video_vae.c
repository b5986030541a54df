/* Stage "video_vae": the video autoencoder learns to give back crops of the film set, or of the
 * films of a folder.
 *
 * loss = L1 of pixels + gradient * L1 of their differences in space and time + kl * divergence,
 * the latent drawn from its distribution. The differences keep edges sharp and motion steady.
 * Errors where an actor is count 1 + focus times: it is a small part of the picture, and the part
 * that matters. */
#include "base/error.h"
#include "base/rng.h"
#include "media/image.h"
#include "model/video_vae/pixels.h"
#include "model/video_vae/video_vae.h"
#include "ops/elementwise.h"
#include "ops/kernels.h"
#include "ops/loss.h"
#include "ops/reduce.h"
#include "train/codec_weights.h"
#include "train/folder_clips.h"
#include "train/latent_probe.h"
#include "train/stage.h"
#include "train/video_crop.h"
#include "world/render.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SHEET_CLIPS = 5, /* of a contact sheet */
    SHEET_COLUMNS = 6,
    SHEET_STEP = 9, /* frames from column to column */
    PATH_SIZE = 4096
};

static const size_t CLIP_STEP_BYTES = (size_t)8 << 30; /* address space to encode one clip in */
static const uint64_t HELD_OUT = 0x5eed0fc1195ULL;     /* seed of clips that are never trained on */

typedef struct {
    reel_video_crop crop;
    float kl, gradient, time_gradient;
    int stats_clips;     /* that the axes of latents are measured on */
    double latent_power; /* how much more those vary that show more: latent_basis.h */
    int freeze_encoder;  /* latents stay as they are: what was trained on them still fits */
    float latent_noise;  /* with it: deviation of what is added to latents, so that the decoder
                            forgives what a diffusion model leaves */
} settings;

struct reel_stage {
    const reel_recipe *recipe;
    settings set;
    reel_video_vae vae;
    reel_world_renderer *batch_renderer; /* the producer thread's own */
    reel_world_renderer *clip_renderer;
    reel_folder_clips batch_folder, clip_folder; /* open when the data is a folder */
    reel_tensor *l1, *kl, *mse;                  /* of the last loss, for the report */
};

typedef struct {
    int64_t pixel_dim[5], latent_dim[5];
    float *pixels, *weight /* like pixels */, *noise;
} video_batch;

static int64_t product(const int64_t dim[5])
{
    return dim[0] * dim[1] * dim[2] * dim[3] * dim[4];
}

/* --- opening ------------------------------------------------------------------------------- */

static reel_status read_settings(settings *set, const reel_recipe *recipe,
                                 const reel_video_vae_config *config)
{
    static const char *const keys[] = { "frames",      "height",         "width",
                                        "kl",          "gradient",       "time_gradient",
                                        "stats_clips", "freeze_encoder", "latent_noise",
                                        "focus",       "latent_power",   NULL };
    *set = (settings){
        .crop = { .frames = 17, .height = 64, .width = 64, .focus = 3.0f },
        .kl = 1e-3f,
        .gradient = 0.5f,
        .time_gradient = 0.5f,
        .stats_clips = 192,
        .latent_power = 0.25,
    };
    REEL_TRY(reel_json_only(recipe->options, keys));
    REEL_TRY(reel_json_int(&set->crop.frames, recipe->options, "frames", 1,
                           REEL_VIDEO_CROP_CLIP_FRAMES));
    REEL_TRY(
        reel_json_int(&set->crop.height, recipe->options, "height", 16, REEL_VIDEO_CROP_SIDE_MAX));
    REEL_TRY(
        reel_json_int(&set->crop.width, recipe->options, "width", 16, REEL_VIDEO_CROP_SIDE_MAX));
    REEL_TRY(reel_json_float(&set->kl, recipe->options, "kl", 0, 1));
    REEL_TRY(reel_json_float(&set->gradient, recipe->options, "gradient", 0, 100));
    REEL_TRY(reel_json_float(&set->time_gradient, recipe->options, "time_gradient", 0, 100));
    REEL_TRY(reel_json_float(&set->crop.focus, recipe->options, "focus", 0, 100));
    REEL_TRY(reel_json_int(&set->stats_clips, recipe->options, "stats_clips", 1, 100000));
    REEL_TRY(reel_json_double(&set->latent_power, recipe->options, "latent_power", 0, 0.5));
    REEL_TRY(reel_json_bool(&set->freeze_encoder, recipe->options, "freeze_encoder"));
    REEL_TRY(reel_json_float(&set->latent_noise, recipe->options, "latent_noise", 0, 1));
    if ((set->crop.frames - 1) % config->temporal_stride ||
        set->crop.height % config->spatial_stride || set->crop.width % config->spatial_stride) {
        return REEL_FAIL(REEL_ERR_FORMAT,
                         "frames, height, width: are %d, %d, %d, expected 1 + n * %d and multiples "
                         "of %d",
                         set->crop.frames, set->crop.height, set->crop.width,
                         config->temporal_stride, config->spatial_stride);
    }
    return REEL_OK;
}

static void stage_close(reel_stage *stage)
{
    if (stage) {
        reel_folder_clips_close(&stage->batch_folder);
        reel_folder_clips_close(&stage->clip_folder);
        reel_world_renderer_free(stage->batch_renderer);
        reel_world_renderer_free(stage->clip_renderer);
        reel_video_vae_deinit(&stage->vae);
        free(stage);
    }
}

static reel_status open_parts(reel_stage *stage, const reel_recipe *recipe)
{
    reel_video_vae_config config = reel_video_vae_config_mini();
    REEL_TRY(reel_video_vae_config_read(&config, recipe->config));
    REEL_TRY(read_settings(&stage->set, recipe, &config));
    REEL_TRY(reel_video_vae_init(&stage->vae, &config));
    REEL_TRY(reel_codec_weights_start(&stage->vae.weights, &stage->vae.stats, recipe,
                                      stage->set.freeze_encoder));
    if (recipe->data && strcmp(recipe->data, "world") != 0) {
        reel_world_format base = REEL_WORLD_FORMAT_BASE;
        reel_clip_shape shape = { .width = base.width,
                                  .height = base.height,
                                  .frames = REEL_VIDEO_CROP_CLIP_FRAMES,
                                  .fps = REEL_VIDEO_CROP_FPS,
                                  .sample_rate = base.sample_rate };
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

static void batch_free(void *batch)
{
    video_batch *b = batch;
    if (b) {
        free(b->pixels);
        free(b->weight);
        free(b->noise);
        free(b);
    }
}

static float to_signed(uint8_t value)
{
    return (float)value / 127.5f - 1.0f;
}

static video_batch *batch_new(const reel_stage *stage)
{
    const reel_video_vae_config *c = &stage->vae.config;
    const settings *set = &stage->set;
    video_batch *b = calloc(1, sizeof *b);
    if (!b) {
        return NULL;
    }
    int64_t pixel_dim[] = { stage->recipe->batch, set->crop.frames, set->crop.height,
                            set->crop.width, 3 };
    int64_t latent_dim[] = { stage->recipe->batch, 1 + (set->crop.frames - 1) / c->temporal_stride,
                             set->crop.height / c->spatial_stride,
                             set->crop.width / c->spatial_stride, c->latent_channels };
    memcpy(b->pixel_dim, pixel_dim, sizeof pixel_dim);
    memcpy(b->latent_dim, latent_dim, sizeof latent_dim);
    b->pixels = malloc((size_t)product(pixel_dim) * sizeof(float));
    b->weight = malloc((size_t)product(pixel_dim) * sizeof(float));
    b->noise = malloc((size_t)product(latent_dim) * sizeof(float));
    if (!b->pixels || !b->weight || !b->noise) {
        batch_free(b);
        return NULL;
    }
    return b;
}

static reel_status draw_crop(float *pixels, float *weight, reel_stage *stage, uint64_t seed)
{
    const reel_video_crop *crop = &stage->set.crop;
    if (!reel_folder_clips_is_open(&stage->batch_folder)) {
        return reel_video_crop_draw(pixels, weight, stage->batch_renderer, crop, seed);
    }
    reel_clip clip;
    REEL_TRY(reel_folder_clips_get(&clip, &stage->batch_folder, reel_rng_mix(seed, 1)));
    reel_status status = reel_video_crop_cut(pixels, weight, &clip, crop, seed);
    reel_clip_free(&clip);
    return status;
}

static reel_status batch_make(reel_stage *stage, int64_t step, void **batch)
{
    video_batch *b = batch_new(stage);
    reel_status status = b ? REEL_OK : REEL_FAIL(REEL_ERR_MEMORY, "no memory for a batch");
    uint64_t seed = stage->recipe->seed;
    for (int64_t i = 0; status == REEL_OK && i < b->pixel_dim[0]; i++) {
        int64_t at = i * (product(b->pixel_dim) / b->pixel_dim[0]);
        uint64_t clip = reel_rng_mix(seed, (uint64_t)(step * b->pixel_dim[0] + i));
        status = draw_crop(b->pixels + at, b->weight + at, stage, clip);
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

/* L1 between the differences of a and b along an axis; nothing where there is one row. */
static reel_tensor *add_difference(reel_rt *rt, reel_tensor *sum, reel_tensor *a, reel_tensor *b,
                                   int axis, float weight)
{
    if (weight == 0 || rt->status < 0 || a->dim[axis] < 2) {
        return sum;
    }
    reel_tensor *l1 = reel_l1(rt, reel_difference(rt, a, axis), reel_difference(rt, b, axis), NULL);
    return reel_add(rt, sum, reel_scale(rt, l1, weight));
}

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

static reel_tensor *stage_loss(reel_stage *stage, reel_rt *rt, const void *batch, int64_t step)
{
    const video_batch *b = batch;
    const settings *set = &stage->set;
    (void)step;
    reel_tensor *pixels = reel_from_host(rt, REEL_F32, b->pixels, 5, b->pixel_dim);
    reel_tensor *weight = reel_from_host(rt, REEL_F32, b->weight, 5, b->pixel_dim);
    reel_tensor *noise = reel_from_host(rt, REEL_F32, b->noise, 5, b->latent_dim);
    reel_posterior posterior = reel_video_vae_posterior(rt, &stage->vae, pixels);
    reel_tensor *y =
        reel_video_vae_decode(rt, &stage->vae, draw_latent(stage, rt, posterior, noise));
    reel_tensor *found = reel_mul(rt, y, weight), *wanted = reel_mul(rt, pixels, weight);
    reel_tensor *l1 = reel_l1(rt, found, wanted, NULL), *kl = reel_posterior_kl(rt, posterior);
    reel_tensor *loss = set->freeze_encoder ? l1 : reel_add(rt, l1, reel_scale(rt, kl, set->kl));
    loss = add_difference(rt, loss, found, wanted, 1, set->time_gradient);
    loss = add_difference(rt, loss, found, wanted, 2, set->gradient);
    loss = add_difference(rt, loss, found, wanted, 3, set->gradient);

    rt->recording = 0; /* the rest is for the log */
    stage->mse = reel_mse(rt, y, pixels, NULL);
    rt->recording = 1;
    stage->l1 = l1;
    stage->kl = kl;
    return loss;
}

static void stage_report(reel_stage *stage, reel_rt *rt, const void *batch, reel_metrics *metrics)
{
    (void)batch;
    reel_metrics_add_scalar(metrics, "l1", rt, stage->l1);
    reel_metrics_add_scalar(metrics, "kl", rt, stage->kl);
    const float *mse = reel_host_f32(rt, stage->mse);
    if (mse) {
        reel_metrics_add(metrics, "psnr", 10 * log10(4 / (double)*mse));
    }
}

/* --- looking and measuring ----------------------------------------------------------------- */

static reel_status get_clip(reel_clip *clip, reel_stage *stage, int index)
{
    if (reel_folder_clips_is_open(&stage->clip_folder)) {
        return reel_folder_clips_get(clip, &stage->clip_folder, (uint64_t)index);
    }
    reel_world_format format = REEL_WORLD_FORMAT_BASE;
    reel_scene scene;
    REEL_TRY(reel_scene_sample(&scene, NULL, reel_rng_mix(HELD_OUT, (uint64_t)index),
                               (double)REEL_VIDEO_CROP_CLIP_FRAMES / REEL_VIDEO_CROP_FPS,
                               (double)format.width / format.height));
    return reel_scene_render_video(clip, stage->clip_renderer, &scene, &format);
}

/* Clip `index` as pixels on rt: of the film set one that training never sees. */
static reel_tensor *held_out_clip(reel_stage *stage, reel_rt *rt, int index)
{
    reel_clip clip = { 0 };
    reel_status status = get_clip(&clip, stage, index);
    if (status < 0) {
        return reel_fail_tensor(rt, status, "%s", reel_error_message());
    }
    int64_t count = (int64_t)clip.frames * clip.height * clip.width * 3;
    float *pixels = reel_host_scratch(rt, count);
    for (int64_t i = 0; pixels && i < count; i++) {
        pixels[i] = to_signed(clip.rgb[i]);
    }
    reel_tensor *t =
        REEL_FROM_HOST(rt, REEL_F32, pixels, 1, clip.frames, clip.height, clip.width, 3);
    reel_clip_free(&clip);
    return t;
}

/* A frame into the sheet, at a cell. */
static void paste(uint8_t *to, const float *from, int64_t height, int64_t width)
{
    for (int64_t y = 0; y < height; y++) {
        reel_pixels_to_rgb(to + y * 3 * width * SHEET_COLUMNS, from + y * 3 * width,
                           (size_t)(3 * width));
    }
}

/* Frames of a clip on rt into a row of the sheet. */
static void paste_row(uint8_t *sheet, int row, reel_rt *rt, const reel_tensor *clip)
{
    int64_t height = clip->dim[2], width = clip->dim[3];
    const float *pixels = reel_host_f32(rt, clip);
    for (int i = 0; pixels && i < SHEET_COLUMNS; i++) {
        uint8_t *cell = sheet + (row * height * SHEET_COLUMNS + i) * width * 3;
        paste(cell, pixels + i * SHEET_STEP * height * width * 3, height, width);
    }
}

static reel_status draw_sheet(reel_stage *stage, reel_rt *rt, const char *path)
{
    reel_world_format format = REEL_WORLD_FORMAT_BASE;
    int width = SHEET_COLUMNS * format.width, height = 2 * SHEET_CLIPS * format.height;
    uint8_t *sheet = calloc((size_t)width * height, 3);
    if (!sheet) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for a contact sheet");
    }
    for (int c = 0; c < SHEET_CLIPS && rt->status == REEL_OK; c++) {
        reel_rt_reset(rt);
        reel_tensor *pixels = held_out_clip(stage, rt, c);
        reel_tensor *latent = reel_video_vae_encode(rt, &stage->vae, pixels);
        reel_tensor *decoded = reel_video_vae_decode(rt, &stage->vae, latent);
        paste_row(sheet, 2 * c, rt, pixels);
        paste_row(sheet, 2 * c + 1, rt, decoded);
    }
    reel_status status = rt->status;
    if (status == REEL_OK) {
        status = reel_image_write(path, sheet, width, height, 0);
    }
    free(sheet);
    return status;
}

static reel_status stage_sample(reel_stage *stage, const char *dir, int64_t step)
{
    char path[PATH_SIZE];
    (void)step;
    snprintf(path, sizeof path, "%s/reconstruction.png", dir);
    reel_rt rt;
    REEL_TRY(reel_rt_init(&rt, reel_kernels_get(), CLIP_STEP_BYTES));
    reel_status status = draw_sheet(stage, &rt, path);
    reel_rt_deinit(&rt);
    return status;
}

static reel_tensor *encode_clip(void *self, reel_rt *rt, int index)
{
    reel_stage *stage = self;
    return reel_video_vae_posterior(rt, &stage->vae, held_out_clip(stage, rt, index)).mean;
}

static reel_tensor *decode_latents(void *self, reel_rt *rt, reel_tensor *latent)
{
    const reel_video_vae *vae = &((const reel_stage *)self)->vae;
    return reel_video_decoder_forward(rt, &vae->decoder, &vae->config, latent);
}

/* Still images, and the second latent of films: differences count per pixel frame. */
static reel_status measure_latents(reel_stage *stage)
{
    const reel_latent_source source = {
        .self = stage,
        .clips = stage->set.stats_clips,
        .power = stage->set.latent_power,
        .encode = encode_clip,
        .decode = decode_latents,
        .probe = { { .latents = 1, .weight = 1 },
                   { .latents = 3,
                     .first = 1,
                     .weight = 1.0 / stage->vae.config.temporal_stride } },
    };
    return reel_latent_probe_measure(&stage->vae.stats, &source);
}

static reel_status stage_save(reel_stage *stage, const char *path)
{
    if (!stage->set.freeze_encoder) {
        REEL_TRY(measure_latents(stage));
    }
    return reel_video_vae_save(&stage->vae, path, REEL_F16);
}

/* Every weight of a layer meets every position the layer stands at, forward once and backward
 * twice, a multiplication and an addition each. */
static int64_t stage_flops(reel_stage *stage)
{
    const reel_video_vae_config *c = &stage->vae.config;
    const settings *set = &stage->set;
    int64_t groups = 1 + (set->crop.frames - 1) / c->temporal_stride;
    int64_t cells =
        (int64_t)set->crop.height * set->crop.width / (c->spatial_stride * c->spatial_stride);
    const struct {
        const char *prefix;
        int64_t positions;
    } layer[] = {
        { "encoder.patch", 4 * cells * groups },
        { "encoder.fine", 4 * cells * groups },
        { "decoder.fine", 4 * cells * groups },
        { "decoder.frames", 4 * cells * groups },
        { "decoder.frame.", 4 * cells * set->crop.frames },
        { "decoder.pixels", 4 * cells * set->crop.frames },
        { "", cells * groups },
    };
    int64_t flops = 0;
    for (int i = 0; i < stage->vae.weights.count; i++) {
        const reel_weight *w = &stage->vae.weights.items[i];
        size_t l = 0;
        while (strncmp(w->name, layer[l].prefix, strlen(layer[l].prefix)) != 0) {
            l++;
        }
        flops += w->tensor->rank > 1 ? 6 * reel_count(w->tensor) * layer[l].positions : 0;
    }
    return flops * stage->recipe->batch;
}

const reel_stage_ops reel_stage_video_vae = {
    .name = "video_vae",
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
