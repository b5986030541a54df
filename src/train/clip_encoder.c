/* Encoding clips. */
#include "train/clip_encoder.h"

#include "base/error.h"
#include "model/video_vae/pixels.h"
#include "ops/kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int CHANNELS = 2;

/* What decides the latents: a codec's encoder and its statistics. A better decoder is no new codec.
 */
static int makes_latents(const char *name)
{
    return strncmp(name, "encoder.", 8) == 0 || strncmp(name, "latent_", 7) == 0;
}

/* Which codec it is, so that latents of two are never mixed. */
static reel_status fingerprint(char out[24], const reel_weights *set)
{
    uint64_t mark = 0;
    for (int i = 0; i < set->count; i++) {
        const reel_weight *w = &set->items[i];
        int64_t count = makes_latents(w->name) ? reel_count(w->tensor) : 0;
        uint32_t *bits = malloc((size_t)count * sizeof *bits + 1);
        if (!bits) {
            return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory", w->name);
        }
        reel_status status =
            count ? reel_weight_get((float *)(void *)bits, set, w->tensor) : REEL_OK;
        for (int64_t j = 0; j < count; j++) {
            mark = (mark ^ bits[j]) * 0x9E3779B97F4A7C15u;
            mark ^= mark >> 29;
        }
        free(bits);
        REEL_TRY(status);
    }
    snprintf(out, 24, "%016llx", (unsigned long long)mark);
    return REEL_OK;
}

static reel_status open_codecs(reel_clip_encoder *e, const char *model_dir, int with_audio)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/video_vae.safetensors", model_dir);
    REEL_TRY(reel_video_vae_open(&e->video, path));
    REEL_TRY(fingerprint(e->video_mark, &e->video.weights));
    if (with_audio) {
        snprintf(path, sizeof path, "%s/audio_vae.safetensors", model_dir);
        REEL_TRY(reel_audio_vae_open(&e->audio, path));
        REEL_TRY(fingerprint(e->audio_mark, &e->audio.weights));
        e->has_audio = 1;
    }
    return REEL_OK;
}

reel_status reel_clip_encoder_open(reel_clip_encoder *out, const char *model_dir, int with_audio)
{
    *out = (reel_clip_encoder){ 0 };
    reel_status status = open_codecs(out, model_dir, with_audio);
    if (status < 0) {
        reel_clip_encoder_close(out);
    }
    return status;
}

void reel_clip_encoder_close(reel_clip_encoder *e)
{
    if (e->rt_bytes) {
        reel_rt_deinit(&e->rt);
    }
    free(e->pixels);
    free(e->sound);
    if (e->has_audio) {
        reel_audio_vae_deinit(&e->audio);
    }
    if (e->video.weights.values) {
        reel_video_vae_deinit(&e->video);
    }
    *e = (reel_clip_encoder){ 0 };
}

static reel_status grow(float **buffer, size_t *have, size_t want)
{
    if (want > *have) {
        free(*buffer);
        *have = 0;
        *buffer = malloc(want * sizeof **buffer);
        if (!*buffer) {
            return REEL_FAIL(REEL_ERR_MEMORY, "no memory for %zu values of clips", want);
        }
        *have = want;
    }
    return REEL_OK;
}

/* Bring the clips into one batch: pixels to -1..1, sound as it is. */
static reel_status gather(reel_clip_encoder *e, const reel_clip *clips, int count)
{
    size_t pixels = (size_t)clips->frames * (size_t)clips->height * (size_t)clips->width * 3;
    size_t samples = (size_t)clips->samples * (size_t)CHANNELS;
    REEL_TRY(grow(&e->pixels, &e->pixel_count, pixels * (size_t)count));
    REEL_TRY(grow(&e->sound, &e->sound_count, samples * (size_t)count));
#pragma omp parallel for schedule(static)
    for (int i = 0; i < count; i++) {
        reel_pixels_from_rgb(e->pixels + (size_t)i * pixels, clips[i].rgb, pixels);
        if (samples) {
            memcpy(e->sound + (size_t)i * samples, clips[i].pcm, samples * sizeof *e->sound);
        }
    }
    return REEL_OK;
}

typedef struct {
    reel_tensor *video, *audio;
} latents;

static latents forward(reel_clip_encoder *e, reel_rt *rt, const reel_clip *shape, int count)
{
    latents out = { NULL, NULL };
    reel_rt_reset(rt);
    reel_tensor *pixels = REEL_FROM_HOST(rt, REEL_F32, e->pixels, count, shape->frames,
                                         shape->height, shape->width, 3);
    out.video = reel_video_vae_encode(rt, &e->video, pixels);
    if (shape->samples) {
        reel_tensor *sound =
            REEL_FROM_HOST(rt, REEL_F32, e->sound, count, CHANNELS, shape->samples);
        out.audio = reel_audio_vae_encode(rt, &e->audio, sound);
    }
    return out;
}

static reel_status provide_memory(reel_clip_encoder *e, const reel_clip *shape, int count)
{
    reel_rt dry;
    REEL_TRY(reel_rt_init(&dry, reel_kernels_get(), 0));
    forward(e, &dry, shape, count);
    reel_status status = dry.status;
    size_t bytes = dry.arena.peak + 4096;
    reel_rt_deinit(&dry);
    if (status < 0 || bytes <= e->rt_bytes) {
        return status;
    }
    if (e->rt_bytes) {
        reel_rt_deinit(&e->rt);
        e->rt_bytes = 0;
    }
    REEL_TRY(reel_rt_init(&e->rt, reel_kernels_get(), bytes));
    e->rt_bytes = bytes;
    return REEL_OK;
}

reel_status reel_clip_encoder_run(float *video, float *audio, reel_clip_encoder *e,
                                  const reel_clip *clips, int count)
{
    if (clips->samples && !e->has_audio) {
        return REEL_FAIL(REEL_ERR_INVALID, "clips with sound need the audio VAE");
    }
    REEL_TRY(provide_memory(e, clips, count));
    REEL_TRY(gather(e, clips, count));
    latents out = forward(e, &e->rt, clips, count);
    REEL_TRY(e->rt.status);
    REEL_TRY(reel_copy_out(video, out.video->data, reel_size_bytes(out.video)));
    return out.audio ? reel_copy_out(audio, out.audio->data, reel_size_bytes(out.audio)) : REEL_OK;
}
