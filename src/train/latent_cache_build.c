/* Rendering, encoding, and writing shard after shard. */
#include "train/latent_cache_build.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "pipeline/blank.h"
#include "pipeline/geometry.h"
#include "train/clip_encoder.h"
#include "train/clip_source.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUP = 4, CHANNELS = 2 }; /* clips rendered and encoded at once */

typedef struct {
    const reel_cache_order *order;
    reel_train_progress_fn progress;
    void *user;
    reel_clip_encoder encoder;
    reel_clip_source source;
    reel_clip_shape shape;
    reel_cache_spec spec;
    int64_t video_dim[5], audio_dim[3]; /* [N, ...] */
    size_t video_count, audio_count;    /* of one clip */
    reel_clip group[GROUP];
    float *video, *audio; /* of one shard */
    reel_clip_captions *captions;
    int64_t total, made;
    double started;
} builder;

/* --- what the cache holds ------------------------------------------------------------------ */

static void find_shape(builder *b)
{
    const reel_cache_order *o = b->order;
    const reel_video_vae_config *video = &b->encoder.video.config;
    const reel_audio_vae_config *audio = &b->encoder.audio.config;
    int latent_frames = 1;
    b->shape = (reel_clip_shape){
        .width = o->width, .height = o->height, .frames = 1, .fps = o->fps, .sample_rate = 44100
    };
    if (o->seconds > 0) {
        int per_latent = reel_audio_vae_samples_per_latent(audio);
        int64_t samples = (int64_t)(o->seconds * audio->sample_rate + 0.5);
        int latents = reel_audio_latents(samples, per_latent);
        latent_frames =
            reel_latent_frames(reel_frames_of(o->seconds, o->fps, 1), video->temporal_stride);
        b->shape.frames = 1 + (latent_frames - 1) * video->temporal_stride;
        b->shape.samples = (int64_t)latents * per_latent;
        b->shape.sample_rate = audio->sample_rate;
        b->audio_dim[1] = latents;
        b->audio_dim[2] = audio->latent_channels;
    }
    b->video_dim[1] = latent_frames;
    b->video_dim[2] = o->height / video->spatial_stride;
    b->video_dim[3] = o->width / video->spatial_stride;
    b->video_dim[4] = video->latent_channels;
    b->video_count =
        (size_t)(b->video_dim[1] * b->video_dim[2] * b->video_dim[3] * b->video_dim[4]);
    b->audio_count = (size_t)(b->audio_dim[1] * b->audio_dim[2]);
}

static void find_spec(builder *b)
{
    const reel_cache_order *o = b->order;
    b->spec = (reel_cache_spec){ .width = o->width,
                                 .height = o->height,
                                 .frames = b->shape.frames,
                                 .fps = o->fps,
                                 .seed = o->seed };
    snprintf(b->spec.data, sizeof b->spec.data, "%s", o->data);
    memcpy(b->spec.video_vae, b->encoder.video_mark, sizeof b->spec.video_vae);
    memcpy(b->spec.audio_vae, b->encoder.audio_mark, sizeof b->spec.audio_vae);
}

static int holds_the_same(const json_t *is, const json_t *wanted, const char **what)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)wanted, key, value)
    {
        if (!json_equal(json_object_get(is, key), value)) {
            *what = key;
            return 0;
        }
    }
    return 1;
}

/* Write cache.json, or check that the one that is there says the same. */
static reel_status settle_spec(const builder *b)
{
    char path[4096];
    const char *what = "";
    json_t *is = NULL, *wanted = reel_cache_spec_write(&b->spec);
    snprintf(path, sizeof path, "%s/cache.json", b->order->dir);
    reel_status status = REEL_OK;
    if (!wanted) {
        status = REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory", path);
    } else if (!reel_file_exists(path)) {
        status = reel_json_save(wanted, path);
    } else {
        status = reel_json_load(&is, path);
        if (status == REEL_OK && !holds_the_same(is, wanted, &what)) {
            status = REEL_FAIL(REEL_ERR_FORMAT,
                               "%s: the cache was made with another %s; take another folder", path,
                               what);
        }
    }
    json_decref(is);
    json_decref(wanted);
    return status;
}

/* --- encoding ------------------------------------------------------------------------------ */

