/* Latents of black and of silence. */
#include "pipeline/blank.h"

#include "base/error.h"
#include "ops/elementwise.h"
#include "pipeline/phase.h"

#include <string.h>

typedef struct {
    float *out;
    const reel_video_vae *video_vae;
    const reel_audio_vae *audio_vae;
    int latents, width, height; /* latent frames, or audio latents */
} blank;

static void copy_out(float *out, reel_rt *rt, const reel_tensor *latent)
{
    const float *values = reel_host_f32(rt, latent);
    if (values) {
        memcpy(out, values, reel_size_bytes(latent));
    }
}

/* Black is -1 in every colour. */
static reel_tensor *black_film(reel_rt *rt, int frames, int height, int width)
{
    reel_tensor *zeros = reel_zeros(rt, REEL_F32, 5, (int64_t[]){ 1, frames, height, width, 3 });
    return reel_add_scalar(rt, zeros, -1.0f);
}

static reel_status encode_black(reel_rt *rt, void *user)
{
    const blank *b = user;
    int frames = 1 + (b->latents - 1) * b->video_vae->config.temporal_stride;
    reel_tensor *film = black_film(rt, frames, b->height, b->width);
    copy_out(b->out, rt, reel_video_vae_encode(rt, b->video_vae, film));
    return rt->status;
}

static reel_status encode_silence(reel_rt *rt, void *user)
{
    const blank *b = user;
    int64_t samples =
        (int64_t)b->latents * reel_audio_vae_samples_per_latent(&b->audio_vae->config);
    reel_tensor *sound = reel_zeros(rt, REEL_F32, 3, (int64_t[]){ 1, 2, samples });
    copy_out(b->out, rt, reel_audio_vae_encode(rt, b->audio_vae, sound));
    return rt->status;
}

reel_status reel_blank_video(float *out, const reel_video_vae *vae, int latent_frames, int width,
                             int height)
{
    blank b = {
        .out = out, .video_vae = vae, .latents = latent_frames, .width = width, .height = height
    };
    return reel_phase_run(encode_black, &b);
}

reel_status reel_blank_audio(float *out, const reel_audio_vae *vae, int latents)
{
    blank b = { .out = out, .audio_vae = vae, .latents = latents };
    return reel_phase_run(encode_silence, &b);
}

reel_status reel_blank_measure_video(size_t *bytes, const reel_video_vae *vae, int latent_frames,
                                     int width, int height)
{
    blank b = { .video_vae = vae, .latents = latent_frames, .width = width, .height = height };
    return reel_phase_measure(bytes, encode_black, &b);
}

reel_status reel_blank_measure_audio(size_t *bytes, const reel_audio_vae *vae, int latents)
{
    blank b = { .audio_vae = vae, .latents = latents };
    return reel_phase_measure(bytes, encode_silence, &b);
}
