/* A step of joint training: batches of 12 films of 3 s with sound, all of which is to be made. */
#include "bench/arithmetic.h"
#include "bench/measure.h"

#include "base/error.h"
#include "base/file.h"
#include "base/rng.h"
#include "model/dit/dit.h"
#include "train/ema.h"
#include "train/flow_loss.h"
#include "train/grad_clip.h"
#include "train/optimiser.h"

#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 12, FRAMES = 13, HEIGHT = 10, WIDTH = 18, SOUNDS = 65, WORDS = 24, SEED = 14 };

typedef struct {
    reel_dit dit;
    reel_recipe recipe;
    reel_optimiser optimiser;
    reel_dit_modality video, audio;
    float *text, *average; /* [BATCH, WORDS, Dt]; [elements] */
    reel_rt rt;
    reel_tensor *loss;
    int64_t step;
} training;

/* --- a batch of noise ------------------------------------------------------------------------ */

static float *noise(size_t count, uint64_t sequence)
{
    float *values = malloc(count * sizeof *values);
    if (values) {
        reel_rng_fill_normal(values, count, SEED, sequence);
    }
    return values;
}

static reel_status make_modality(reel_dit_modality *m, int64_t latents, int64_t channels)
{
    const size_t count = (size_t)(BATCH * latents * channels);
    *m = (reel_dit_modality){ .latents = latents,
                              .channels = channels,
                              .input = noise(2 * count + (size_t)(BATCH * latents), 1),
                              .target = noise(count, 2),
                              .scale = noise(count, 3),
                              .sigma = noise(BATCH, 4) };
    for (int i = 0; m->sigma && i < BATCH; i++) {
        m->sigma[i] = (float)(i + 1) / (BATCH + 1);
    }
    return m->input && m->target && m->scale && m->sigma
               ? REEL_OK
               : REEL_FAIL(REEL_ERR_MEMORY, "bench: no memory for a batch");
}

static void free_modality(reel_dit_modality *m)
{
    free(m->input);
    free(m->target);
    free(m->scale);
    free(m->sigma);
}

/* --- the parts of a step --------------------------------------------------------------------- */

static reel_status forward(training *t)
{
    const reel_dit_config *c = &t->dit.config;
    reel_rt_reset(&t->rt);
    t->rt.recording = 1;
    const reel_dit_input input = {
        .video = REEL_FROM_HOST(&t->rt, REEL_F32, t->video.input, BATCH, FRAMES, HEIGHT, WIDTH,
                                2 * c->video_channels + 1),
        .audio = REEL_FROM_HOST(&t->rt, REEL_F32, t->audio.input, BATCH, SOUNDS,
                                2 * c->audio_channels + 1),
        .sigma_video = t->video.sigma,
        .sigma_audio = t->audio.sigma,
        .text = REEL_FROM_HOST(&t->rt, REEL_F32, t->text, BATCH, WORDS, c->text_width),
    };
    const reel_dit_output out = reel_dit_forward(&t->rt, &t->dit, &input);
    REEL_TRY(t->rt.status);
    t->loss = reel_add(&t->rt, reel_flow_loss(&t->rt, out.video, &t->video),
                       reel_flow_loss(&t->rt, out.audio, &t->audio));
    return t->rt.status;
}

static reel_status backward(training *t)
{
    reel_weights_zero_grads(&t->dit.weights);
    return reel_backward(&t->rt, t->loss, 1.0f);
}

static reel_status update(training *t)
{
    double norm;
    reel_weights *w = &t->dit.weights;
    REEL_TRY(reel_grad_norm(&norm, w->grads, w->elements));
    REEL_TRY(reel_optimiser_step(&t->optimiser, t->step++, 1e-3, reel_grad_clip_scale(norm, 1.0)));
    reel_ema_update(t->average, w->values, w->elements, 0.99);
    return REEL_OK;
}

/* --- beginning and end ----------------------------------------------------------------------- */

static reel_status read_recipe(reel_recipe *out)
{
    return reel_recipe_read(
        out, json_pack("{s:s, s:f, s:f}", "stage", "dit", "lr", 0.002, "muon_lr", 0.02));
}

