/* From a request to a clip: words, noise, denoising, decoding, scaling. */
#include "reel/generate.h"

#include "base/error.h"
#include "base/log.h"
#include "media/scale.h"
#include "ops/kernels.h"
#include "pipeline/decode.h"
#include "pipeline/kept_latents.h"
#include "pipeline/model.h"
#include "pipeline/preview.h"
#include "pipeline/prompt.h"
#include "pipeline/round_trip.h"
#include "pipeline/velocity.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct reel_engine {
    const reel_device *device;
    reel_model model;
};

/* On the device that is selected; NULL is f32. */
static reel_status find_form(reel_weights_form *out, const char *name)
{
    static const char *const names[] = {
        [REEL_WEIGHTS_F32] = "f32", [REEL_WEIGHTS_STORED] = "stored", [REEL_WEIGHTS_INT8] = "int8"
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name ? name : "f32", names[i]) == 0) {
            *out = (reel_weights_form)i;
            return REEL_OK;
        }
    }
    *out = reel_kernels_multiply_bytes(reel_kernels_get()) ? REEL_WEIGHTS_INT8 : REEL_WEIGHTS_F32;
    return strcmp(name, "auto") == 0
               ? REEL_OK
               : REEL_FAIL(REEL_ERR_INVALID,
                           "weights: is \"%s\", expected f32, stored, int8 or auto", name);
}

static reel_status open_model(reel_model *out, const char *model_dir, const char *weights)
{
    reel_weights_form form;
    REEL_TRY(find_form(&form, weights));
    return reel_model_open_as(out, model_dir, form);
}

static reel_status open_on(reel_engine *engine, const char *model_dir, const char *weights)
{
    const reel_device *before;
    REEL_TRY(reel_device_select(engine->device, &before));
    reel_status status = open_model(&engine->model, model_dir, weights);
    reel_device_select(before, NULL);
    return status;
}

reel_status reel_engine_open(reel_engine **out, const char *model_dir, const char *device,
                             const char *weights)
{
    *out = NULL;
    reel_engine *engine = calloc(1, sizeof *engine);
    if (!engine) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for an engine");
    }
    reel_status status = reel_device_open(&engine->device, device);
    if (status == REEL_OK) {
        status = open_on(engine, model_dir, weights);
    }
    if (status < 0) {
        free(engine);
        return status;
    }
    *out = engine;
    return REEL_OK;
}

void reel_engine_close(reel_engine *engine)
{
    const reel_device *before;
    if (engine && reel_device_select(engine->device, &before) == REEL_OK) {
        reel_model_close(&engine->model);
        reel_device_select(before, NULL);
    }
    free(engine);
}

const char *reel_engine_device(const reel_engine *engine)
{
    return engine->device->name;
}

const char *reel_engine_name(const reel_engine *engine)
{
    return engine->model.name;
}

reel_status reel_engine_round_trip(reel_engine *engine, reel_clip *clip)
{
    const reel_device *before;
    REEL_TRY(reel_device_select(engine->device, &before));
    reel_status status = reel_round_trip(clip, &engine->model);
    reel_device_select(before, NULL);
    return status;
}

int reel_engine_steps(const reel_engine *engine)
{
    return engine->model.defaults.steps;
}

/* A request with every default resolved and every field checked. */
typedef struct {
    reel_geometry geometry;
    reel_denoise_options denoise;
    int has_audio, guided, full_every;
    const reel_preview *preview; /* NULL: nobody watches */
} plan;

static reel_status check_guidance(float *out, const char *field, float value, float preset)
{
    *out = value < 0 ? preset : value;
    if (!(*out <= 100.0f)) {
        return REEL_FAIL(REEL_ERR_INVALID, "%s: is %g, expected 0 to 100", field, (double)value);
    }
    return REEL_OK;
}

static reel_status find_solver(reel_solver *out, const char *name)
{
    static const char *const names[] = {
        [REEL_SOLVER_EULER] = "euler", [REEL_SOLVER_HEUN] = "heun"
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (name && strcmp(name, names[i]) == 0) {
            *out = (reel_solver)i;
            return REEL_OK;
        }
    }
    return REEL_FAIL(REEL_ERR_INVALID, "solver: is \"%s\", expected euler or heun",
                     name ? name : "");
}