static reel_status write_blank(builder *b)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/blank.safetensors", b->order->dir);
    if (reel_file_exists(path)) {
        return REEL_OK;
    }
    int with_sound = b->shape.samples > 0;
    REEL_TRY(reel_blank_video(b->video, &b->encoder.video, (int)b->video_dim[1], b->shape.width,
                              b->shape.height));
    if (with_sound) {
        REEL_TRY(reel_blank_audio(b->audio, &b->encoder.audio, (int)b->audio_dim[1]));
    }
    reel_tensor video = { .dtype = REEL_F32, .rank = 4, .data = b->video };
    reel_tensor audio = { .dtype = REEL_F32, .rank = 2, .data = b->audio };
    memcpy(video.dim, b->video_dim + 1, 4 * sizeof *video.dim);
    memcpy(audio.dim, b->audio_dim + 1, 2 * sizeof *audio.dim);
    const reel_safetensors_entry entries[] = { { "video", &video, REEL_F32 },
                                               { "audio", &audio, REEL_F32 } };
    return reel_safetensors_write(path, entries, with_sound ? 2 : 1, NULL);
}

static reel_status render_group(builder *b, int64_t first, int count, int row)
{
    reel_status status[GROUP] = { REEL_OK };
    char message[GROUP][512];
#pragma omp parallel for schedule(dynamic)
    for (int i = 0; i < count; i++) {
        status[i] = b->source.make(b->source.self, omp_get_thread_num(), first + i, &b->group[i],
                                   &b->captions[row + i]);
        if (status[i] < 0) {
            snprintf(message[i], sizeof message[i], "%s", reel_error_message());
        }
    }
    for (int i = 0; i < count; i++) {
        if (status[i] < 0) {
            return REEL_FAIL(status[i], "clip %lld: %s", (long long)(first + i), message[i]);
        }
    }
    return REEL_OK;
}

/* Non-zero to stop. */
static int report(builder *b, int64_t done)
{
    double seconds = reel_clock_seconds() - b->started;
    double rate = b->made > 0 ? (double)b->made / (seconds + 1e-9) : 0;
    reel_train_progress progress = {
        .stage = "latents",
        .phase = "encode",
        .done = done,
        .total = b->total,
        .samples_per_second = rate,
        .seconds_left = rate > 0 ? (double)(b->total - done) / rate : 0,
    };
    return b->progress && b->progress(&progress, b->user) != 0;
}

static reel_status encode_clips(builder *b, int64_t first, int count)
{
    for (int row = 0; row < count; row += GROUP) {
        int rows = count - row < GROUP ? count - row : GROUP;
        if (report(b, first + row)) {
            return REEL_FAIL(REEL_ERR_CANCELLED, "%s: stopped after %lld clips", b->order->dir,
                             (long long)first);
        }
        REEL_TRY(render_group(b, first + row, rows, row));
        REEL_TRY(reel_clip_encoder_run(b->video + (size_t)row * b->video_count,
                                       b->audio + (size_t)row * b->audio_count, &b->encoder,
                                       b->group, rows));
        b->made += rows;
    }
    return REEL_OK;
}

static reel_status write_shard(builder *b, int64_t first, int count)
{
    size_t bytes = 0, limit = (size_t)count * sizeof *b->captions;
    char *text = malloc(limit),
         *path = reel_cache_shard_path(b->order->dir, (int)(first / REEL_CACHE_SHARD));
    reel_status status = REEL_OK;
    if (!text || !path) {
        status = REEL_FAIL(REEL_ERR_MEMORY, "no memory for %d captions", count * REEL_CAPTIONS);
        goto done;
    }
    for (int i = 0; i < count * REEL_CAPTIONS; i++) {
        const char *caption = b->captions[i / REEL_CAPTIONS].text[i % REEL_CAPTIONS];
        size_t length = strlen(caption) + 1;
        memcpy(text + bytes, caption, length);
        bytes += length;
    }
    reel_tensor video = { .dtype = REEL_F32, .rank = 5, .data = b->video };
    reel_tensor audio = { .dtype = REEL_F32, .rank = 3, .data = b->audio };
    reel_tensor captions = { .dtype = REEL_U8, .rank = 1, .dim = { (int64_t)bytes }, .data = text };
    memcpy(video.dim, b->video_dim, sizeof b->video_dim);
    memcpy(audio.dim, b->audio_dim, sizeof b->audio_dim);
    video.dim[0] = audio.dim[0] = count;
    const reel_safetensors_entry entries[] = { { "video", &video, REEL_F16 },
                                               { "captions", &captions, REEL_U8 },
                                               { "audio", &audio, REEL_F16 } };
    status = reel_safetensors_write(path, entries, b->shape.samples ? 3 : 2, NULL);
done:
    free(text);
    free(path);
    return status;
}

