/* Encoding a film and decoding its latents. */
#include "pipeline/round_trip.h"

#include "base/error.h"
#include "model/video_vae/pixels.h"
#include "pipeline/decode.h"
#include "pipeline/phase.h"

#include <string.h>

typedef struct {
    const reel_model *model;
    const reel_clip *clip;
    const reel_geometry *geometry;
    reel_latents *latents;
} encoding;

static void keep(const encoding *e, int m, reel_rt *rt, const reel_tensor *latent)
{
    const float *values = reel_host_f32(rt, latent);
    if (values) {
        memcpy(e->latents->values[m], values, reel_size_bytes(latent));
    }
}

/* Frames beyond the last one repeat it. */
static reel_status encode_video(reel_rt *rt, void *user)
{
    const encoding *e = user;
    const reel_geometry *g = e->geometry;
    reel_tensor *pixels = REEL_NEW(rt, REEL_F32, 1, g->frames, g->height, g->width, 3);
    int64_t frame = (int64_t)g->height * g->width * 3;
    float *one = reel_host_scratch(rt, frame);
    for (int f = 0; f < g->frames && one && rt->status == REEL_OK; f++) {
        int from = f < e->clip->frames ? f : e->clip->frames - 1;
        const uint8_t *rgb = e->clip->rgb + from * frame;
        reel_pixels_from_rgb(one, rgb, (size_t)frame);
        rt->status = reel_copy_in(reel_f32(pixels) + f * frame, one, (size_t)frame * sizeof *one);
    }
    keep(e, 0, rt, reel_video_vae_encode(rt, &e->model->video_vae, pixels));
    return rt->status;
}

/* Samples beyond the last one are silent. */
static reel_status encode_audio(reel_rt *rt, void *user)
{
    const encoding *e = user;
    int64_t samples = (int64_t)e->geometry->audio_latents * e->model->geometry.samples_per_latent;
    reel_tensor *sound = reel_zeros(rt, REEL_F32, 3, (int64_t[]){ 1, 2, samples });
    for (int c = 0; c < 2 && sound->data && rt->status == REEL_OK; c++) {
        rt->status =
            reel_copy_in(reel_f32(sound) + c * samples, e->clip->pcm + c * e->clip->samples,
                         (size_t)e->clip->samples * sizeof(float));
    }
    keep(e, 1, rt, reel_audio_vae_encode(rt, &e->model->audio_vae, sound));
    return rt->status;
}

static reel_status check(const reel_clip *clip, const reel_model_geometry *m)
{
    int side = m->spatial_stride * m->patch;
    if (clip->frames < 1 || clip->width % side || clip->height % side) {
        return REEL_FAIL(REEL_ERR_INVALID,
                         "clip: has %d frames of %d x %d, expected multiples of %d", clip->frames,
                         clip->width, clip->height, side);
    }
    if (clip->samples && (clip->channels != 2 || clip->sample_rate != m->sample_rate)) {
        return REEL_FAIL(REEL_ERR_INVALID, "clip: has %d channels at %d Hz, expected 2 at %d",
                         clip->channels, clip->sample_rate, m->sample_rate);
    }
    return REEL_OK;
}

static reel_geometry geometry_of(const reel_clip *clip, const reel_model_geometry *m)
{
    int groups = (clip->frames - 1 + m->temporal_stride - 1) / m->temporal_stride;
    return (reel_geometry){
        .frames = 1 + groups * m->temporal_stride,
        .kept_frames = clip->frames,
        .width = clip->width,
        .height = clip->height,
        .latent_frames = 1 + groups,
        .latent_height = clip->height / m->spatial_stride,
        .latent_width = clip->width / m->spatial_stride,
        .samples = clip->samples,
        .audio_latents = reel_audio_latents(clip->samples, m->samples_per_latent),
    };
}

reel_status reel_round_trip(reel_clip *clip, const reel_model *model)
{
    REEL_TRY(check(clip, &model->geometry));
    reel_geometry g = geometry_of(clip, &model->geometry);
    reel_latents latents;
    size_t cells = (size_t)g.latent_frames * (size_t)g.latent_height * (size_t)g.latent_width;
    const size_t count[REEL_MODALITIES] = {
        cells * (size_t)model->geometry.video_channels,
        (size_t)g.audio_latents * (size_t)model->geometry.audio_channels,
    };
    REEL_TRY(reel_latents_alloc(&latents, count));
    encoding e = { .model = model, .clip = clip, .geometry = &g, .latents = &latents };
    reel_clip decoded;
    reel_status status = reel_phase_run(encode_video, &e);
    if (status == REEL_OK && clip->samples) {
        status = reel_phase_run(encode_audio, &e);
    }
    if (status == REEL_OK) {
        status = reel_decode_latents(&decoded, model, &g, &latents);
    }
    reel_latents_free(&latents);
    if (status == REEL_OK) {
        reel_clip_free(clip);
        *clip = decoded;
    }
    return status;
}
