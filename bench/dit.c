/* What one training step of the diffusion transformer costs, part by part.
 *
 *     reel_bench_dit [--device cuda,bf16] [mini|large]
 *
 * mini: the bundled model's sizes and batch, 3 s of film. large: a 1.3 B-parameter model, 5 s at
 * 480p; for GPUs. */
#include "model/dit/dit.h"
#include "base/clock.h"
#include "device.h"
#include "ops/elementwise.h"
#include "ops/kernels.h"
#include "ops/loss.h"
#include "train/ema.h"
#include "train/grad_clip.h"
#include "train/optimiser.h"
#include "train/peak.h"

enum { STEPS = 6, BATCH_MAX = 64 };

typedef struct {
    reel_dit_config config;
    int batch;
    int64_t frames, height, width, sounds, words; /* latents of a clip, tokens of its caption */
} bench_case;

static bench_case mini(void)
{
    return (bench_case){ reel_dit_config_mini(), 12, 13, 10, 18, 3 * 43, 48 };
}

static bench_case large(void)
{
    bench_case c = { reel_dit_config_mini(), 1, 21, 60, 106, 5 * 43, 128 };
    c.config.width = 2048;
    c.config.heads = 16;
    c.config.dual_blocks = 2;
    c.config.single_blocks = 5;
    c.config.mlp_ratio = 4;
    c.config.patch = 2;
    c.config.av_sigma_count = 0;
    c.config.rope_split[0] = 32;
    c.config.rope_split[1] = c.config.rope_split[2] = 48;
    return c;
}

static reel_tensor *random_tensor(reel_rt *rt, int rank, const int64_t *dim, uint64_t sequence)
{
    reel_tensor *t = reel_new(rt, REEL_F32, rank, dim);
    if (t->data) {
        bench_randomise(rt, t, sequence);
    }
    return t;
}

static reel_dit_input input_of(reel_rt *rt, const bench_case *c)
{
    static float sigma[BATCH_MAX];
    const reel_dit_config *k = &c->config;
    for (int i = 0; i < BATCH_MAX; i++) {
        sigma[i] = 0.5f;
    }
    const int64_t video[] = { c->batch, c->frames, c->height, c->width, 2 * k->video_channels + 1 };
    const int64_t audio[] = { c->batch, c->sounds, 2 * k->audio_channels + 1 };
    const int64_t text[] = { c->batch, c->words, k->text_width };
    return (reel_dit_input){ .video = random_tensor(rt, 5, video, 0),
                             .audio = random_tensor(rt, 3, audio, 1),
                             .text = random_tensor(rt, 3, text, 2),
                             .sigma_video = sigma,
                             .sigma_audio = sigma };
}

/* How far the velocities are from zero. */
static reel_tensor *loss_of(reel_rt *rt, const reel_dit *dit, const reel_dit_input *input)
{
    reel_dit_output out = reel_dit_forward(rt, dit, input);
    if (rt->status < 0) {
        bench_fail("forward");
    }
    return reel_add(rt, reel_mean_square(rt, out.video), reel_mean_square(rt, out.audio));
}

static size_t step_bytes(const reel_dit *dit, const bench_case *c)
{
    reel_rt dry;
    if (reel_rt_init(&dry, reel_kernels_get(), 0) < 0) {
        bench_fail("dry pass");
    }
    dry.recording = 1;
    reel_dit_input input = input_of(&dry, c);
    if (reel_backward(&dry, loss_of(&dry, dit, &input), 1.0f) < 0) {
        bench_fail("dry pass");
    }
    size_t bytes = dry.arena.peak;
    reel_rt_deinit(&dry);
    return bytes;
}

typedef struct {
    double forward, backward, norm, update; /* seconds */
} step_times;

static step_times take_step(reel_rt *rt, reel_dit *dit, reel_optimiser *o, float *average,
                            const bench_case *c)
{
    double at[5], norm;
    reel_rt_reset(rt);
    rt->recording = 1;
    reel_dit_input input = input_of(rt, c);
    bench_wait();
    at[0] = reel_clock_seconds();
    reel_status status = reel_weights_zero_grads(&dit->weights);
    reel_tensor *loss = loss_of(rt, dit, &input);
    bench_wait();
    at[1] = reel_clock_seconds();
    status = status < 0 ? status : reel_backward(rt, loss, 1.0f);
    bench_wait();
    at[2] = reel_clock_seconds();
    status = status < 0 ? status : reel_grad_norm(&norm, dit->weights.grads, dit->weights.elements);
    at[3] = reel_clock_seconds();
    status = status < 0 ? status : reel_optimiser_step(o, 0, 1, 1);
    status = status < 0 ? status
                        : reel_ema_update(average, dit->weights.values, dit->weights.elements, 0.9);
    bench_wait();
    at[4] = reel_clock_seconds();
    if (status < 0) {
        bench_fail("step");
    }
    return (step_times){ at[1] - at[0], at[2] - at[1], at[3] - at[2], at[4] - at[3] };
}

static void measure(reel_dit *dit, const bench_case *c)
{
    const reel_recipe recipe = { .lr = 1e-3f, .muon_lr = 1e-2f, .beta1 = 0.9f, .beta2 = 0.95f };
    reel_rt rt;
    reel_optimiser o;
    void *average;
    size_t bytes = step_bytes(dit, c);
    printf("%.2f B parameters, a step needs %.2f GB\n",
           (double)reel_weights_count(&dit->weights) / 1e9, (double)bytes / 1e9);
    if (reel_rt_init(&rt, reel_kernels_get(), bytes + 4096) < 0 ||
        reel_optimiser_init(&o, &dit->weights, &recipe) < 0 ||
        reel_device_allocate(&average, dit->weights.elements * sizeof(float), 1) < 0) {
        bench_fail("memory");
    }
    int64_t tokens = c->frames * (c->height / c->config.patch) * (c->width / c->config.patch);
    double flops = 3 * c->batch * reel_dit_flops(&c->config, tokens, c->sounds, c->words);
    double peak = reel_peak_gflops() * 1e9, best = 1e9;
    for (int i = 0; i < STEPS; i++) {
        step_times t = take_step(&rt, dit, &o, average, c);
        double whole = t.forward + t.backward + t.norm + t.update;
        best = whole < best ? whole : best;
        printf("step %d: forward %.2f ms, backward %.2f ms, norm %.2f ms, update %.2f ms\n", i,
               t.forward * 1e3, t.backward * 1e3, t.norm * 1e3, t.update * 1e3);
    }
    printf("best %.2f ms, %.2f clips/s, %.1f TFLOP/s, %.2f of the peak of products\n", best * 1e3,
           c->batch / best, flops / best * 1e-12, flops / best / peak);
    reel_device_release(average);
    reel_optimiser_deinit(&o);
    reel_rt_deinit(&rt);
}

int main(int argc, char **argv)
{
    const char *word = bench_select(argc, argv);
    bench_case c = word && strcmp(word, "large") == 0 ? large() : mini();
    reel_dit dit;
    if (reel_dit_init(&dit, &c.config) < 0 || reel_weights_alloc_grads(&dit.weights) < 0 ||
        reel_weights_randomise(&dit.weights, 1) < 0) {
        bench_fail("model");
    }
    measure(&dit, &c);
    reel_dit_deinit(&dit);
    return 0;
}
