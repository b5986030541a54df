/* Making batches of noisy latents on the host. */
#include "train/dit_batch.h"

#include "base/error.h"
#include "base/rng.h"
#include "tensor/safetensors.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t STEP_SEQUENCE = 0x64697400, NOISE_SEED = 0x6e6f697365;
enum { REFRESH_EVERY = 32 }; /* steps between two looks for new shards */

/* The clip's place in the batch. */
typedef struct {
    const reel_dit_data *data;
    reel_dit_batch *batch;
    int row;
    reel_task_shape shape;
    double sigma[2];
    float *video_mask, *audio_mask;
} row_task;

static const reel_dit_bucket *pick_bucket(const reel_dit_options *o, reel_rng *rng)
{
    double sum = 0, at = reel_rng_uniform(rng);
    for (int i = 0; i < o->bucket_count; i++) {
        sum += o->bucket[i].share;
    }
    int i = 0;
    for (at *= sum; i + 1 < o->bucket_count && (at -= o->bucket[i].share) >= 0; i++) {
    }
    return &o->bucket[i];
}

static float *floats(reel_dit_batch *b, int64_t count)
{
    return reel_arena_alloc(&b->arena, (size_t)count * sizeof(float));
}

/* What alloc_modality() and the mask of one clip take, each array rounded up. */
static size_t modality_bytes(const reel_dit_batch *b, const reel_dit_modality *m)
{
    size_t values = (size_t)(b->count * m->latents * (4 * m->channels + 1) + b->count + m->latents);
    return values * sizeof(float) + (size_t)8 * REEL_ARENA_ALIGN;
}

static void alloc_modality(reel_dit_batch *b, reel_dit_modality *m)
{
    int64_t latents = b->count * m->latents;
    m->input = floats(b, latents * (2 * m->channels + 1));
    m->target = floats(b, latents * m->channels);
    m->scale = floats(b, latents * m->channels);
    m->sigma = floats(b, b->count);
    assert(m->input && m->target && m->scale && m->sigma);
}

/* How many latent frames of the clips are used; crops begin at 0, where the causal code begins. */
static int pick_frames(const reel_latent_cache *cache, const reel_dit_bucket *bucket, reel_rng *rng)
{
    int all = cache->latent_frames, least = (2 * all + 2) / 3;
    double u = reel_rng_uniform(rng);
    return u < bucket->crop_share && least < all ? least + reel_rng_below(rng, all - least) : all;
}

static reel_status shape_batch(reel_dit_batch *b, const reel_dit_data *d,
                               const reel_dit_bucket *bucket, const reel_latent_cache *cache,
                               reel_rng *rng)
{
    int frames = pick_frames(cache, bucket, rng);
    b->count = bucket->batch;
    b->latent_height = cache->latent_height;
    b->latent_width = cache->latent_width;
    if (reel_dit_bucket_has_video(bucket)) {
        b->latent_frames = frames;
        b->video.latents = (int64_t)frames * cache->latent_height * cache->latent_width;
        b->video.channels = cache->channels;
    }
    if (reel_dit_bucket_has_audio(bucket)) {
        /* a clip that is cut short ends with its last frame but the odd one */
        double seconds = (double)(frames - 1) * d->temporal_stride / d->options->fps;
        int sounds = (int)ceil(seconds * d->audio_latents_per_second - 1e-9);
        b->audio.latents = frames == cache->latent_frames || sounds > cache->audio_latents
                               ? cache->audio_latents
                               : sounds;
        b->audio.channels = cache->audio_channels;
    }
    REEL_TRY(
        reel_arena_init(&b->arena, modality_bytes(b, &b->video) + modality_bytes(b, &b->audio)));
    alloc_modality(b, &b->video);
    alloc_modality(b, &b->audio);
    return REEL_OK;
}

/* Noise, target, condition and weight of one modality of one clip. clean: f16, blank: f32, both
 * [latents, C] at least. */
static void fill_modality(reel_dit_modality *m, const row_task *t, int which, const uint16_t *clean,
                          const float *blank, const float *mask, uint64_t noise)
{
    int64_t channels = m->channels, count = m->latents * channels, given = 0;
    float *input = m->input + t->row * m->latents * (2 * channels + 1);
    float *target = m->target + t->row * count, *scale = m->scale + t->row * count;
    float sigma = (float)t->sigma[which];
    for (int64_t l = 0; l < m->latents; l++) {
        given += mask[l] != 0.0f;
    }
    double weight = reel_sigma_weight(&t->data->options->sigma, t->sigma[which]);
    double share = (double)(m->latents - given) / (double)m->latents;
    float level = given < m->latents ? (float)sqrt(weight / share) : 0.0f;
    m->sigma[t->row] = sigma;
    reel_rng_fill_normal(target, (size_t)count, noise, (uint64_t)which); /* eps, for now */
    for (int64_t l = 0; l < m->latents; l++) {
        float *to = input + l * (2 * channels + 1);
        for (int64_t c = 0; c < channels; c++) {
            int64_t i = l * channels + c;
            float x0 = reel_f16_to_f32(clean[i]), eps = target[i];
            to[c] = (1.0f - sigma) * x0 + sigma * eps;
            to[channels + c] = mask[l] != 0.0f ? x0 : blank[i];
            target[i] = eps - x0;
            scale[i] = mask[l] != 0.0f ? 0.0f : level;
        }
        to[2 * channels] = mask[l];
    }
}

