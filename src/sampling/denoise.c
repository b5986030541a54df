/* The denoising loop: velocity, guidance, solver step, known content, progress. */
#include "sampling/denoise.h"

#include "base/error.h"
#include "sampling/guidance.h"
#include "sampling/sigma_schedule.h"

#include <stdlib.h>
#include <string.h>

/* Everything one run needs; latents are allocated once. */
typedef struct {
    const reel_denoise_options *options;
    reel_velocity_fn velocity;
    void *user;
    double *sigma[REEL_MODALITIES]; /* [steps + 1] */
    int guided;
    int given[REEL_MODALITIES]; /* wholly known: stays at sigma 0 */
    reel_latents noise;         /* the start, to noise known content to the current level */
    reel_latents v, uncond, v_first, x_first;
} sampler;

static void free_sampler(sampler *s)
{
    for (int m = 0; m < REEL_MODALITIES; m++) {
        free(s->sigma[m]);
    }
    reel_latents_free(&s->noise);
    reel_latents_free(&s->v);
    reel_latents_free(&s->uncond);
    reel_latents_free(&s->v_first);
    reel_latents_free(&s->x_first);
}

static int is_wholly_known(const reel_latents *mask, int m)
{
    for (size_t i = 0; i < mask->count[m]; i++) {
        if (mask->values[m][i] != 1.0f) {
            return 0;
        }
    }
    return mask->count[m] > 0;
}

static void copy_latents(reel_latents *to, const reel_latents *from)
{
    for (int m = 0; m < REEL_MODALITIES; m++) {
        if (from->count[m]) {
            memcpy(to->values[m], from->values[m], from->count[m] * sizeof(float));
        }
    }
}

static reel_status init_sampler(sampler *s, const reel_latents *x)
{
    const reel_denoise_options *o = s->options;
    if (o->steps < 1 || o->steps > 1000) {
        return REEL_FAIL(REEL_ERR_INVALID, "steps: is %d, expected 1 to 1000", o->steps);
    }
    for (int m = 0; m < REEL_MODALITIES; m++) {
        s->sigma[m] = calloc((size_t)o->steps + 1, sizeof(double));
        if (!s->sigma[m]) {
            return REEL_FAIL(REEL_ERR_MEMORY, "no memory for %d noise levels", o->steps);
        }
        s->given[m] = o->mask && is_wholly_known(o->mask, m);
        if (!s->given[m]) { /* a given modality stays at the zeros of calloc */
            REEL_TRY(reel_sigma_schedule_build(s->sigma[m], o->steps, o->shift[m]));
        }
        s->guided |= x->count[m] && o->guidance[m] != 1.0f;
    }
    REEL_TRY(reel_latents_alloc(&s->v, x->count));
    if (s->guided) {
        REEL_TRY(reel_latents_alloc(&s->uncond, x->count));
    }
    if (o->mask) {
        REEL_TRY(reel_latents_alloc(&s->noise, x->count));
        copy_latents(&s->noise, x);
    }
    if (o->solver == REEL_SOLVER_HEUN) {
        REEL_TRY(reel_latents_alloc(&s->v_first, x->count));
        REEL_TRY(reel_latents_alloc(&s->x_first, x->count));
    }
    return REEL_OK;
}

/* Known content enters every step at the level of noise that the step expects. */
static void impose_known(const sampler *s, reel_latents *x, int step)
{
    const reel_denoise_options *o = s->options;
    for (int m = 0; o->mask && m < REEL_MODALITIES; m++) {
        float sigma = (float)s->sigma[m][step];
        for (size_t i = 0; i < x->count[m]; i++) {
            if (o->mask->values[m][i] == 1.0f) {
                x->values[m][i] =
                    (1.0f - sigma) * o->clean->values[m][i] + sigma * s->noise.values[m][i];
            }
        }
    }
}

static reel_status guided_velocity(sampler *s, const reel_latents *x, int step)
{
    double sigma[REEL_MODALITIES] = { s->sigma[0][step], s->sigma[1][step] };
    REEL_TRY(s->velocity(s->user, x, sigma, &s->v, s->guided ? &s->uncond : NULL));
    if (s->guided) {
        reel_guidance_apply(&s->v, &s->uncond, s->options->guidance);
    }
    return REEL_OK;
}

static void advance(const sampler *s, reel_latents *x, const reel_latents *v, int step)
{
    for (int m = 0; m < REEL_MODALITIES; m++) {
        float h = (float)(s->sigma[m][step + 1] - s->sigma[m][step]);
        for (size_t i = 0; i < x->count[m]; i++) {
            x->values[m][i] += h * v->values[m][i];
        }
    }
}

/* Heun's corrector: go again from where the step began, along the mean of both velocities. */
static reel_status correct(sampler *s, reel_latents *x, int step)
{
    REEL_TRY(guided_velocity(s, x, step + 1));
    for (int m = 0; m < REEL_MODALITIES; m++) {
        for (size_t i = 0; i < x->count[m]; i++) {
            s->v.values[m][i] = 0.5f * (s->v.values[m][i] + s->v_first.values[m][i]);
        }
    }
    copy_latents(x, &s->x_first);
    advance(s, x, &s->v, step);
    return REEL_OK;
}

static reel_status take_step(sampler *s, reel_latents *x, int step)
{
    int corrected = s->options->solver == REEL_SOLVER_HEUN && step + 1 < s->options->steps;
    REEL_TRY(guided_velocity(s, x, step));
    if (corrected) {
        copy_latents(&s->x_first, x);
        copy_latents(&s->v_first, &s->v);
    }
    advance(s, x, &s->v, step);
    impose_known(s, x, step + 1);
    if (corrected) {
        REEL_TRY(correct(s, x, step));
        impose_known(s, x, step + 1);
    }
    return REEL_OK;
}

static reel_status report(const reel_denoise_options *o, int done)
{
    if (o->progress && o->progress(o->progress_user, done, o->steps)) {
        return REEL_FAIL(REEL_ERR_CANCELLED, "stopped after step %d of %d", done, o->steps);
    }
    return REEL_OK;
}

reel_status reel_denoise(reel_latents *x, reel_velocity_fn velocity, void *velocity_user,
                         const reel_denoise_options *options)
{
    sampler s = { .options = options, .velocity = velocity, .user = velocity_user };
    reel_status status = init_sampler(&s, x);
    if (status == REEL_OK) {
        impose_known(&s, x, 0);
        status = report(options, 0);
    }
    for (int step = 0; status == REEL_OK && step < options->steps; step++) {
        status = take_step(&s, x, step);
        if (status == REEL_OK) {
            status = report(options, step + 1);
        }
    }
    free_sampler(&s);
    return status;
}
