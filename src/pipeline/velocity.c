/* One evaluation of the transformer, both guidance branches as one batch. */
#include "pipeline/velocity.h"

#include "base/error.h"
#include "ops/kernels.h"
#include "pipeline/blank.h"
#include "pipeline/phase.h"
#include "reel/generate.h"

#include <string.h>

void reel_velocity_counts(size_t count[REEL_MODALITIES], const reel_model *model,
                          const reel_geometry *g, int has_audio)
{
    count[0] = (size_t)g->latent_frames * (size_t)g->latent_height * (size_t)g->latent_width *
               (size_t)model->geometry.video_channels;
    count[1] = has_audio ? (size_t)g->audio_latents * (size_t)model->geometry.audio_channels : 0;
}

/* One step's inputs; x is NULL during a dry pass. */
typedef struct {
    const reel_model *model;
    const reel_geometry *geometry;
    const reel_velocity *velocity; /* NULL during a dry pass */
    const reel_latents *x;
    const double *sigma;
    int branches, has_audio, text_tokens;
    reel_dit_step_cache *step_cache; /* or NULL */
    reel_dit_output output;
} step;

/* A tensor whose values are the same for every branch. */
static reel_tensor *per_branch(reel_rt *rt, const float *values, int branches, int rank,
                               const int64_t *dim)
{
    int64_t count = 1;
    for (int i = 0; i < rank; i++) {
        count *= dim[i];
    }
    size_t mark = reel_arena_mark(&rt->host);
    float *all = reel_host_scratch(rt, count);
    for (int b = 0; all && values && b < branches; b++) {
        memcpy(all + count / branches * b, values, (size_t)(count / branches) * sizeof *all);
    }
    reel_tensor *t = reel_from_host(rt, REEL_F32, all, rank, dim);
    reel_arena_release(&rt->host, mark);
    return t;
}

static reel_tensor *packed(reel_rt *rt, const step *s, int m, int rank, const int64_t *dim)
{
    int64_t mask_dim[REEL_MAX_RANK];
    memcpy(mask_dim, dim, (size_t)rank * sizeof *dim);
    mask_dim[rank - 1] = 1;
    const reel_velocity *v = s->velocity;
    return reel_dit_pack(rt, per_branch(rt, s->x ? s->x->values[m] : NULL, s->branches, rank, dim),
                         per_branch(rt, v ? v->condition.values[m] : NULL, s->branches, rank, dim),
                         per_branch(rt, v ? v->mask.values[m] : NULL, s->branches, rank, mask_dim));
}

static reel_status forward(reel_rt *rt, void *user)
{
    step *s = user;
    const reel_geometry *g = s->geometry;
    const reel_model_geometry *mg = &s->model->geometry;
    const reel_prompt *prompt = s->velocity ? s->velocity->prompt : NULL;
    int64_t B = s->branches, Lt = s->text_tokens, Dt = s->model->dit.config.text_width;
    float sigma_video[REEL_BRANCHES], sigma_audio[REEL_BRANCHES];
    for (int b = 0; b < REEL_BRANCHES; b++) {
        sigma_video[b] = s->sigma ? (float)s->sigma[0] : 1.0f;
        sigma_audio[b] = s->sigma ? (float)s->sigma[1] : 1.0f;
    }
    reel_dit_input input = {
        .video = packed(rt, s, 0, 5,
                        (int64_t[]){ B, g->latent_frames, g->latent_height, g->latent_width,
                                     mg->video_channels }),
        .audio = s->has_audio
                     ? packed(rt, s, 1, 3, (int64_t[]){ B, g->audio_latents, mg->audio_channels })
                     : NULL,
        .sigma_video = sigma_video,
        .sigma_audio = sigma_audio,
        .text = REEL_FROM_HOST(rt, REEL_F32, prompt ? prompt->features : NULL, B, Lt, Dt),
        .text_mask = REEL_FROM_HOST(rt, REEL_F32, prompt ? prompt->mask : NULL, B, Lt),
        .step_cache = s->step_cache,
    };
    s->output = reel_dit_forward(rt, &s->model->dit, &input);
    return rt->status;
}

/* Bytes of a step and of what is kept between steps. */
static reel_status measure(size_t *bytes, const step *like, int full_every)
{
    reel_dit_step_cache counted = { 0 };
    step s = *like;
    s.step_cache = full_every > 1 ? &counted : NULL;
    REEL_TRY(reel_phase_measure(bytes, forward, &s));
    *bytes += reel_dit_step_cache_bytes(&counted);
    return REEL_OK;
}

