/* Stage "dit": the two-tower diffusion transformer on cached latents; options in dit_options.h. */
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "model/dit/dit.h"
#include "model/text_encoder/text_encoder.h"
#include "ops/elementwise.h"
#include "tensor/safetensors.h"
#include "train/dit_sample.h"
#include "train/flow_loss.h"
#include "train/latent_cache_build.h"
#include "train/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 4096 };

struct reel_stage {
    const reel_recipe *recipe;
    reel_dit_options options;
    reel_dit dit;
    reel_text_encoder text_encoder; /* frozen */
    reel_latent_cache caches[REEL_BUCKETS_MAX];
    int cache_count;
    reel_dit_data data;
    reel_dit_output out; /* of the last loss, for the report */
};

static reel_status dit_prepare(const reel_recipe *recipe, reel_train_progress_fn progress,
                               void *user)
{
    reel_dit_options options;
    REEL_TRY(reel_dit_options_read(&options, recipe));
    for (int i = 0; options.build_cache && i < options.bucket_count; i++) {
        const reel_dit_bucket *b = &options.bucket[i];
        reel_cache_order order = { .dir = b->dir,
                                   .model_dir = recipe->model_dir,
                                   .data = recipe->data,
                                   .width = b->width,
                                   .height = b->height,
                                   .fps = options.fps,
                                   .seconds = b->seconds,
                                   .clips = b->clips,
                                   .seed = (uint64_t)b->seed };
        REEL_TRY(reel_latent_cache_build(&order, progress, user));
    }
    return REEL_OK;
}

/* --- the model ----------------------------------------------------------------------------- */

/* The weights of another's sound tower that fit; *matched is how many. */
static reel_status copy_audio(int *matched, const reel_weights *set, const reel_weights *other)
{
    *matched = 0;
    for (int i = 0; i < set->count; i++) {
        const reel_weight *to = &set->items[i];
        if (strncmp(to->name, "audio.", 6) != 0) {
            continue;
        }
        for (int j = 0; j < other->count; j++) {
            const reel_weight *from = &other->items[j];
            if (strcmp(from->name, to->name) == 0 && reel_same_shape(from->tensor, to->tensor)) {
                REEL_TRY(reel_copy_within(to->tensor->data, from->tensor->data,
                                          reel_size_bytes(to->tensor)));
                ++*matched;
                break;
            }
        }
    }
    return REEL_OK;
}

/* The sound tower of another dit part, with the deviations that it has learned with. */
static reel_status load_audio(reel_dit *dit, const char *path)
{
    reel_dit other;
    int matched;
    REEL_TRY(reel_dit_open(&other, path));
    reel_status status = copy_audio(&matched, &dit->weights, &other.weights);
    if (other.config.audio_channels == dit->config.audio_channels) {
        dit->config.audio_std_count = other.config.audio_std_count;
        memcpy(dit->config.audio_std, other.config.audio_std, sizeof dit->config.audio_std);
    }
    reel_dit_deinit(&other);
    REEL_TRY(status);
    return matched ? REEL_OK
                   : REEL_FAIL(REEL_ERR_FORMAT, "%s: no weight audio.... of it fits", path);
}

/* What the file of a codec says of the deviations of its latents. */
static reel_status read_deviations(double *out, int *count, int channels, const char *model_dir,
                                   const char *codec)
{
    char path[PATH_SIZE];
    reel_safetensors file;
    snprintf(path, sizeof path, "%s/%s.safetensors", model_dir, codec);
    REEL_TRY(reel_safetensors_open(&file, path));
    const reel_tensor *std = reel_safetensors_find(&file, "latent_std");
    reel_status status = REEL_OK;
    if (!std || std->dtype != REEL_F32 || std->rank != 1 || std->dim[0] != channels) {
        status = REEL_FAIL(REEL_ERR_SHAPE, "%s: latent_std is %s, expected [%d] f32", path,
                           std ? reel_shape(std).text : "missing", channels);
    }
    for (int c = 0; c < channels && status == REEL_OK; c++) {
        out[c] = (double)((const float *)std->data)[c];
        if (!(out[c] >= 0.001 && out[c] <= 1000.0)) {
            status = REEL_FAIL(REEL_ERR_FORMAT, "%s: latent_std[%d] is %g, expected 0.001..1000",
                               path, c, out[c]);
        }
    }
    *count = channels;
    reel_safetensors_close(&file);
    return status;
}

