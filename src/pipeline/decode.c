/* Decoders: latents to pixels and samples. */
#include "pipeline/decode.h"

#include "base/error.h"
#include "model/video_vae/pixels.h"
#include "pipeline/phase.h"
#include "tensor/reuse.h"

#include <math.h>

typedef struct {
    const reel_model *model;
    const reel_geometry *geometry;
    const reel_latents *latents; /* NULL during a measurement */
    reel_clip *clip;
} decoding;

/* Latent frames [first, first + count) of the film. */
static reel_tensor *latent_piece(reel_rt *rt, const decoding *d, int first, int count)
{
    const reel_geometry *g = d->geometry;
    const int64_t channels = d->model->geometry.video_channels;
    const int64_t frame = channels * g->latent_height * g->latent_width;
    return REEL_FROM_HOST(rt, REEL_F32, d->latents ? d->latents->values[0] + first * frame : NULL,
                          1, count, g->latent_height, g->latent_width, channels);
}

/* Pixel frames from `first` on; the last of a film may be more than it shows. */
static void store_frames(const decoding *d, reel_rt *rt, const reel_tensor *pixels, int64_t first)
{
    const reel_geometry *g = d->geometry;
    size_t frame = (size_t)g->height * (size_t)g->width * 3;
    int64_t left = d->clip->frames - first, count = pixels->dim[1] < left ? pixels->dim[1] : left;
    size_t mark = reel_arena_mark(&rt->host);
    const float *from = reel_host_f32(rt, pixels);
    if (from && count > 0) {
        reel_pixels_to_rgb(d->clip->rgb + (size_t)first * frame, from, (size_t)count * frame);
    }
    reel_arena_release(&rt->host, mark);
}

/* Piece by piece, so that the memory does not grow with the film. */
static reel_status decode_video(reel_rt *rt, void *user)
{
    enum { PIECE = 4 }; /* latent frames at a time */
    const decoding *d = user;
    const reel_geometry *g = d->geometry;
    const reel_video_vae *vae = &d->model->video_vae;
    reel_video_decoder_memory memory;
    reel_video_decoder_begin(rt, &memory, &vae->decoder, &vae->config,
                             (int64_t[]){ 1, g->latent_height, g->latent_width });
    int64_t done = 0;
    for (int first = 0; first < g->latent_frames && rt->status == REEL_OK; first += PIECE) {
        int left = g->latent_frames - first;
        const reel_stretch piece = reel_stretch_begin(rt);
        reel_tensor *latent = latent_piece(rt, d, first, left < PIECE ? left : PIECE);
        reel_tensor *pixels = reel_video_vae_decode_next(rt, vae, latent, &memory);
        if (rt->status == REEL_OK && !reel_rt_is_dry(rt)) {
            store_frames(d, rt, pixels, done);
        }
        done += pixels->dim[1];
        reel_stretch_forget(rt, &piece);
    }
    return rt->status;
}

/* [1, 2, n] from sample `first` on. */
static void store_samples(const decoding *d, reel_rt *rt, const reel_tensor *sound, int64_t first)
{
    const size_t mark = reel_arena_mark(&rt->host);
    const float *from = reel_host_f32(rt, sound);
    const int64_t count = from ? sound->dim[2] : 0;
    for (int c = 0; from && c < d->clip->channels; c++) {
        float *to = d->clip->pcm + c * d->geometry->samples + first;
        for (int64_t i = 0; i < count; i++) {
            to[i] = fminf(fmaxf(from[c * count + i], -1.0f), 1.0f);
        }
    }
    reel_arena_release(&rt->host, mark);
}

static reel_status decode_audio(reel_rt *rt, void *user)
{
    const decoding *d = user;
    const reel_geometry *g = d->geometry;
    reel_tensor *latent = REEL_FROM_HOST(rt, REEL_F32, d->latents ? d->latents->values[1] : NULL, 1,
                                         g->audio_latents, d->model->geometry.audio_channels);
    reel_audio_decoding sound;
    reel_audio_decoding_begin(rt, &sound, &d->model->audio_vae, latent, g->samples);
    while (rt->status == REEL_OK && sound.done < g->samples) {
        const reel_stretch piece = reel_stretch_begin(rt);
        const int64_t first = sound.done;
        store_samples(d, rt, reel_audio_decoding_next(rt, &sound), first);
        reel_stretch_forget(rt, &piece);
    }
    return rt->status;
}

reel_status reel_decode_latents(reel_clip *out, const reel_model *model,
                                const reel_geometry *geometry, const reel_latents *latents)
{
    int has_audio = latents->count[1] > 0;
    *out = (reel_clip){ .frames = geometry->kept_frames,
                        .width = geometry->width,
                        .height = geometry->height,
                        .fps_num = model->geometry.fps_num,
                        .fps_den = model->geometry.fps_den,
                        .channels = has_audio ? 2 : 0,
                        .sample_rate = model->geometry.sample_rate,
                        .samples = has_audio ? geometry->samples : 0 };
    decoding d = { .model = model, .geometry = geometry, .latents = latents, .clip = out };
    reel_status status = reel_clip_alloc(out);
    if (status == REEL_OK) {
        status = reel_phase_run(decode_video, &d);
    }
    if (status == REEL_OK && has_audio) {
        status = reel_phase_run(decode_audio, &d);
    }
    if (status < 0) {
        reel_clip_free(out);
        *out = (reel_clip){ 0 };
    }
    return status;
}

reel_status reel_decode_measure(size_t *bytes, const reel_model *model,
                                const reel_geometry *geometry, int has_audio)
{
    decoding d = { .model = model, .geometry = geometry };
    size_t audio = 0;
    REEL_TRY(reel_phase_measure(bytes, decode_video, &d));
    if (has_audio) {
        REEL_TRY(reel_phase_measure(&audio, decode_audio, &d));
    }
    *bytes = audio > *bytes ? audio : *bytes;
    return REEL_OK;
}