static reel_status make_plan(plan *out, const reel_model *model, const reel_request *r)
{
    const reel_model_defaults *preset = &model->defaults;
    if (r->size != sizeof *r) {
        return REEL_FAIL(REEL_ERR_INVALID, "request: size is %zu, expected %zu", r->size,
                         sizeof *r);
    }
    *out = (plan){ .has_audio = r->audio != 0, .preview = r->preview };
    reel_denoise_options *d = &out->denoise;
    REEL_TRY(reel_geometry_build(&out->geometry, &model->geometry, r->seconds, r->aspect,
                                 r->resolution));
    d->steps = r->steps ? r->steps : preset->steps;
    if (d->steps < 1 || d->steps > 1000) {
        return REEL_FAIL(REEL_ERR_INVALID, "steps: is %d, expected 1 to 1000", r->steps);
    }
    REEL_TRY(find_solver(&d->solver, r->solver));
    REEL_TRY(check_guidance(&d->guidance[0], "cfg_video", r->cfg_video, preset->guidance[0]));
    REEL_TRY(check_guidance(&d->guidance[1], "cfg_audio", r->cfg_audio, preset->guidance[1]));
    if (r->step_cache < 1 || r->step_cache > REEL_STEP_CACHE_MAX) {
        return REEL_FAIL(REEL_ERR_INVALID, "step_cache: is %d, expected 1 to %d", r->step_cache,
                         REEL_STEP_CACHE_MAX);
    }
    out->full_every = r->step_cache;
    memcpy(d->shift, preset->shift, sizeof d->shift);
    out->guided = d->guidance[0] != 1.0f || (out->has_audio && d->guidance[1] != 1.0f);
    return REEL_OK;
}

static size_t film_bytes(const plan *p, int width, int height)
{
    size_t picture = (size_t)p->geometry.kept_frames * (size_t)width * (size_t)height * 3;
    return picture + (p->has_audio ? 2 * sizeof(float) * (size_t)p->geometry.samples : 0);
}

/* Latents of the sampler at most: x, condition, mask, two velocities, Heun's two, the noise. */
static size_t latent_bytes(const plan *p, const reel_model *model)
{
    size_t count[REEL_MODALITIES];
    reel_velocity_counts(count, model, &p->geometry, p->has_audio);
    return 8 * sizeof(float) * (count[0] + count[1]);
}

/* The phases follow each other: the largest counts. */
static reel_status measure(size_t *bytes, const reel_model *model, const plan *p)
{
    const reel_geometry *g = &p->geometry;
    size_t phase[5], largest = 0, base = film_bytes(p, g->width, g->height);
    REEL_TRY(reel_prompt_measure(&phase[0], model));
    REEL_TRY(reel_velocity_measure_condition(&phase[1], model, g, p->has_audio));
    REEL_TRY(reel_velocity_measure(&phase[2], model, g, p->has_audio, p->guided, p->full_every));
    if (p->preview) {
        size_t shown;
        REEL_TRY(reel_preview_measure(&shown, model, g));
        phase[2] += shown;
    }
    REEL_TRY(reel_decode_measure(&phase[3], model, g, p->has_audio));
    phase[3] += base;
    phase[4] = g->out_width == g->width && g->out_height == g->height
                   ? base
                   : base + film_bytes(p, g->out_width, g->out_height);
    for (int i = 0; i < 5; i++) {
        largest = phase[i] > largest ? phase[i] : largest;
    }
    *bytes = largest + latent_bytes(p, model);
    return REEL_OK;
}

/* 0: unknown. */
static double memory_of(const reel_device *device)
{
    if (device->memory_bytes) {
        return (double)device->memory_bytes;
    }
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return pages > 0 && page > 0 ? (double)pages * (double)page : 0;
}

/* Address space is never short: without this the kernel would end the process in mid-run. */
static reel_status check_memory(const reel_engine *engine, const plan *p)
{
    size_t bytes;
    REEL_TRY(measure(&bytes, &engine->model, p));
    double here = memory_of(engine->device);
    if (here > 0 && (double)bytes > here) {
        return REEL_FAIL(
            REEL_ERR_MEMORY, "this film needs %.1f GB of memory, %s has %.1f", (double)bytes / 1e9,
            engine->device->kind == REEL_DEVICE_CPU ? "the machine" : engine->device->name,
            here / 1e9);
    }
    return REEL_OK;
}

size_t reel_engine_memory(reel_engine *engine, const reel_request *request)
{
    plan p;
    size_t bytes = 0;
    const reel_device *before;
    if (make_plan(&p, &engine->model, request) < 0 ||
        reel_device_select(engine->device, &before) < 0) {
        return 0;
    }
    reel_status status = measure(&bytes, &engine->model, &p);
    reel_device_select(before, NULL);
    return status < 0 ? 0 : bytes;
}

/* The caller's progress function, with the phase that is running. */
typedef struct {
    reel_progress_fn progress;
    void *user;
    const char *phase;
} reporter;

