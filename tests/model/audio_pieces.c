/* Long sounds in pieces: the samples of the whole, in memory that does not grow. */
#include "base/rng.h"
#include "check.h"
#include "model/audio_vae/audio_vae.h"
#include "model/audio_vae/griffin_lim.h"
#include "model/audio_vae/phase_gradient.h"
#include "ops/concat.h"
#include "ops/elementwise.h"
#include "ops/slice.h"
#include "ops/spectrum.h"
#include "tensor/reuse.h"

#include <math.h>
#include <string.h>

enum { WINDOW = 64, HOP = 16, FRAMES = 400, SAMPLES = FRAMES * HOP - 5, ITERATIONS = 4 };

static const reel_vocoder_options options = { .iterations = ITERATIONS,
                                              .samples = SAMPLES,
                                              .fade_samples = 8 };

static int64_t at_most(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* First phases of all frames of `magnitude`, which came in pieces of `length`. */
static reel_tensor *phases_in_pieces(reel_rt *rt, const reel_stft *stft, reel_tensor *magnitude,
                                     int64_t length)
{
    const int64_t frames = magnitude->dim[1];
    reel_tensor *phases = NULL;
    for (int64_t seen = 0; seen < frames; seen += length) {
        const int64_t known = phases ? phases->dim[1] : 0, begin = known ? known - 1 : 0;
        const int64_t end = at_most(seen + length, frames);
        reel_tensor *part = reel_slice(rt, magnitude, 1, begin, end - begin);
        const reel_phase_piece piece = {
            .before = known ? reel_slice(rt, phases, 1, known - 1, 1) : NULL,
            .ahead = end < frames ? WINDOW / HOP : 0,
        };
        reel_tensor *next = reel_phase_gradient(rt, stft, part, &piece);
        phases = phases ? reel_concat(rt, phases, next, 1) : next;
    }
    assert_int_equal(rt->status, REEL_OK);
    assert_int_equal(phases->dim[1], frames);
    return phases;
}

/* The left channel from the same first phases, by way of all frames at once. */
static reel_tensor *left_of_the_whole(reel_rt *rt, const reel_stft *stft, reel_tensor *both,
                                      int64_t length)
{
    reel_tensor *left = reel_slice(rt, both, 2, 0, stft->bins);
    reel_tensor *right = reel_slice(rt, both, 2, stft->bins, stft->bins);
    reel_tensor *middle = reel_scale(rt, reel_add(rt, left, right), 0.5f);
    reel_tensor *phases = phases_in_pieces(rt, stft, middle, length);
    phases = reel_griffin_lim(rt, stft, middle, phases, ITERATIONS);
    return reel_stft_waveform(rt, stft, reel_with_magnitude(rt, phases, left));
}

static reel_tensor *vocoded_in_pieces(reel_rt *rt, const reel_stft *stft, reel_tensor *both,
                                      int64_t length)
{
    reel_vocoder_memory memory;
    reel_vocoder_begin(rt, &memory, stft, &options, both->dim);
    reel_tensor *sound = NULL;
    for (int64_t seen = 0; seen < FRAMES; seen += length) {
        reel_tensor *part = reel_slice(rt, both, 1, seen, at_most(length, FRAMES - seen));
        reel_tensor *next = reel_vocoder_next(rt, &memory, part);
        sound = sound ? reel_concat(rt, sound, next, 2) : next;
    }
    assert_int_equal(rt->status, REEL_OK);
    return sound;
}

static reel_tensor *random_magnitudes(reel_rt *rt, const reel_stft *stft)
{
    reel_tensor *sound = check_random(rt, (check_shape){ 2, { 2, FRAMES * HOP } }, 4);
    reel_tensor *m = reel_magnitude(rt, reel_stft_spectrum(rt, stft, sound)); /* [2, N, bins] */
    reel_tensor *left = reel_slice(rt, m, 0, 0, 1), *right = reel_slice(rt, m, 0, 1, 1);
    return reel_concat(rt, left, right, 2);
}

/* Each frame is computed from the same numbers in the same order: the plain kernels give the same
 * bytes, faster ones may round by the number of rows. */
static void the_vocoder_makes_in_pieces_the_samples_of_the_whole(void **state)
{
    (void)state;
    static const int64_t lengths[] = { 19, 40, 137, 399, 400 };
    reel_kernels plain;
    reel_kernels_init_c(&plain);
    const reel_kernels *kernels[] = { &plain, reel_kernels_get() };
    reel_stft stft;
    assert_int_equal(reel_stft_init(&stft, WINDOW, HOP), REEL_OK);
    for (int k = 0; k < 2; k++) {
        reel_rt *rt = check_rt_new_with(kernels[k]);
        reel_tensor *both = random_magnitudes(rt, &stft);
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            const reel_tensor *whole = left_of_the_whole(rt, &stft, both, lengths[i]);
            const reel_tensor *sound = vocoded_in_pieces(rt, &stft, both, lengths[i]);
            assert_int_equal(sound->dim[2], SAMPLES);
            assert_true(check_distance(reel_f32(sound) + 8, reel_f32(whole) + 8, SAMPLES - 16) <=
                        (k ? 1e-4 : 0.0));
            assert_true(fabsf(reel_f32(sound)[0]) <= fabsf(reel_f32(whole)[0]));
        }
        check_rt_free(rt);
    }
    reel_stft_deinit(&stft);
}

