/* Reading a latent cache. */
#include "train/latent_cache.h"

#include "base/error.h"
#include "base/file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static reel_status read_name(char *out, size_t size, const json_t *object, const char *key)
{
    const char *text = "";
    REEL_TRY(reel_json_string(&text, object, key));
    if (strlen(text) >= size) {
        return REEL_FAIL(REEL_ERR_FORMAT, "%s: is longer than %zu bytes", key, size - 1);
    }
    memcpy(out, text, strlen(text) + 1);
    return REEL_OK;
}

reel_status reel_cache_spec_read(reel_cache_spec *out, const json_t *object)
{
    static const char *const keys[] = { "width", "height",    "frames",    "fps", "data",
                                        "seed",  "video_vae", "audio_vae", NULL };
    int64_t seed = 0;
    *out = (reel_cache_spec){ 0 };
    REEL_TRY(reel_json_only(object, keys));
    REEL_TRY(reel_json_int(&out->width, object, "width", 1, 16384));
    REEL_TRY(reel_json_int(&out->height, object, "height", 1, 16384));
    REEL_TRY(reel_json_int(&out->frames, object, "frames", 1, 100000));
    REEL_TRY(reel_json_int(&out->fps, object, "fps", 1, 1000));
    REEL_TRY(reel_json_i64(&seed, object, "seed", 0, INT64_MAX));
    out->seed = (uint64_t)seed;
    REEL_TRY(read_name(out->data, sizeof out->data, object, "data"));
    REEL_TRY(read_name(out->video_vae, sizeof out->video_vae, object, "video_vae"));
    return read_name(out->audio_vae, sizeof out->audio_vae, object, "audio_vae");
}

json_t *reel_cache_spec_write(const reel_cache_spec *s)
{
    return json_pack("{s:i, s:i, s:i, s:i, s:s, s:I, s:s, s:s}", "width", s->width, "height",
                     s->height, "frames", s->frames, "fps", s->fps, "data", s->data, "seed",
                     (json_int_t)s->seed, "video_vae", s->video_vae, "audio_vae", s->audio_vae);
}

char *reel_cache_shard_path(const char *dir, int shard)
{
    char name[64];
    snprintf(name, sizeof name, "shard_%06d.safetensors", shard);
    return reel_path_join(dir, name);
}

/* --- shards -------------------------------------------------------------------------------- */

static void shard_close(reel_cache_shard *shard)
{
    if (shard) {
        free(shard->captions);
        reel_safetensors_close(&shard->file);
        free(shard);
    }
}

static reel_status find_latents(const uint16_t **out, const reel_cache_shard *shard,
                                const char *name, const int64_t *dim, int rank)
{
    const reel_tensor *t = reel_safetensors_find(&shard->file, name);
    int fits = t && t->dtype == REEL_F16 && t->rank == rank && t->dim[0] == shard->count;
    for (int i = 1; fits && i < rank; i++) {
        fits = t->dim[i] == dim[i];
    }
    if (!fits) {
        return REEL_FAIL(REEL_ERR_FORMAT, "%s: is %s, which does not fit the cache", name,
                         t ? reel_shape(t).text : "absent");
    }
    *out = t->data;
    return REEL_OK;
}

/* The texts, checked to be as many as there should be, each with its end. */
static reel_status find_captions(reel_cache_shard *shard)
{
    const reel_tensor *t = reel_safetensors_find(&shard->file, "captions");
    int wanted = shard->count * REEL_CAPTIONS, found = 0;
    if (!t || t->dtype != REEL_U8 || t->rank != 1) {
        return REEL_FAIL(REEL_ERR_FORMAT, "captions: is %s", t ? reel_shape(t).text : "absent");
    }
    shard->captions = calloc((size_t)wanted, sizeof *shard->captions);
    if (!shard->captions) {
        return REEL_FAIL(REEL_ERR_MEMORY, "captions: no memory for %d", wanted);
    }
    const char *text = t->data, *end = text + t->dim[0];
    while (text < end && found < wanted) {
        const char *stop = memchr(text, 0, (size_t)(end - text));
        if (!stop) {
            break;
        }
        shard->captions[found++] = text;
        text = stop + 1;
    }
    if (found != wanted || text != end) {
        return REEL_FAIL(REEL_ERR_FORMAT, "captions: are %d, expected %d", found, wanted);
    }
    return REEL_OK;
}

static reel_status shard_read(reel_cache_shard *shard, const reel_latent_cache *c)
{
    const int64_t video[] = { 0, c->latent_frames, c->latent_height, c->latent_width, c->channels };
    const int64_t audio[] = { 0, c->audio_latents, c->audio_channels };
    const reel_tensor *t = reel_safetensors_find(&shard->file, "video");
    if (!t || t->rank != 5 || t->dim[0] < 1 || t->dim[0] > REEL_CACHE_SHARD) {
        return REEL_FAIL(REEL_ERR_FORMAT, "video: is %s", t ? reel_shape(t).text : "absent");
    }
    shard->count = (int)t->dim[0];
    REEL_TRY(find_latents(&shard->video, shard, "video", video, 5));
    if (c->audio_latents) {
        REEL_TRY(find_latents(&shard->audio, shard, "audio", audio, 3));
    }
    return find_captions(shard);
}

static reel_status shard_open(reel_cache_shard **out, const reel_latent_cache *cache,
                              const char *path)
{
    reel_cache_shard *shard = calloc(1, sizeof *shard);
    if (!shard) {
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory", path);
    }
    reel_status status = reel_safetensors_open(&shard->file, path);
    if (status < 0) {
        free(shard);
        return status;
    }
    status = shard_read(shard, cache);
    if (status < 0) {
        shard_close(shard);
        return reel_fail_in(status, "%s", path);
    }
    *out = shard;
    return REEL_OK;
}

