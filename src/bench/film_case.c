/* Preparing a film, and the passes that make it. */
#include "bench/film_case.h"

#include "base/error.h"
#include "ops/kernels.h"
#include "tensor/reuse.h"

static const char PROMPT[] = "A large blue ball bounces in a sunny meadow";
enum { SEED = 3 };

static reel_status prepare(reel_film_case *f)
{
    size_t count[REEL_MODALITIES];
    REEL_TRY(reel_geometry_build(&f->geometry, &f->model.geometry, 5.0, "16:9", "base"));
    REEL_TRY(reel_prompt_encode(&f->prompt, &f->model, PROMPT, ""));
    reel_velocity_counts(count, &f->model, &f->geometry, 1);
    REEL_TRY(reel_latents_alloc(&f->x, count));
    REEL_TRY(reel_latents_alloc(&f->cond, count));
    REEL_TRY(reel_latents_alloc(&f->uncond, count));
    reel_latents_fill_noise(&f->x, SEED);
    return reel_velocity_init(&f->velocity, &f->model, &f->geometry, &f->prompt, 1, 1, 1);
}

reel_status reel_film_case_init(reel_film_case *f, const char *model_dir, reel_weights_form form)
{
    *f = (reel_film_case){ 0 };
    REEL_TRY(reel_model_open_as(&f->model, model_dir, form));
    reel_status status = prepare(f);
    if (status < 0) {
        reel_film_case_deinit(f);
    }
    return status;
}

void reel_film_case_deinit(reel_film_case *f)
{
    reel_velocity_deinit(&f->velocity);
    reel_latents_free(&f->x);
    reel_latents_free(&f->cond);
    reel_latents_free(&f->uncond);
    reel_prompt_free(&f->prompt);
    reel_model_close(&f->model);
    *f = (reel_film_case){ 0 };
}

reel_status reel_film_case_text(void *user)
{
    const reel_film_case *f = user;
    reel_prompt prompt = { 0 };
    reel_status status = reel_prompt_encode(&prompt, &f->model, PROMPT, "");
    reel_prompt_free(&prompt);
    return status;
}

reel_status reel_film_case_step(void *user)
{
    reel_film_case *f = user;
    const double sigma[REEL_MODALITIES] = { 0.7, 0.7 };
    return reel_velocity_at(&f->velocity, &f->x, sigma, &f->cond, &f->uncond);
}

void reel_film_case_decode_video(reel_rt *rt, const reel_film_case *f)
{
    enum { PIECE = 4 }; /* latent frames, as in pipeline/decode.c */
    const reel_geometry *g = &f->geometry;
    const reel_video_vae *vae = &f->model.video_vae;
    const int64_t channels = f->model.geometry.video_channels;
    const int64_t frame = channels * g->latent_height * g->latent_width;
    reel_video_decoder_memory memory;
    reel_video_decoder_begin(rt, &memory, &vae->decoder, &vae->config,
                             (int64_t[]){ 1, g->latent_height, g->latent_width });
    for (int first = 0; first < g->latent_frames && rt->status == REEL_OK; first += PIECE) {
        const int left = g->latent_frames - first, count = left < PIECE ? left : PIECE;
        const reel_stretch piece = reel_stretch_begin(rt);
        reel_tensor *latent = REEL_FROM_HOST(rt, REEL_F32, f->x.values[0] + first * frame, 1, count,
                                             g->latent_height, g->latent_width, channels);
        reel_video_vae_decode_next(rt, vae, latent, &memory);
        reel_stretch_forget(rt, &piece);
    }
}

void reel_film_case_decode_audio(reel_rt *rt, const reel_film_case *f)
{
    reel_tensor *latent = REEL_FROM_HOST(rt, REEL_F32, f->x.values[1], 1, f->geometry.audio_latents,
                                         f->model.geometry.audio_channels);
    reel_audio_decoding sound;
    reel_audio_decoding_begin(rt, &sound, &f->model.audio_vae, latent, f->geometry.samples);
    while (rt->status == REEL_OK && sound.done < sound.samples) {
        const reel_stretch piece = reel_stretch_begin(rt);
        reel_audio_decoding_next(rt, &sound);
        reel_stretch_forget(rt, &piece);
    }
}

reel_status reel_film_case_rt_init(reel_rt *rt, const reel_film_case *f,
                                   reel_film_case_decoder decode)
{
    reel_rt dry;
    REEL_TRY(reel_rt_init(&dry, reel_kernels_get(), 0));
    decode(&dry, f);
    const size_t bytes = dry.arena.peak;
    reel_status status = dry.status;
    reel_rt_deinit(&dry);
    return status < 0 ? status : reel_rt_init(rt, reel_kernels_get(), bytes);
}