reel_status reel_velocity_measure(size_t *bytes, const reel_model *model,
                                  const reel_geometry *geometry, int has_audio, int guided,
                                  int full_every)
{
    const step s = { .model = model,
                     .geometry = geometry,
                     .has_audio = has_audio,
                     .branches = guided ? REEL_BRANCHES : 1,
                     .text_tokens = model->text_encoder.config.max_tokens };
    return measure(bytes, &s, full_every);
}

reel_status reel_velocity_measure_condition(size_t *bytes, const reel_model *model,
                                            const reel_geometry *geometry, int has_audio)
{
    size_t sound = 0;
    REEL_TRY(reel_blank_measure_video(bytes, &model->video_vae, geometry->latent_frames,
                                      geometry->width, geometry->height));
    if (has_audio) {
        REEL_TRY(reel_blank_measure_audio(&sound, &model->audio_vae, geometry->audio_latents));
    }
    *bytes = sound > *bytes ? sound : *bytes;
    return REEL_OK;
}

reel_status reel_velocity_init(reel_velocity *v, const reel_model *model,
                               const reel_geometry *geometry, const reel_prompt *prompt,
                               int has_audio, int guided, int full_every)
{
    *v = (reel_velocity){ .model = model,
                          .geometry = geometry,
                          .prompt = prompt,
                          .has_audio = has_audio,
                          .full_every = full_every };
    if (full_every < 1 || full_every > REEL_STEP_CACHE_MAX) {
        return REEL_FAIL(REEL_ERR_INVALID, "step_cache: is %d, expected 1 to %d", full_every,
                         REEL_STEP_CACHE_MAX);
    }
    size_t count[REEL_MODALITIES], cells[REEL_MODALITIES], bytes;
    reel_velocity_counts(count, model, geometry, has_audio);
    cells[0] = count[0] / (size_t)model->geometry.video_channels;
    cells[1] = count[1] / (size_t)model->geometry.audio_channels;
    REEL_TRY(reel_latents_alloc(&v->condition, count));
    REEL_TRY(reel_latents_alloc(&v->mask, cells));
    REEL_TRY(reel_blank_video(v->condition.values[0], &model->video_vae, geometry->latent_frames,
                              geometry->width, geometry->height));
    if (has_audio) {
        REEL_TRY(
            reel_blank_audio(v->condition.values[1], &model->audio_vae, geometry->audio_latents));
    }
    const step s = { .model = model,
                     .geometry = geometry,
                     .has_audio = has_audio,
                     .branches = guided ? REEL_BRANCHES : 1,
                     .text_tokens = prompt->tokens };
    REEL_TRY(measure(&bytes, &s, full_every));
    return reel_rt_init(&v->rt, reel_kernels_get(), bytes);
}

void reel_velocity_deinit(reel_velocity *v)
{
    reel_latents_free(&v->condition);
    reel_latents_free(&v->mask);
    reel_dit_step_cache_deinit(&v->step_cache);
    reel_rt_deinit(&v->rt);
}

/* out[b]: of branch b, or NULL. */
static void copy_branches(reel_latents *const out[REEL_BRANCHES], reel_rt *rt, const step *s)
{
    const reel_tensor *tensor[REEL_MODALITIES] = { s->output.video, s->output.audio };
    for (int m = 0; m < REEL_MODALITIES; m++) {
        const float *from = tensor[m] ? reel_host_f32(rt, tensor[m]) : NULL;
        for (int b = 0; from && b < s->branches; b++) {
            size_t count = out[b]->count[m];
            memcpy(out[b]->values[m], from + (size_t)b * count, count * sizeof(float));
        }
    }
}

reel_status reel_velocity_at(void *user, const reel_latents *x, const double sigma[REEL_MODALITIES],
                             reel_latents *cond, reel_latents *uncond)
{
    reel_velocity *v = user;
    step s = { .model = v->model,
               .geometry = v->geometry,
               .velocity = v,
               .x = x,
               .sigma = sigma,
               .branches = uncond ? REEL_BRANCHES : 1,
               .has_audio = v->has_audio,
               .text_tokens = v->prompt->tokens,
               .step_cache = v->full_every > 1 ? &v->step_cache : NULL };
    v->step_cache.is_short = v->full_every > 1 && v->evaluations % v->full_every != 0;
    v->evaluations++;
    reel_rt_reset(&v->rt);
    REEL_TRY(forward(&v->rt, &s));
    copy_branches((reel_latents *[REEL_BRANCHES]){ cond, uncond }, &v->rt, &s);
    return v->rt.status;
}