static void draw_task(row_task *t, reel_rng *rng)
{
    const reel_dit_batch *b = t->batch;
    const reel_dit_data *d = t->data;
    t->shape = (reel_task_shape){
        .latent_frames = b->latent_frames,
        .latent_height = b->latent_height,
        .latent_width = b->latent_width,
        .audio_latents = (int)b->audio.latents,
        .first_seconds = 1.0 / d->options->fps,
        .frame_seconds = (double)d->temporal_stride / d->options->fps,
        .audio_latents_per_second = d->audio_latents_per_second,
    };
    reel_task_draw(t->sigma, t->video_mask, t->audio_mask, &t->shape, &d->options->tasks,
                   &d->options->sigma, rng);
}

/* One kind for a batch: captions are padded to the longest of it. */
static int pick_caption_kind(const reel_dit_bucket *bucket, reel_rng *rng)
{
    return reel_rng_uniform(rng) < bucket->short_share ? 0
                                                       : 1 + reel_rng_below(rng, REEL_CAPTIONS - 1);
}

static reel_status fill_batch(reel_dit_batch *b, const reel_dit_data *d,
                              const reel_latent_cache *cache, int caption_kind, reel_rng *rng)
{
    const char **captions = calloc((size_t)b->count, sizeof *captions);
    row_task t = { .data = d,
                   .batch = b,
                   .video_mask = floats(b, b->video.latents),
                   .audio_mask = floats(b, b->audio.latents) };
    if (!captions) {
        free(captions);
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for a batch of %d", b->count);
    }
    for (t.row = 0; t.row < b->count; t.row++) {
        reel_cache_clip clip = reel_latent_cache_get(cache, reel_rng_below(rng, (int)cache->count));
        int is_dropped = reel_rng_uniform(rng) < d->options->prompt_dropout;
        captions[t.row] = is_dropped ? "" : clip.caption[caption_kind];
        draw_task(&t, rng);
        uint64_t noise =
            reel_rng_mix(d->seed ^ NOISE_SEED, rng->sequence + ((uint64_t)t.row << 40));
        if (b->video.latents) {
            fill_modality(&b->video, &t, 0, clip.video, cache->blank_video, t.video_mask, noise);
        }
        if (b->audio.latents) {
            fill_modality(&b->audio, &t, 1, clip.audio, cache->blank_audio, t.audio_mask, noise);
        }
    }
    reel_status status =
        reel_token_batch_build(&b->tokens, d->tokenizer, captions, b->count, d->max_tokens);
    free(captions);
    return status;
}

static reel_status make(reel_dit_batch *b, const reel_dit_data *d, int64_t step)
{
    reel_rng rng = reel_rng_at(d->seed, STEP_SEQUENCE + ((uint64_t)step << 8));
    const reel_dit_bucket *bucket = pick_bucket(d->options, &rng);
    reel_latent_cache *cache = &d->caches[bucket - d->options->bucket];
    if (cache->count < bucket->clips && (step % REFRESH_EVERY == 0 || cache->count == 0)) {
        REEL_TRY(reel_latent_cache_refresh(cache));
    }
    if (cache->count == 0) {
        return REEL_FAIL(REEL_ERR_NOT_FOUND, "%s: holds no clips yet", cache->dir);
    }
    REEL_TRY(shape_batch(b, d, bucket, cache, &rng));
    return fill_batch(b, d, cache, pick_caption_kind(bucket, &rng), &rng);
}

reel_status reel_dit_batch_make(reel_dit_batch **out, const reel_dit_data *data, int64_t step)
{
    reel_dit_batch *b = calloc(1, sizeof *b);
    if (!b) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for a batch");
    }
    reel_status status = make(b, data, step);
    if (status < 0) {
        reel_dit_batch_free(b);
        return status;
    }
    *out = b;
    return REEL_OK;
}

void reel_dit_batch_free(void *batch)
{
    reel_dit_batch *b = batch;
    if (b) {
        reel_token_batch_free(&b->tokens);
        reel_arena_deinit(&b->arena);
        free(b);
    }
}