/* --- the cache ----------------------------------------------------------------------------- */

static reel_status copy_blank(float **out, const reel_tensor *t)
{
    int64_t count = reel_count(t);
    *out = malloc((size_t)(count ? count : 1) * sizeof **out);
    if (!*out) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for %s", reel_shape(t).text);
    }
    memcpy(*out, t->data, (size_t)count * sizeof **out);
    return REEL_OK;
}

static int is_latent(const reel_tensor *t, int rank)
{
    int fits = t->dtype == REEL_F32 && t->rank == rank;
    for (int i = 0; fits && i < rank; i++) {
        fits = t->dim[i] >= 1 && t->dim[i] <= 65536;
    }
    return fits;
}

static reel_status read_blank(reel_latent_cache *c, const reel_safetensors *file)
{
    const reel_tensor *video = reel_safetensors_find(file, "video");
    const reel_tensor *audio = reel_safetensors_find(file, "audio");
    if (!video || !is_latent(video, 4) || (audio && !is_latent(audio, 2))) {
        return REEL_FAIL(REEL_ERR_FORMAT, "video: is %s, expected a latent",
                         video ? reel_shape(video).text : "absent");
    }
    c->latent_frames = (int)video->dim[0];
    c->latent_height = (int)video->dim[1];
    c->latent_width = (int)video->dim[2];
    c->channels = (int)video->dim[3];
    REEL_TRY(copy_blank(&c->blank_video, video));
    if (audio) {
        c->audio_latents = (int)audio->dim[0];
        c->audio_channels = (int)audio->dim[1];
        REEL_TRY(copy_blank(&c->blank_audio, audio));
    }
    return REEL_OK;
}

static reel_status open_blank(reel_latent_cache *c)
{
    reel_safetensors file;
    char *path = reel_path_join(c->dir, "blank.safetensors");
    reel_status status = path ? reel_safetensors_open(&file, path)
                              : REEL_FAIL(REEL_ERR_MEMORY, "no memory for a path");
    if (status == REEL_OK) {
        status = read_blank(c, &file);
        reel_safetensors_close(&file);
        if (status < 0) {
            reel_fail_in(status, "%s", path);
        }
    }
    free(path);
    return status;
}

static reel_status open_spec(reel_latent_cache *c)
{
    json_t *object = NULL;
    char *path = reel_path_join(c->dir, "cache.json");
    reel_status status =
        path ? reel_json_load(&object, path) : REEL_FAIL(REEL_ERR_MEMORY, "no memory for a path");
    if (status == REEL_OK) {
        status = reel_cache_spec_read(&c->spec, object);
        json_decref(object);
        if (status < 0) {
            reel_fail_in(status, "%s", path);
        }
    }
    free(path);
    return status;
}

reel_status reel_latent_cache_open(reel_latent_cache *out, const char *dir)
{
    *out = (reel_latent_cache){ .dir = strdup(dir),
                                .shards = calloc(REEL_CACHE_SHARDS_MAX, sizeof *out->shards) };
    reel_status status =
        out->dir && out->shards ? open_spec(out) : REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory", dir);
    if (status == REEL_OK) {
        status = open_blank(out);
    }
    if (status == REEL_OK) {
        status = reel_latent_cache_refresh(out);
    }
    if (status < 0) {
        reel_latent_cache_close(out);
    }
    return status;
}

void reel_latent_cache_close(reel_latent_cache *cache)
{
    for (int i = 0; i < cache->shard_count; i++) {
        shard_close(cache->shards[i]);
    }
    free(cache->shards);
    free(cache->blank_video);
    free(cache->blank_audio);
    free(cache->dir);
    *cache = (reel_latent_cache){ 0 };
}

/* A shard that is not full ends the cache: clips are found by their number. */
static int may_go_on(const reel_latent_cache *cache)
{
    return cache->count == (int64_t)cache->shard_count * REEL_CACHE_SHARD &&
           cache->shard_count < REEL_CACHE_SHARDS_MAX;
}

reel_status reel_latent_cache_refresh(reel_latent_cache *cache)
{
    reel_status status = REEL_OK;
    while (status == REEL_OK && may_go_on(cache)) {
        char *path = reel_cache_shard_path(cache->dir, cache->shard_count);
        if (!path) {
            return REEL_FAIL(REEL_ERR_MEMORY, "no memory for a path");
        }
        int exists = reel_file_exists(path);
        reel_cache_shard *shard = NULL;
        status = exists ? shard_open(&shard, cache, path) : REEL_OK;
        free(path);
        if (!shard) {
            break;
        }
        cache->shards[cache->shard_count++] = shard;
        cache->count += shard->count;
    }
    return status;
}

reel_cache_clip reel_latent_cache_get(const reel_latent_cache *c, int64_t index)
{
    /* all shards but the last are full */
    const reel_cache_shard *shard = c->shards[index / REEL_CACHE_SHARD];
    size_t row = (size_t)(index % REEL_CACHE_SHARD);
    size_t video = (size_t)c->latent_frames * (size_t)c->latent_height * (size_t)c->latent_width *
                   (size_t)c->channels;
    size_t audio = (size_t)c->audio_latents * (size_t)c->audio_channels;
    reel_cache_clip clip = { .video = shard->video + row * video,
                             .audio = shard->audio ? shard->audio + row * audio : NULL };
    for (int i = 0; i < REEL_CAPTIONS; i++) {
        clip.caption[i] = shard->captions[row * REEL_CAPTIONS + (size_t)i];
    }
    return clip;
}