/* A new network; deviations that the recipe does not give are those of the codecs. */
static reel_status new_model(reel_dit *dit, const reel_recipe *r)
{
    reel_dit_config config;
    reel_status status = reel_dit_config_read(&config, r->config);
    if (status < 0) {
        return reel_fail_in(status, "config");
    }
    if (config.velocity_skip && config.video_std_count == 0) {
        REEL_TRY(read_deviations(config.video_std, &config.video_std_count, config.video_channels,
                                 r->model_dir, "video_vae"));
    }
    if (config.velocity_skip && config.audio_std_count == 0) {
        REEL_TRY(read_deviations(config.audio_std, &config.audio_std_count, config.audio_channels,
                                 r->model_dir, "audio_vae"));
    }
    REEL_TRY(reel_dit_init(dit, &config));
    return reel_weights_randomise(&dit->weights, r->seed);
}

/* What the buckets never use is left alone: no gradient, no decay. */
static reel_status choose_what_learns(reel_stage *s)
{
    int video = 0, audio = 0, coupling = 0;
    for (int i = 0; i < s->options.bucket_count; i++) {
        const reel_dit_bucket *b = &s->options.bucket[i];
        int has_video = reel_dit_bucket_has_video(b), has_audio = reel_dit_bucket_has_audio(b);
        video |= has_video;
        audio |= has_audio;
        coupling |= has_video && has_audio;
    }
    REEL_TRY(reel_weights_alloc_grads(&s->dit.weights));
    reel_weights_want_grads(&s->dit.weights, "video.", video);
    reel_weights_want_grads(&s->dit.weights, "audio.", audio);
    reel_weights_want_grads(&s->dit.weights, "coupling.", coupling);
    return REEL_OK;
}

static reel_status open_model(reel_stage *s)
{
    const reel_recipe *r = s->recipe;
    if (r->init_from) {
        REEL_TRY(reel_dit_open(&s->dit, r->init_from));
    } else {
        REEL_TRY(new_model(&s->dit, r));
    }
    if (s->options.audio_from) {
        REEL_TRY(load_audio(&s->dit, s->options.audio_from));
    }
    return choose_what_learns(s);
}

static reel_status open_text_encoder(reel_stage *s)
{
    char *path = reel_path_join(s->recipe->model_dir, "text_encoder.safetensors");
    reel_status status = path ? reel_text_encoder_open(&s->text_encoder, path)
                              : REEL_FAIL(REEL_ERR_MEMORY, "no memory for a path");
    free(path);
    REEL_TRY(status);
    int width = s->text_encoder.config.width, wanted = s->dit.config.text_width;
    return width == wanted ? REEL_OK
                           : REEL_FAIL(REEL_ERR_SHAPE, "text_width: is %d, the encoder gives %d",
                                       wanted, width);
}

static reel_status check_cache(const reel_stage *s, const reel_latent_cache *cache,
                               const reel_dit_bucket *bucket)
{
    const reel_dit_config *c = &s->dit.config;
    if (reel_dit_bucket_has_video(bucket) && cache->channels != c->video_channels) {
        return REEL_FAIL(REEL_ERR_SHAPE, "%s: has %d video channels, the model %d", cache->dir,
                         cache->channels, c->video_channels);
    }
    if (reel_dit_bucket_has_audio(bucket) && cache->audio_channels != c->audio_channels) {
        return REEL_FAIL(REEL_ERR_SHAPE, "%s: has %d audio channels, the model %d", cache->dir,
                         cache->audio_channels, c->audio_channels);
    }
    return REEL_OK;
}

static reel_status open_caches(reel_stage *s)
{
    for (int i = 0; i < s->options.bucket_count; i++) {
        const reel_dit_bucket *b = &s->options.bucket[i];
        REEL_TRY(reel_latent_cache_open(&s->caches[i], b->dir));
        s->cache_count++;
        REEL_TRY(check_cache(s, &s->caches[i], b));
        reel_log(REEL_LOG_INFO, "dit: %s holds %lld clips", b->dir, (long long)s->caches[i].count);
    }
    s->data = (reel_dit_data){
        .options = &s->options,
        .caches = s->caches,
        .tokenizer = s->text_encoder.tokenizer,
        .max_tokens = s->text_encoder.config.max_tokens,
        .temporal_stride = s->dit.config.temporal_stride,
        .audio_latents_per_second = s->dit.config.audio_latents_per_second,
        .seed = s->recipe->seed,
    };
    return REEL_OK;
}

static void dit_close(reel_stage *s)
{
    for (int i = 0; i < s->cache_count; i++) {
        reel_latent_cache_close(&s->caches[i]);
    }
    reel_text_encoder_deinit(&s->text_encoder);
    reel_dit_deinit(&s->dit);
    free(s);
}

static reel_status dit_open(reel_stage **out, const reel_recipe *recipe)
{
    reel_stage *s = calloc(1, sizeof *s);
    if (!s) {
        return REEL_FAIL(REEL_ERR_MEMORY, "dit: no memory");
    }
    s->recipe = recipe;
    reel_status status;
    REEL_TRY_OR_DONE(reel_dit_options_read(&s->options, recipe));
    REEL_TRY_OR_DONE(open_model(s));
    REEL_TRY_OR_DONE(open_text_encoder(s));
    REEL_TRY_OR_DONE(open_caches(s));
    *out = s;
done:
    if (status < 0) {
        dit_close(s);
    }
    return status;
}

