/* Black and silence as latents: what "nothing is given" means must not depend on the film. */
#include "pipeline/blank.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scratch.h"
#include "tiny_model.h"

enum { WIDTH = 24, HEIGHT = 16, CELLS = (WIDTH / 4) * (HEIGHT / 4) * 3 /* values per frame */ };

static reel_video_vae video_vae;
static reel_audio_vae audio_vae;

static int vaes_setup(void **state)
{
    return scratch_setup(state) == 0 && tiny_model_make(scratch_dir) == REEL_OK &&
                   reel_video_vae_open(&video_vae, scratch_path("video_vae.safetensors")) ==
                       REEL_OK &&
                   reel_audio_vae_open(&audio_vae, scratch_path("audio_vae.safetensors")) == REEL_OK
               ? 0
               : -1;
}

static int vaes_teardown(void **state)
{
    reel_video_vae_deinit(&video_vae);
    reel_audio_vae_deinit(&audio_vae);
    return scratch_teardown(state);
}

static void near(const float *a, const float *b, int count)
{
    for (int i = 0; i < count; i++) {
        assert_true(fabsf(a[i] - b[i]) <= 1e-5f * (1.0f + fabsf(b[i])));
    }
}

static void the_latents_of_a_short_black_film_begin_those_of_a_long_one(void **state)
{
    (void)state;
    static float one[CELLS], four[4 * CELLS], thirteen[13 * CELLS];
    assert_int_equal(reel_blank_video(one, &video_vae, 1, WIDTH, HEIGHT), REEL_OK);
    assert_int_equal(reel_blank_video(four, &video_vae, 4, WIDTH, HEIGHT), REEL_OK);
    assert_int_equal(reel_blank_video(thirteen, &video_vae, 13, WIDTH, HEIGHT), REEL_OK);
    near(one, thirteen, CELLS);
    near(four, thirteen, 4 * CELLS);
}

/* Two causal blocks of three latent frames see no further back than four. */
static void black_stays_black(void **state)
{
    (void)state;
    static float values[13 * CELLS];
    assert_int_equal(reel_blank_video(values, &video_vae, 13, WIDTH, HEIGHT), REEL_OK);
    for (int i = 5; i < 13; i++) {
        near(values + (ptrdiff_t)i * CELLS, values + (ptrdiff_t)4 * CELLS, CELLS);
    }
}

static void silence_sounds_the_same_in_the_middle_of_any_film(void **state)
{
    (void)state;
    enum { LATENTS = 12, CHANNELS = 3 };
    float values[LATENTS * CHANNELS], longer[2 * LATENTS * CHANNELS];
    assert_int_equal(reel_blank_audio(values, &audio_vae, LATENTS), REEL_OK);
    assert_int_equal(reel_blank_audio(longer, &audio_vae, 2 * LATENTS), REEL_OK);
    const ptrdiff_t middle = LATENTS / 2 * CHANNELS;
    near(values + middle, longer + middle, CHANNELS);
    near(values, longer, CHANNELS);
}

static void measuring_tells_at_least_what_the_latents_take(void **state)
{
    (void)state;
    size_t video, longer, audio;
    assert_int_equal(reel_blank_measure_video(&video, &video_vae, 4, WIDTH, HEIGHT), REEL_OK);
    assert_int_equal(reel_blank_measure_video(&longer, &video_vae, 13, WIDTH, HEIGHT), REEL_OK);
    assert_int_equal(reel_blank_measure_audio(&audio, &audio_vae, 12), REEL_OK);
    assert_true(video > 4 * CELLS * sizeof(float) && longer > 2 * video);
    assert_true(audio > sizeof(float) * 12 * 512 * 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_latents_of_a_short_black_film_begin_those_of_a_long_one),
        cmocka_unit_test(black_stays_black),
        cmocka_unit_test(silence_sounds_the_same_in_the_middle_of_any_film),
        cmocka_unit_test(measuring_tells_at_least_what_the_latents_take),
    };
    return cmocka_run_group_tests(tests, vaes_setup, vaes_teardown);
}