static reel_status training_init(training *t, const char *model_dir)
{
    *t = (training){ 0 };
    char *path = reel_path_join(model_dir, "dit.safetensors");
    reel_status status = path ? reel_dit_open(&t->dit, path)
                              : REEL_FAIL(REEL_ERR_MEMORY, "bench: no memory for a path");
    free(path);
    REEL_TRY(status);
    const reel_dit_config *c = &t->dit.config;
    REEL_TRY(reel_weights_alloc_grads(&t->dit.weights));
    REEL_TRY(read_recipe(&t->recipe));
    REEL_TRY(reel_optimiser_init(&t->optimiser, &t->dit.weights, &t->recipe));
    REEL_TRY(make_modality(&t->video, FRAMES * HEIGHT * WIDTH, c->video_channels));
    REEL_TRY(make_modality(&t->audio, SOUNDS, c->audio_channels));
    t->text = noise((size_t)(BATCH * WORDS * c->text_width), 5);
    t->average = calloc(t->dit.weights.elements, sizeof *t->average);
    if (!t->text || !t->average) {
        return REEL_FAIL(REEL_ERR_MEMORY, "bench: no memory for a batch");
    }
    REEL_TRY(reel_rt_init(&t->rt, reel_kernels_get(), 0)); /* the size of a step, by a dry pass */
    status = forward(t);
    status = status == REEL_OK ? backward(t) : status;
    const size_t bytes = t->rt.arena.peak;
    reel_rt_deinit(&t->rt);
    REEL_TRY(status);
    return reel_rt_init(&t->rt, reel_kernels_get(), bytes);
}

static void training_deinit(training *t)
{
    reel_rt_deinit(&t->rt);
    reel_optimiser_deinit(&t->optimiser);
    reel_recipe_deinit(&t->recipe);
    free_modality(&t->video);
    free_modality(&t->audio);
    free(t->text);
    free(t->average);
    reel_dit_deinit(&t->dit);
}

/* --- measuring ------------------------------------------------------------------------------- */

enum { FORWARD, BACKWARD, UPDATE, PARTS, RUNS = 3 };

static reel_status time_parts(double best[PARTS], const reel_bench *b, training *t)
{
    static reel_status (*const parts[PARTS])(training * t) = { forward, backward, update };
    for (int run = 0; run < RUNS; run++) {
        for (int i = 0; i < PARTS; i++) {
            const double start = reel_bench_clock(b);
            REEL_TRY(parts[i](t));
            const double took = reel_bench_clock(b) - start;
            best[i] = run == 0 || took < best[i] ? took : best[i];
        }
    }
    return REEL_OK;
}

static reel_status count(double flops[PARTS], training *t)
{
    t->rt.kernels = reel_arithmetic_kernels();
    reel_arithmetic_take();
    reel_status status = forward(t);
    flops[FORWARD] = reel_arithmetic_take();
    status = status == REEL_OK ? backward(t) : status;
    flops[BACKWARD] = reel_arithmetic_take();
    flops[UPDATE] = 0.0;
    t->rt.kernels = reel_kernels_get();
    return status;
}

static reel_status add(reel_bench *b, const training *t, const char *name, double flops,
                       double seconds)
{
    /* weights, gradients, two moments, the average */
    const double held = 5.0 * (double)reel_weights_bytes(&t->dit.weights);
    const double memory = held + (double)t->rt.arena.peak;
    char shape[64];
    snprintf(shape, sizeof shape, "%dx(%d+%d)", BATCH, FRAMES * HEIGHT * WIDTH / 4, SOUNDS);
    return reel_bench_wants(b, name)
               ? reel_bench_add(b, &(reel_bench_row){ .name = name,
                                                      .shape = shape,
                                                      .seconds = seconds,
                                                      .rate = flops / seconds,
                                                      .unit = flops > 0 ? "FLOP" : "",
                                                      .ratio = flops / seconds / b->f32_peak,
                                                      .against = flops > 0 ? "peak" : "",
                                                      .memory_bytes = memory })
               : REEL_OK;
}

static reel_status measure(reel_bench *b, training *t)
{
    double flops[PARTS], seconds[PARTS];
    REEL_TRY(count(flops, t));
    REEL_TRY(time_parts(seconds, b, t));
    REEL_TRY(add(b, t, "train/forward", flops[FORWARD], seconds[FORWARD]));
    REEL_TRY(add(b, t, "train/backward", flops[BACKWARD], seconds[BACKWARD]));
    REEL_TRY(add(b, t, "train/optimiser", 0.0, seconds[UPDATE]));
    return add(b, t, "train/step", flops[FORWARD] + flops[BACKWARD],
               seconds[FORWARD] + seconds[BACKWARD] + seconds[UPDATE]);
}

reel_status reel_bench_training(reel_bench *b)
{
    training t;
    if (!reel_bench_wants(b, "train/step") && !reel_bench_wants(b, "train/forward") &&
        !reel_bench_wants(b, "train/backward") && !reel_bench_wants(b, "train/optimiser")) {
        return REEL_OK;
    }
    REEL_TRY(reel_bench_peaks(b));
    reel_status status = training_init(&t, b->request->model_dir);
    if (status == REEL_OK) {
        status = measure(b, &t);
    }
    training_deinit(&t);
    return status;
}
