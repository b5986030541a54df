/* A film of the model to measure: 5 s, 16:9, at the base size, with sound, guided. */
#ifndef REEL_BENCH_FILM_CASE_H
#define REEL_BENCH_FILM_CASE_H

#include "bench/measure.h"
#include "pipeline/velocity.h"

typedef struct {
    reel_model model;
    reel_geometry geometry;
    reel_prompt prompt;
    reel_velocity velocity;
    reel_latents x, cond, uncond; /* x is noise at first */
} reel_film_case;

/* Owned by the caller, released with reel_film_case_deinit() (legal after a failure). */
reel_status reel_film_case_init(reel_film_case *f, const char *model_dir, reel_weights_form form);
void reel_film_case_deinit(reel_film_case *f);

/* Passes over it: `user` is the case. A step evaluates both branches of guidance as one batch. */
reel_status reel_film_case_text(void *user);
reel_status reel_film_case_step(void *user);

/* Decoders on a runtime of the caller's, as a generation runs them: x as it stands to pixels, piece
 * by piece, and to samples. Failures are sticky in rt. */
void reel_film_case_decode_video(reel_rt *rt, const reel_film_case *f);
void reel_film_case_decode_audio(reel_rt *rt, const reel_film_case *f);

/* A runtime with memory for one pass of a decoder, counted by a dry pass. */
typedef void (*reel_film_case_decoder)(reel_rt *rt, const reel_film_case *f);
reel_status reel_film_case_rt_init(reel_rt *rt, const reel_film_case *f,
                                   reel_film_case_decoder decode);

#endif