/* Clips of the shard that is there, 0 when there is none. */
static int shard_holds(const builder *b, int64_t first)
{
    reel_safetensors file;
    char *path = reel_cache_shard_path(b->order->dir, (int)(first / REEL_CACHE_SHARD));
    int count = 0;
    if (path && reel_file_exists(path) && reel_safetensors_open(&file, path) == REEL_OK) {
        const reel_tensor *video = reel_safetensors_find(&file, "video");
        count = video && video->rank == 5 ? (int)video->dim[0] : 0;
        reel_safetensors_close(&file);
    }
    free(path);
    return count;
}

static reel_status build_shards(builder *b)
{
    b->started = reel_clock_seconds();
    for (int64_t first = 0; first < b->total; first += REEL_CACHE_SHARD) {
        int64_t left = b->total - first;
        int count = left < REEL_CACHE_SHARD ? (int)left : REEL_CACHE_SHARD;
        if (shard_holds(b, first) < count) {
            REEL_TRY(encode_clips(b, first, count));
            REEL_TRY(write_shard(b, first, count));
        }
    }
    report(b, b->total);
    return REEL_OK;
}

/* --- the whole ----------------------------------------------------------------------------- */

static reel_status open_builder(builder *b)
{
    const reel_cache_order *o = b->order;
    REEL_TRY(reel_clip_encoder_open(&b->encoder, o->model_dir, o->seconds > 0));
    int stride = b->encoder.video.config.spatial_stride;
    if (o->width % stride != 0 || o->height % stride != 0) {
        return REEL_FAIL(REEL_ERR_INVALID, "clips of %dx%d: sides must be multiples of %d",
                         o->width, o->height, stride);
    }
    find_shape(b);
    find_spec(b);
    REEL_TRY(reel_dir_make(o->dir));
    REEL_TRY(settle_spec(b));
    REEL_TRY(strcmp(o->data, "world") == 0
                 ? reel_clip_source_world(&b->source, &b->shape, o->seed, omp_get_max_threads())
                 : reel_clip_source_folder(&b->source, &b->shape, o->data));
    int64_t most = (int64_t)REEL_CACHE_SHARD * REEL_CACHE_SHARDS_MAX;
    b->total = (o->clips + REEL_CACHE_SHARD - 1) / REEL_CACHE_SHARD * REEL_CACHE_SHARD;
    b->total = b->total < most ? b->total : most;
    b->total = b->total < b->source.count ? b->total : b->source.count;
    for (int i = 0; i < GROUP; i++) {
        b->group[i] = (reel_clip){ .frames = b->shape.frames,
                                   .width = b->shape.width,
                                   .height = b->shape.height,
                                   .fps_num = o->fps,
                                   .fps_den = 1,
                                   .channels = CHANNELS,
                                   .sample_rate = b->shape.sample_rate,
                                   .samples = b->shape.samples };
        REEL_TRY(reel_clip_alloc(&b->group[i]));
    }
    b->video = malloc(REEL_CACHE_SHARD * b->video_count * sizeof *b->video);
    b->audio = malloc((REEL_CACHE_SHARD * b->audio_count + 1) * sizeof *b->audio);
    b->captions = calloc(REEL_CACHE_SHARD, sizeof *b->captions);
    return b->video && b->audio && b->captions
               ? REEL_OK
               : REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for a shard", o->dir);
}

static void close_builder(builder *b)
{
    free(b->video);
    free(b->audio);
    free(b->captions);
    for (int i = 0; i < GROUP; i++) {
        reel_clip_free(&b->group[i]);
    }
    if (b->source.close) {
        b->source.close(b->source.self);
    }
    reel_clip_encoder_close(&b->encoder);
}

reel_status reel_latent_cache_build(const reel_cache_order *order, reel_train_progress_fn progress,
                                    void *user)
{
    builder b = { .order = order, .progress = progress, .user = user };
    reel_status status = open_builder(&b);
    if (status == REEL_OK) {
        status = write_blank(&b);
    }
    if (status == REEL_OK) {
        status = build_shards(&b);
    }
    close_builder(&b);
    return status;
}