static void a_first_piece_that_no_sample_follows_from_is_refused(void **state)
{
    (void)state;
    reel_stft stft;
    assert_int_equal(reel_stft_init(&stft, WINDOW, HOP), REEL_OK);
    reel_rt *rt = check_rt_new();
    reel_tensor *both = random_magnitudes(rt, &stft);
    const int64_t reach = reel_vocoder_reach(&stft, ITERATIONS);
    assert_int_equal(reach, 4 * 3 + 2);
    reel_vocoder_memory memory;
    reel_vocoder_begin(rt, &memory, &stft, &options, both->dim);
    reel_vocoder_next(rt, &memory, reel_slice(rt, both, 1, 0, reach + WINDOW / HOP));
    assert_int_equal(rt->status, REEL_ERR_SHAPE);
    check_rt_free(rt);
    reel_stft_deinit(&stft);
}

/* How far the magnitudes of the sound with these phases are from those asked for. */
static double inconsistency(reel_rt *rt, const reel_stft *stft, reel_tensor *m, reel_tensor *phases)
{
    reel_tensor *sound = reel_stft_waveform(rt, stft, reel_with_magnitude(rt, phases, m));
    reel_tensor *found = reel_magnitude(rt, reel_stft_spectrum(rt, stft, sound));
    assert_int_equal(rt->status, REEL_OK);
    return check_distance(reel_f32(found), reel_f32(m), reel_count(m));
}

/* A tone goes through every border, a click is at one of some. */
static void phases_go_on_over_the_borders_of_pieces(void **state)
{
    (void)state;
    enum { LONG = 1024 };
    float sound[2][LONG] = { { 0 } };
    for (int i = 0; i < LONG; i++) {
        sound[0][i] = (float)sin(2 * M_PI * 7.4 * i / WINDOW);
    }
    sound[1][500] = 1.0f;
    reel_stft stft;
    assert_int_equal(reel_stft_init(&stft, WINDOW, HOP), REEL_OK);
    reel_rt *rt = check_rt_new();
    for (int s = 0; s < 2; s++) {
        reel_tensor *x = REEL_FROM_HOST(rt, REEL_F32, sound[s], 1, LONG);
        reel_tensor *m = reel_magnitude(rt, reel_stft_spectrum(rt, &stft, x));
        for (int64_t length = 28; length < 40; length++) {
            assert_true(inconsistency(rt, &stft, m, phases_in_pieces(rt, &stft, m, length)) < 0.1);
        }
    }
    check_rt_free(rt);
    reel_stft_deinit(&stft);
}

/* --- the decoder and the codec ------------------------------------------------------------------
 */

static void open_random(reel_audio_vae *vae)
{
    reel_audio_vae_config config = reel_audio_vae_config_tiny();
    config.decoder_blocks[0] = 2;
    config.decoder_blocks[1] = 3;
    assert_int_equal(reel_audio_vae_init(vae, &config), REEL_OK);
    reel_weights_randomise(&vae->weights, 7);
    reel_rng_fill_normal(vae->weights.values, vae->weights.elements, 8, 0); /* none is zero */
    for (int i = 0; i < config.latent_channels; i++) {
        reel_f32(vae->stats.std)[i] = 1.5f;
    }
}

