/* A step of joint training, all of whose films and sound is to be made: batches of 12 films of 3 s
 * for the bundled model; for GPUs one film of 5 s at 480p for a model of 1.3 billion weights. */
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

enum { SEED = 14 };

typedef struct {
    const char *group;     /* of the rows */
    const char *model_dir; /* NULL: a large model with random weights */
    int64_t batch, frames, height, width, sounds, words; /* latents of a film, its tokens of text */
} training_size;

typedef struct {
    training_size size;
    reel_dit dit;
    reel_recipe recipe;
    reel_optimiser optimiser;
    reel_dit_modality video, audio;
    float *text;   /* [batch, words, Dt] */
    void *average; /* [elements] f32 on the device */
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

static reel_status make_modality(reel_dit_modality *m, int64_t batch, int64_t latents,
                                 int64_t channels)
{
    const size_t count = (size_t)(batch * latents * channels);
    *m = (reel_dit_modality){ .latents = latents,
                              .channels = channels,
                              .input = noise(2 * count + (size_t)(batch * latents), 1),
                              .target = noise(count, 2),
                              .scale = noise(count, 3),
                              .sigma = noise((size_t)batch, 4) };
    for (int64_t i = 0; m->sigma && i < batch; i++) {
        m->sigma[i] = (float)(i + 1) / (float)(batch + 1);
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
    const training_size *s = &t->size;
    reel_rt_reset(&t->rt);
    t->rt.recording = 1;
    const reel_dit_input input = {
        .video = REEL_FROM_HOST(&t->rt, REEL_F32, t->video.input, s->batch, s->frames, s->height,
                                s->width, 2 * c->video_channels + 1),
        .audio = REEL_FROM_HOST(&t->rt, REEL_F32, t->audio.input, s->batch, s->sounds,
                                2 * c->audio_channels + 1),
        .sigma_video = t->video.sigma,
        .sigma_audio = t->audio.sigma,
        .text = REEL_FROM_HOST(&t->rt, REEL_F32, t->text, s->batch, s->words, c->text_width),
    };
    const reel_dit_output out = reel_dit_forward(&t->rt, &t->dit, &input);
    REEL_TRY(t->rt.status);
    t->loss = reel_add(&t->rt, reel_flow_loss(&t->rt, out.video, &t->video),
                       reel_flow_loss(&t->rt, out.audio, &t->audio));
    return t->rt.status;
}

static reel_status backward(training *t)
{
    REEL_TRY(reel_weights_zero_grads(&t->dit.weights));
    return reel_backward(&t->rt, t->loss, 1.0f);
}

static reel_status update(training *t)
{
    double norm;
    reel_weights *w = &t->dit.weights;
    REEL_TRY(reel_grad_norm(&norm, w->grads, w->elements));
    REEL_TRY(reel_optimiser_step(&t->optimiser, t->step++, 1e-3, reel_grad_clip_scale(norm, 1.0)));
    return reel_ema_update(t->average, w->values, w->elements, 0.99);
}

/* --- beginning and end ----------------------------------------------------------------------- */

static reel_status read_recipe(reel_recipe *out)
{
    return reel_recipe_read(
        out, json_pack("{s:s, s:f, s:f}", "stage", "dit", "lr", 0.002, "muon_lr", 0.02));
}

static reel_status open_bundled(reel_dit *dit, const char *model_dir)
{
    char *path = reel_path_join(model_dir, "dit.safetensors");
    reel_status status =
        path ? reel_dit_open(dit, path) : REEL_FAIL(REEL_ERR_MEMORY, "bench: no memory for a path");
    free(path);
    return status;
}

static reel_status make_large(reel_dit *dit)
{
    reel_dit_config c = reel_dit_config_mini();
    c.width = 2048;
    c.heads = 16;
    c.dual_blocks = 2;
    c.single_blocks = 5;
    c.mlp_ratio = 4;
    c.patch = 2;
    c.av_sigma_count = 0;
    c.rope_split[0] = 32;
    c.rope_split[1] = c.rope_split[2] = 48;
    REEL_TRY(reel_dit_init(dit, &c));
    return reel_weights_randomise(&dit->weights, SEED);
}

/* A runtime for one step, whose size a dry pass finds. */
static reel_status provide_memory(training *t)
{
    REEL_TRY(reel_rt_init(&t->rt, reel_kernels_get(), 0));
    reel_status status = forward(t);
    status = status == REEL_OK ? backward(t) : status;
    const size_t bytes = t->rt.arena.peak;
    reel_rt_deinit(&t->rt);
    REEL_TRY(status);
    return reel_rt_init(&t->rt, reel_kernels_get(), bytes);
}

static reel_status training_init(training *t, const training_size *s)
{
    *t = (training){ .size = *s };
    REEL_TRY(s->model_dir ? open_bundled(&t->dit, s->model_dir) : make_large(&t->dit));
    const reel_dit_config *c = &t->dit.config;
    REEL_TRY(reel_weights_alloc_grads(&t->dit.weights));
    REEL_TRY(read_recipe(&t->recipe));
    REEL_TRY(reel_optimiser_init(&t->optimiser, &t->dit.weights, &t->recipe));
    REEL_TRY(
        make_modality(&t->video, s->batch, s->frames * s->height * s->width, c->video_channels));
    REEL_TRY(make_modality(&t->audio, s->batch, s->sounds, c->audio_channels));
    t->text = noise((size_t)(s->batch * s->words * c->text_width), 5);
    if (!t->text) {
        return REEL_FAIL(REEL_ERR_MEMORY, "bench: no memory for a batch");
    }
    REEL_TRY(reel_device_allocate(&t->average, t->dit.weights.elements * sizeof(float), 1));
    return provide_memory(t);
}

static void training_deinit(training *t)
{
    reel_rt_deinit(&t->rt);
    reel_optimiser_deinit(&t->optimiser);
    reel_recipe_deinit(&t->recipe);
    free_modality(&t->video);
    free_modality(&t->audio);
    free(t->text);
    reel_device_release(t->average);
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

static reel_status add(reel_bench *b, const training *t, const char *part, double flops,
                       double seconds)
{
    /* weights, gradients, two moments, the average */
    const double held = 5.0 * (double)reel_weights_bytes(&t->dit.weights);
    const double memory = held + (double)t->rt.arena.peak;
    const training_size *s = &t->size;
    const int64_t patch = t->dit.config.patch;
    const int64_t tokens = s->frames * (s->height / patch) * (s->width / patch);
    char name[64], shape[64];
    snprintf(name, sizeof name, "%s/%s", s->group, part);
    snprintf(shape, sizeof shape, "%lldx(%lld+%lld)", (long long)s->batch, (long long)tokens,
             (long long)s->sounds);
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
    REEL_TRY(add(b, t, "forward", flops[FORWARD], seconds[FORWARD]));
    REEL_TRY(add(b, t, "backward", flops[BACKWARD], seconds[BACKWARD]));
    REEL_TRY(add(b, t, "optimiser", 0.0, seconds[UPDATE]));
    return add(b, t, "step", flops[FORWARD] + flops[BACKWARD],
               seconds[FORWARD] + seconds[BACKWARD] + seconds[UPDATE]);
}

static int wants(const reel_bench *b, const char *group)
{
    static const char *const parts[] = { "forward", "backward", "optimiser", "step" };
    int wanted = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s/%s", group, parts[i]);
        wanted |= reel_bench_wants(b, name);
    }
    return wanted;
}

static reel_status measure_size(reel_bench *b, const training_size *size)
{
    training t;
    if (!wants(b, size->group)) {
        return REEL_OK;
    }
    REEL_TRY(reel_bench_peaks(b));
    reel_status status = training_init(&t, size);
    if (status == REEL_OK) {
        status = measure(b, &t);
    }
    training_deinit(&t);
    return status;
}

reel_status reel_bench_training(reel_bench *b)
{
    const training_size bundled = {
        .group = "train",
        .model_dir = b->request->model_dir,
        .batch = 12,
        .frames = 13,
        .height = 10,
        .width = 18,
        .sounds = 65,
        .words = 24,
    };
    const training_size large = {
        .group = "large",
        .batch = 1,
        .frames = 21,
        .height = 60,
        .width = 106,
        .sounds = 5 * 43,
        .words = 128,
    };
    REEL_TRY(measure_size(b, &bundled));
    return reel_bench_on_cpu() ? REEL_OK : measure_size(b, &large);
}
