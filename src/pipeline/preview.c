/* One latent frame out of the middle of sampling, decoded. */
#include "pipeline/preview.h"

#include "base/error.h"
#include "base/log.h"
#include "pipeline/decode.h"

#include <string.h>

/* The film's geometry, cut after its first frame. */
static reel_geometry first_frame_of(const reel_geometry *film)
{
    reel_geometry g = *film;
    g.frames = g.kept_frames = g.latent_frames = 1;
    g.samples = 0;
    g.audio_latents = 0;
    return g;
}

static void estimate_clean(float *out, size_t count, const float *x, double sigma,
                           const float *cond, const float *uncond, float guidance)
{
    for (size_t i = 0; i < count; i++) {
        float v = uncond ? uncond[i] + guidance * (cond[i] - uncond[i]) : cond[i];
        out[i] = x[i] - (float)sigma * v;
    }
}

static reel_status show(const reel_shown_velocity *s, const reel_latents *clean,
                        const reel_geometry *frame)
{
    reel_clip clip;
    REEL_TRY(reel_decode_latents(&clip, s->velocity->model, frame, clean));
    s->preview->show(&clip, s->preview->user);
    reel_clip_free(&clip);
    return REEL_OK;
}

static reel_status preview(const reel_shown_velocity *s, const reel_latents *x, double sigma,
                           const reel_latents *cond, const reel_latents *uncond)
{
    reel_geometry frame = first_frame_of(s->velocity->geometry);
    reel_latents clean = { 0 };
    size_t count[REEL_MODALITIES];
    reel_velocity_counts(count, s->velocity->model, &frame, 0);
    REEL_TRY(reel_latents_alloc(&clean, count));
    estimate_clean(clean.values[0], count[0], x->values[0], sigma, cond->values[0],
                   uncond ? uncond->values[0] : NULL, s->guidance);
    reel_status status = show(s, &clean, &frame);
    reel_latents_free(&clean);
    return status;
}

reel_status reel_shown_velocity_at(void *user, const reel_latents *x,
                                   const double sigma[REEL_MODALITIES], reel_latents *cond,
                                   reel_latents *uncond)
{
    const reel_shown_velocity *s = user;
    REEL_TRY(reel_velocity_at(s->velocity, x, sigma, cond, uncond));
    if (s->preview->wants(s->preview->user) && preview(s, x, sigma[0], cond, uncond) < 0) {
        reel_log(REEL_LOG_WARN, "no preview: %s", reel_error_message());
    }
    return REEL_OK;
}

reel_status reel_preview_measure(size_t *bytes, const reel_model *model,
                                 const reel_geometry *geometry)
{
    reel_geometry frame = first_frame_of(geometry);
    return reel_decode_measure(bytes, model, &frame, 0);
}