static void parts_of_the_decoder_are_those_of_the_whole(void **state)
{
    (void)state;
    enum { LATENTS = 40 };
    reel_kernels plain;
    reel_kernels_init_c(&plain);
    reel_audio_vae vae;
    open_random(&vae);
    reel_rt *rt = check_rt_new_with(&plain);
    reel_tensor *latent = check_random(rt, (check_shape){ 3, { 1, LATENTS, 3 } }, 5);
    const reel_tensor *whole = reel_audio_decoder_forward(rt, &vae.decoder, &vae.config, latent);
    const int64_t per_latent = reel_count(whole) / LATENTS;
    assert_int_equal(reel_audio_decoder_reach(&vae.config), 4 + 3);
    for (int64_t first = 0; first < LATENTS; first += 9) {
        const int64_t count = at_most(9, LATENTS - first);
        const reel_tensor *part =
            reel_audio_decoder_part(rt, &vae.decoder, &vae.config, latent, first, count);
        assert_int_equal(rt->status, REEL_OK);
        assert_int_equal(reel_count(part), count * per_latent);
        assert_memory_equal(part->data, reel_f32(whole) + first * per_latent,
                            reel_size_bytes(part));
    }
    check_rt_free(rt);
    reel_audio_vae_deinit(&vae);
}

/* Bytes that decoding `latents` takes, piece by piece. */
static size_t bytes_of(const reel_audio_vae *vae, int64_t latents)
{
    reel_rt dry;
    reel_audio_decoding d;
    const int64_t samples = latents * reel_audio_vae_samples_per_latent(&vae->config);
    assert_int_equal(reel_rt_init(&dry, reel_kernels_get(), 0), REEL_OK);
    reel_tensor *latent = REEL_NEW(&dry, REEL_F32, 1, latents, vae->config.latent_channels);
    const size_t given = dry.arena.used;
    reel_audio_decoding_begin(&dry, &d, vae, latent, samples);
    while (dry.status == REEL_OK && d.done < samples) {
        const reel_stretch piece = reel_stretch_begin(&dry);
        reel_audio_decoding_next(&dry, &d);
        reel_stretch_forget(&dry, &piece);
    }
    assert_int_equal(dry.status, REEL_OK);
    assert_int_equal(d.done, samples);
    const size_t bytes = dry.arena.peak - 2 * given; /* as they came, and as they are decoded */
    reel_rt_deinit(&dry);
    return bytes;
}

static void memory_does_not_grow_with_the_sound(void **state)
{
    (void)state;
    reel_audio_vae vae;
    open_random(&vae);
    assert_int_equal(bytes_of(&vae, 600), bytes_of(&vae, 6000));
    reel_audio_vae_deinit(&vae);
}

static void decoding_piece_by_piece_is_decoding(void **state)
{
    (void)state;
    enum { LATENTS = 300, LENGTH = LATENTS * 8 - 3 };
    reel_audio_vae vae;
    open_random(&vae);
    reel_rt *rt = check_rt_new();
    reel_tensor *latent = check_random(rt, (check_shape){ 3, { 2, LATENTS, 3 } }, 6);
    const reel_tensor *whole = reel_audio_vae_decode(rt, &vae, latent, LENGTH);
    reel_audio_decoding d;
    reel_audio_decoding_begin(rt, &d, &vae, latent, LENGTH);
    int pieces = 0;
    for (int64_t done = 0; done < LENGTH; done = d.done, pieces++) {
        const reel_tensor *next = reel_audio_decoding_next(rt, &d);
        assert_int_equal(rt->status, REEL_OK);
        for (int row = 0; row < 4; row++) { /* both channels of both sounds */
            assert_memory_equal(reel_f32(next) + row * next->dim[2],
                                reel_f32(whole) + row * LENGTH + done,
                                (size_t)next->dim[2] * sizeof(float));
        }
    }
    assert_true(pieces > 2);
    check_rt_free(rt);
    reel_audio_vae_deinit(&vae);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vocoder_makes_in_pieces_the_samples_of_the_whole),
        cmocka_unit_test(a_first_piece_that_no_sample_follows_from_is_refused),
        cmocka_unit_test(phases_go_on_over_the_borders_of_pieces),
        cmocka_unit_test(parts_of_the_decoder_are_those_of_the_whole),
        cmocka_unit_test(memory_does_not_grow_with_the_sound),
        cmocka_unit_test(decoding_piece_by_piece_is_decoding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