static int report(void *user, int done, int total)
{
    const reporter *r = user;
    return r->progress ? r->progress(r->phase, done, total, r->user) : 0;
}

static reel_status enter_phase(reporter *r, const char *phase)
{
    r->phase = phase;
    return report(r, 0, 1) ? REEL_FAIL(REEL_ERR_CANCELLED, "stopped before %s", phase) : REEL_OK;
}

static reel_status denoise(reel_latents *latents, const reel_model *model, plan *p,
                           const reel_prompt *prompt, uint64_t seed, reporter *r)
{
    reel_velocity velocity = { 0 };
    reel_status status = reel_velocity_init(&velocity, model, &p->geometry, prompt, p->has_audio,
                                            p->guided, p->full_every);
    if (status == REEL_OK) {
        reel_latents_fill_noise(latents, seed);
        r->phase = "denoise";
        p->denoise.progress = report;
        p->denoise.progress_user = r;
        reel_shown_velocity shown = { &velocity, p->denoise.guidance[0], p->preview };
        status = p->preview ? reel_denoise(latents, reel_shown_velocity_at, &shown, &p->denoise)
                            : reel_denoise(latents, reel_velocity_at, &velocity, &p->denoise);
    }
    reel_velocity_deinit(&velocity);
    return status;
}

/* Words and noise to latents. */
static reel_status sample(reel_latents *latents, const reel_model *model, plan *p,
                          const reel_request *request, reporter *r)
{
    reel_prompt prompt = { 0 };
    REEL_TRY(enter_phase(r, "text"));
    reel_status status =
        reel_prompt_encode(&prompt, model, request->prompt, request->negative_prompt);
    if (status == REEL_OK) {
        status = denoise(latents, model, p, &prompt, request->seed, r);
    }
    reel_prompt_free(&prompt);
    return status;
}

/* The same, unless an earlier attempt came so far and kept them. */
static reel_status sample_once(reel_latents *latents, const reel_model *model, plan *p,
                               const reel_request *request, reporter *r)
{
    size_t count[REEL_MODALITIES];
    reel_velocity_counts(count, model, &p->geometry, p->has_audio);
    REEL_TRY(reel_latents_alloc(latents, count));
    if (request->latents_path) {
        reel_status status = reel_kept_latents_read(latents, model->name, request);
        if (status == REEL_OK) {
            return REEL_OK;
        }
        if (status != REEL_ERR_NOT_FOUND) {
            reel_log(REEL_LOG_WARN, "latents are made anew: %s", reel_error_message());
        }
    }
    REEL_TRY(sample(latents, model, p, request, r));
    if (request->latents_path && reel_kept_latents_write(latents, model->name, request) < 0) {
        reel_log(REEL_LOG_WARN, "latents are not kept: %s", reel_error_message());
    }
    return REEL_OK;
}

static reel_status decode(reel_clip *out, const reel_model *model, const plan *p,
                          const reel_latents *latents, reporter *r)
{
    const reel_geometry *g = &p->geometry;
    REEL_TRY(enter_phase(r, "decode"));
    reel_clip base;
    REEL_TRY(reel_decode_latents(&base, model, g, latents));
    if (g->out_width == g->width && g->out_height == g->height) {
        *out = base;
        return REEL_OK;
    }
    reel_status status =
        reel_media_scale_clip(out, &base, g->out_width, g->out_height, REEL_FIT_COVER);
    reel_clip_free(&base);
    return status;
}

/* On the engine's device. */
static reel_status generate(reel_clip *out, reel_engine *engine, const reel_request *request,
                            reporter r)
{
    const reel_model *model = &engine->model;
    reel_latents latents = { 0 };
    plan p;
    reel_status status;
    REEL_TRY_OR_DONE(make_plan(&p, model, request));
    REEL_TRY_OR_DONE(check_memory(engine, &p));
    REEL_TRY_OR_DONE(sample_once(&latents, model, &p, request, &r));
    REEL_TRY_OR_DONE(decode(out, model, &p, &latents, &r));
    if (report(&r, 1, 1)) {
        reel_clip_free(out);
        status = REEL_FAIL(REEL_ERR_CANCELLED, "stopped after decode");
    }
done:
    if (status < 0) {
        *out = (reel_clip){ 0 };
    }
    reel_latents_free(&latents);
    return status;
}

reel_status reel_generate(reel_clip *out, reel_engine *engine, const reel_request *request,
                          reel_progress_fn progress, void *user)
{
    const reel_device *before;
    *out = (reel_clip){ 0 };
    REEL_TRY(reel_device_select(engine->device, &before));
    reel_status status =
        generate(out, engine, request, (reporter){ .progress = progress, .user = user });
    reel_device_select(before, NULL);
    return status;
}