static reel_weights *dit_weights(reel_stage *s)
{
    return &s->dit.weights;
}

static reel_status dit_batch_make(reel_stage *s, int64_t step, void **out)
{
    reel_dit_batch *batch = NULL;
    REEL_TRY(reel_dit_batch_make(&batch, &s->data, step));
    *out = batch;
    return REEL_OK;
}

/* --- loss ---------------------------------------------------------------------------------- */

static reel_tensor *input_of(reel_rt *rt, const reel_dit_modality *m, int rank, const int64_t *dim)
{
    return m->latents ? reel_from_host(rt, REEL_F32, m->input, rank, dim) : NULL;
}

static reel_dit_output forward(reel_stage *s, reel_rt *rt, const reel_dit_batch *b)
{
    int recording = rt->recording;
    rt->recording = 0; /* the text encoder is frozen */
    reel_encoded_text text = reel_text_encoder_encode(rt, &s->text_encoder, &b->tokens);
    rt->recording = recording;
    const int64_t video_dim[] = { b->count, b->latent_frames, b->latent_height, b->latent_width,
                                  2 * b->video.channels + 1 };
    const int64_t audio_dim[] = { b->count, b->audio.latents, 2 * b->audio.channels + 1 };
    const reel_dit_input input = {
        .video = input_of(rt, &b->video, 5, video_dim),
        .audio = input_of(rt, &b->audio, 3, audio_dim),
        .sigma_video = b->video.sigma,
        .sigma_audio = b->audio.sigma,
        .text = text.text,
        .text_mask = text.mask,
        .frames_per_second = s->options.fps,
        .recompute = s->options.recompute,
    };
    return reel_dit_forward(rt, &s->dit, &input);
}

static reel_tensor *dit_loss(reel_stage *s, reel_rt *rt, const void *made, int64_t step)
{
    (void)step;
    const reel_dit_batch *b = made;
    s->out = forward(s, rt, b);
    if (rt->status < 0) {
        return &rt->poison;
    }
    reel_tensor *loss = NULL;
    if (s->out.video) {
        loss = reel_flow_loss(rt, s->out.video, &b->video);
    }
    if (s->out.audio) {
        reel_tensor *audio = reel_flow_loss(rt, s->out.audio, &b->audio);
        loss = loss ? reel_add(rt, loss, audio) : audio;
    }
    return loss;
}

static void dit_report(reel_stage *s, reel_rt *rt, const void *made, reel_metrics *metrics)
{
    const reel_dit_batch *b = made;
    if (s->out.video) {
        reel_flow_report(metrics, rt, s->out.video, &b->video, 1);
    }
    if (s->out.audio) {
        reel_flow_report(metrics, rt, s->out.audio, &b->audio, 0);
    }
}

/* --- the rest ------------------------------------------------------------------------------ */

static reel_status dit_sample(reel_stage *s, const char *dir, int64_t step)
{
    (void)step;
    const reel_dit_sample sample = {
        .dit = &s->dit,
        .text_encoder = &s->text_encoder,
        .model_dir = s->recipe->model_dir,
        .options = &s->options,
    };
    return reel_dit_sample_write(&sample, dir);
}

static reel_status dit_save(reel_stage *s, const char *path)
{
    return reel_dit_save(&s->dit, path, REEL_F16);
}

/* The mean over the buckets by their shares. */
static int64_t dit_flops(reel_stage *s)
{
    const int64_t text = 48; /* tokens of a usual caption */
    double sum = 0, shares = 0;
    int patch = s->dit.config.patch;
    for (int i = 0; i < s->options.bucket_count; i++) {
        const reel_dit_bucket *b = &s->options.bucket[i];
        const reel_latent_cache *c = &s->caches[i];
        int64_t video = (int64_t)c->latent_frames * c->latent_height * c->latent_width;
        video = reel_dit_bucket_has_video(b) ? video / (patch * patch) : 0;
        int64_t audio = reel_dit_bucket_has_audio(b) ? c->audio_latents : 0;
        sum += b->share * b->batch * 3 * reel_dit_flops(&s->dit.config, video, audio, text);
        shares += b->share;
    }
    return (int64_t)(sum / shares);
}

const reel_stage_ops reel_stage_dit = {
    .name = "dit",
    .prepare = dit_prepare,
    .open = dit_open,
    .close = dit_close,
    .weights = dit_weights,
    .batch_make = dit_batch_make,
    .batch_free = reel_dit_batch_free,
    .loss = dit_loss,
    .report = dit_report,
    .sample = dit_sample,
    .save = dit_save,
    .flops = dit_flops,
};
