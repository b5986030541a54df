/* The networks at the sizes of a film: text, a step of the transformer in both forms, decoders. */
#include "bench/arithmetic.h"
#include "bench/film_case.h"

#include "base/error.h"

#include <stdio.h>

/* --- a step ---------------------------------------------------------------------------------- */

/* Operations of a step, found by a run that only counts. */
static reel_status count_step(double *flops, reel_film_case *f)
{
    const reel_kernels *kernels = f->velocity.rt.kernels;
    f->velocity.rt.kernels = reel_arithmetic_kernels();
    reel_arithmetic_take();
    reel_status status = reel_film_case_step(f);
    f->velocity.rt.kernels = kernels;
    *flops = reel_arithmetic_take();
    return status;
}

static reel_status add_step(reel_bench *b, const char *name, const reel_film_case *f, double flops,
                            double seconds, double ratio)
{
    char shape[64];
    const reel_geometry *g = &f->geometry;
    const int patch = f->model.geometry.patch;
    if (!reel_bench_wants(b, name)) {
        return REEL_OK;
    }
    snprintf(shape, sizeof shape, "2x(%d+%d)",
             g->latent_frames * (g->latent_height / patch) * (g->latent_width / patch),
             g->audio_latents);
    return reel_bench_add(
        b,
        &(reel_bench_row){ .name = name,
                           .shape = shape,
                           .seconds = seconds,
                           .rate = flops / seconds,
                           .unit = f->model.form == REEL_WEIGHTS_F32 ? "FLOP" : "OP",
                           .ratio = ratio,
                           .against = f->model.form == REEL_WEIGHTS_F32 ? "peak" : "f32",
                           .memory_bytes = (double)(f->velocity.rt.arena.peak +
                                                    reel_weights_bytes(&f->model.dit.weights)) });
}

/* `int8` is NULL where there is no such form. */
static reel_status measure_steps(reel_bench *b, reel_film_case *f32, reel_film_case *int8)
{
    double flops, seconds[2];
    REEL_TRY(count_step(&flops, f32));
    REEL_TRY(reel_bench_time_both(
        seconds, b, (reel_bench_work[]){ reel_film_case_step, int8 ? reel_film_case_step : NULL },
        (void *[]){ f32, int8 }));
    REEL_TRY(
        add_step(b, "model/dit_step", f32, flops, seconds[0], flops / seconds[0] / b->f32_peak));
    return int8 ? add_step(b, "model/dit_step_int8", int8, flops, seconds[1],
                           seconds[0] / seconds[1])
                : REEL_OK;
}

static reel_status measure_both_forms(reel_bench *b, reel_film_case *f32)
{
    reel_film_case int8;
    if (!reel_bench_on_cpu()) {
        return measure_steps(b, f32, NULL);
    }
    REEL_TRY(reel_film_case_init(&int8, b->request->model_dir, REEL_WEIGHTS_INT8));
    reel_status status = measure_steps(b, f32, &int8);
    reel_film_case_deinit(&int8);
    return status;
}

static reel_status measure_text(reel_bench *b, reel_film_case *f)
{
    double seconds;
    if (!reel_bench_wants(b, "model/text")) {
        return REEL_OK;
    }
    REEL_TRY(reel_bench_time(&seconds, b, reel_film_case_text, f));
    return reel_bench_add(b, &(reel_bench_row){ .name = "model/text", .seconds = seconds });
}

/* --- decoders -------------------------------------------------------------------------------- */

typedef struct {
    reel_film_case_decoder decode;
    const reel_film_case *film;
    const reel_weights *weights;
    reel_rt rt;
} decoder;

static reel_status run_decoder(void *user)
{
    decoder *d = user;
    reel_rt_reset(&d->rt);
    d->decode(&d->rt, d->film);
    return d->rt.status;
}

static reel_status time_decoder(double *seconds, double *flops, const reel_bench *b, decoder *d)
{
    d->rt.kernels = reel_arithmetic_kernels();
    reel_arithmetic_take();
    REEL_TRY(run_decoder(d));
    *flops = reel_arithmetic_take();
    d->rt.kernels = reel_kernels_get();
    return reel_bench_time(seconds, b, run_decoder, d);
}

static reel_status measure_decoder(reel_bench *b, const char *name, decoder *d)
{
    double seconds, flops;
    char shape[64];
    snprintf(shape, sizeof shape, "5 s, %dx%d", d->film->geometry.width, d->film->geometry.height);
    if (!reel_bench_wants(b, name)) {
        return REEL_OK;
    }
    REEL_TRY(reel_film_case_rt_init(&d->rt, d->film, d->decode));
    reel_status status = time_decoder(&seconds, &flops, b, d);
    const size_t bytes = d->rt.arena.peak;
    reel_rt_deinit(&d->rt);
    REEL_TRY(status);
    return reel_bench_add(
        b, &(reel_bench_row){ .name = name,
                              .shape = shape,
                              .seconds = seconds,
                              .rate = flops / seconds,
                              .unit = "FLOP",
                              .ratio = flops / seconds / b->f32_peak,
                              .against = "peak",
                              .memory_bytes = (double)(bytes + reel_weights_bytes(d->weights)) });
}

static reel_status measure(reel_bench *b, reel_film_case *f32)
{
    REEL_TRY(measure_text(b, f32));
    if (reel_bench_wants(b, "model/dit_step_int8")) {
        REEL_TRY(measure_both_forms(b, f32));
    }
    decoder video = { .decode = reel_film_case_decode_video,
                      .film = f32,
                      .weights = &f32->model.video_vae.weights };
    decoder audio = { .decode = reel_film_case_decode_audio,
                      .film = f32,
                      .weights = &f32->model.audio_vae.weights };
    REEL_TRY(measure_decoder(b, "model/video_decode", &video));
    return measure_decoder(b, "model/audio_decode", &audio);
}

reel_status reel_bench_models(reel_bench *b)
{
    static const char *const names[] = { "model/text", "model/dit_step_int8", "model/video_decode",
                                         "model/audio_decode" };
    int wanted = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        wanted |= reel_bench_wants(b, names[i]);
    }
    reel_film_case f32;
    if (!wanted) {
        return REEL_OK;
    }
    REEL_TRY(reel_bench_peaks(b));
    REEL_TRY(reel_film_case_init(&f32, b->request->model_dir, REEL_WEIGHTS_F32));
    reel_status status = measure(b, &f32);
    reel_film_case_deinit(&f32);
    return status;
}
